"""The tables of identity."""

from cinema.migrations.script import run

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    run("""
CREATE SCHEMA identity;
""")
