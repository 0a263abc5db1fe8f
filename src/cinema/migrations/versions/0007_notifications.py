"""The tables of notifications."""

from cinema.migrations.script import run

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    run("""
CREATE SCHEMA notifications;

-- One row for each fact that somebody is told. No address is kept here: identity is asked when the mail is sent.
CREATE TABLE notifications.messages (
  id uuid PRIMARY KEY,
  kind text NOT NULL,
  fact_key text NOT NULL UNIQUE,  -- once, however often the event is heard
  event_id uuid NOT NULL UNIQUE,
  event_name text NOT NULL,
  user_id uuid NOT NULL,
  thing_id uuid NOT NULL,  -- what it is about
  facts jsonb NOT NULL,  -- the event's fields
  occurred_at timestamptz NOT NULL,
  useful_until timestamptz,
  status text NOT NULL CHECK (status IN ('queued', 'sending', 'sent', 'failed', 'skipped')),
  attempts integer NOT NULL DEFAULT 0 CHECK (attempts >= 0),
  next_attempt_at timestamptz,  -- of a queued message; of one that is being sent: the end of the lease
  reason text,  -- why it waits, failed or was skipped
  sent_at timestamptz,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  CHECK ((status IN ('queued', 'sending')) = (next_attempt_at IS NOT NULL)),
  CHECK ((status = 'sent') = (sent_at IS NOT NULL)),
  CHECK (status NOT IN ('failed', 'skipped') OR reason IS NOT NULL)
);
CREATE INDEX messages_due ON notifications.messages (next_attempt_at, id) WHERE status IN ('queued', 'sending');
CREATE INDEX messages_waiting ON notifications.messages (thing_id) WHERE status = 'queued';
CREATE INDEX ON notifications.messages (user_id, id);
CREATE INDEX ON notifications.messages (status, id);
CREATE TRIGGER guard_status AFTER INSERT OR UPDATE OF status ON notifications.messages
  FOR EACH ROW EXECUTE FUNCTION kit.guard_status();

-- What was sent when, and what the mail server said. Addresses are masked.
CREATE TABLE notifications.attempts (
  message_id uuid NOT NULL REFERENCES notifications.messages,
  number integer NOT NULL CHECK (number > 0),
  result text NOT NULL CHECK (result IN ('accepted', 'deferred', 'refused', 'dropped', 'lost')),
  detail text NOT NULL,
  subject text,
  language text CHECK (language IN ('ru', 'en')),
  address text,
  ended_at timestamptz NOT NULL,
  PRIMARY KEY (message_id, number)
);
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON notifications.attempts
  FOR EACH ROW EXECUTE FUNCTION kit.append_only();
""")
