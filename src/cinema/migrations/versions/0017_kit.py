"""Workers leave a heartbeat."""

from cinema.migrations.script import run

revision = "0017"
down_revision = "0016"


def upgrade() -> None:
    run("""
-- A row for each running worker process. `seen_at` is the time of its machine, never virtual.
CREATE TABLE kit.workers (
  worker_id uuid PRIMARY KEY,
  host text NOT NULL,
  pid integer NOT NULL,
  contexts text[] NOT NULL,
  started_at timestamptz NOT NULL,
  seen_at timestamptz NOT NULL
) WITH (fillfactor = 50);
""")
