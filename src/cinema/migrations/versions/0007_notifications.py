"""The tables of notifications."""

from cinema.migrations.script import run

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    run("""
CREATE SCHEMA notifications;
""")
