"""By which right a playback goes on."""

from cinema.migrations.script import run

revision = "0019"
down_revision = "0018"


def upgrade() -> None:
    run("""
ALTER TABLE playback.playbacks ADD COLUMN entitlement_id uuid;  -- none: the film is free, or nobody has looked yet
""")
