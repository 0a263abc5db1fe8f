"""The tables of catalog."""

from cinema.migrations.script import run

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    run("""
CREATE SCHEMA catalog;
""")
