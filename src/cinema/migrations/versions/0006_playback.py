"""The tables of playback."""

from cinema.migrations.script import run

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    run("""
CREATE SCHEMA playback;
""")
