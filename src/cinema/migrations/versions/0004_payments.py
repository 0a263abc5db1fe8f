"""The tables of payments."""

from cinema.migrations.script import run

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    run("""
CREATE SCHEMA payments;
""")
