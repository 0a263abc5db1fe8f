"""The refunds of a viewer are listed."""

from cinema.migrations.script import run

revision = "0022"
down_revision = "0021"


def upgrade() -> None:
    run("""
CREATE INDEX refunds_of_user ON payments.refunds (user_id, id);
""")
