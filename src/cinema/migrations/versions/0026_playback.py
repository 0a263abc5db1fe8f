"""How far viewers have come in films."""

from cinema.migrations.script import run

revision = "0026"
down_revision = "0025"


def upgrade() -> None:
    run("""
CREATE TABLE playback.positions (
  user_id uuid NOT NULL,
  film_id uuid NOT NULL,
  position_s integer NOT NULL CHECK (position_s >= 0),
  duration_s integer NOT NULL CHECK (duration_s BETWEEN 1 AND 86400),
  is_midway boolean NOT NULL,       -- by the rule of when it was kept, so that an index finds what to go on with
  is_watched boolean NOT NULL,      -- once true, for good
  is_taken_out boolean NOT NULL,    -- of the row of films to go on with, by the viewer
  updated_at timestamptz NOT NULL,  -- when it was last played
  PRIMARY KEY (user_id, film_id),
  CHECK (position_s <= duration_s)
);
CREATE INDEX positions_in_row ON playback.positions (user_id, updated_at, film_id) WHERE is_midway AND NOT is_taken_out;
CREATE INDEX positions_to_forget ON playback.positions (updated_at);
""")
