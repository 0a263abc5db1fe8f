"""The tables of playback."""

from cinema.migrations.script import run

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    run("""
CREATE SCHEMA playback;

-- Secrets that no operator has set, made on first use.
CREATE TABLE playback.secrets (
  name text PRIMARY KEY,
  secret bytea NOT NULL CHECK (length(secret) >= 32),
  created_at timestamptz NOT NULL
);

-- Films with media of their own, each in a folder below the folder of all media.
CREATE TABLE playback.assets (
  film_id uuid PRIMARY KEY,
  folder text NOT NULL CHECK (folder ~ '^[A-Za-z0-9_][A-Za-z0-9._-]{0,99}$'),
  created_at timestamptz NOT NULL
);

CREATE TABLE playback.playbacks (
  playback_id uuid PRIMARY KEY,
  user_id uuid NOT NULL,
  session_id uuid NOT NULL,
  film_id uuid NOT NULL,
  device text NOT NULL CHECK (length(device) BETWEEN 1 AND 100),
  started_at timestamptz NOT NULL,
  seen_at timestamptz NOT NULL,
  expires_at timestamptz NOT NULL,
  ended_at timestamptz,
  ending text CHECK (ending IN ('stopped', 'lapsed', 'expired', 'revoked')),
  CHECK (started_at <= seen_at AND seen_at < expires_at),
  CHECK (ended_at >= started_at),
  CHECK ((ended_at IS NULL) = (ending IS NULL))
);
CREATE INDEX playbacks_open ON playback.playbacks (user_id, seen_at) WHERE ended_at IS NULL;
CREATE INDEX playbacks_to_close ON playback.playbacks (expires_at) WHERE ended_at IS NULL;
CREATE INDEX playbacks_to_forget ON playback.playbacks (ended_at) WHERE ended_at IS NOT NULL;
""")
