"""The tables of billing."""

from cinema.migrations.script import run

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    run("""
CREATE SCHEMA billing;
""")
