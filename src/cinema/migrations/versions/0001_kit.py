"""The kit's tables: moves of states, outbox, inbox, idempotency keys."""

from cinema.migrations.script import run

revision = "0001"
down_revision = None


def upgrade() -> None:
    run("""
CREATE SCHEMA kit;

CREATE FUNCTION kit.append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '% is append-only', TG_TABLE_SCHEMA || '.' || TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$;

-- States: what the code declares, and what happened.
CREATE TABLE kit.moves (
  entity text NOT NULL,
  from_state text NOT NULL,  -- '' for a start
  to_state text NOT NULL,
  event text NOT NULL,
  PRIMARY KEY (entity, from_state, to_state)
);
CREATE TABLE kit.state_history (
  position bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  entity text NOT NULL,
  entity_id uuid NOT NULL,
  from_state text NOT NULL,
  to_state text NOT NULL,
  at timestamptz NOT NULL
);
CREATE INDEX ON kit.state_history (entity, entity_id, position);
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON kit.state_history
  FOR EACH ROW EXECUTE FUNCTION kit.append_only();

-- For tables with id uuid, status text, updated_at timestamptz. It runs AFTER the row is written, because
-- before it an INSERT … ON CONFLICT DO NOTHING would be noted although nothing is inserted.
CREATE FUNCTION kit.guard_status() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  entity_name text := TG_TABLE_SCHEMA || '.' || TG_TABLE_NAME;
  before_state text := CASE WHEN TG_OP = 'INSERT' THEN '' ELSE OLD.status END;
BEGIN
  IF TG_OP = 'UPDATE' AND NEW.status = OLD.status THEN
    RETURN NULL;
  END IF;
  IF NOT EXISTS (
    SELECT FROM kit.moves WHERE entity = entity_name AND from_state = before_state AND to_state = NEW.status
  ) THEN
    RAISE EXCEPTION '% does not go from "%" to "%"', entity_name, before_state, NEW.status
      USING ERRCODE = 'check_violation';
  END IF;
  INSERT INTO kit.state_history (entity, entity_id, from_state, to_state, at)
  VALUES (entity_name, NEW.id, before_state, NEW.status, NEW.updated_at);
  RETURN NULL;
END $$;

-- Events.
CREATE TABLE kit.outbox (
  position bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  event_id uuid NOT NULL UNIQUE,
  name text NOT NULL,
  aggregate_id uuid NOT NULL,
  payload jsonb NOT NULL,
  occurred_at timestamptz NOT NULL,
  relayed_at timestamptz
);
CREATE INDEX outbox_waiting ON kit.outbox (position) WHERE relayed_at IS NULL;
CREATE INDEX ON kit.outbox (aggregate_id, position);
CREATE TABLE kit.subscriptions (
  group_name text NOT NULL,
  event_name text NOT NULL,
  PRIMARY KEY (event_name, group_name)
);
CREATE TABLE kit.inbox (
  group_name text NOT NULL,
  event_id uuid NOT NULL,
  position bigint NOT NULL REFERENCES kit.outbox,
  aggregate_id uuid NOT NULL,
  status text NOT NULL DEFAULT 'waiting' CHECK (status IN ('waiting', 'done', 'parked')),
  attempts integer NOT NULL DEFAULT 0,
  next_attempt_at timestamptz NOT NULL,
  handled_at timestamptz,
  last_error text,
  PRIMARY KEY (group_name, event_id),
  CHECK ((status = 'done') = (handled_at IS NOT NULL))
);
CREATE INDEX inbox_order ON kit.inbox (group_name, aggregate_id, position) WHERE status = 'waiting';
CREATE INDEX inbox_due ON kit.inbox (group_name, position) WHERE status = 'waiting';
CREATE INDEX inbox_parked ON kit.inbox (position) WHERE status = 'parked';

-- Idempotency keys; status and body are the answer, written in the same commit.
CREATE TABLE kit.idempotency (
  scope text NOT NULL,
  key text NOT NULL CHECK (length(key) BETWEEN 1 AND 128),
  input_hash bytea NOT NULL,
  status integer,
  body json,  -- not jsonb: the order of fields is kept, so a replay is the same answer byte for byte
  created_at timestamptz NOT NULL,
  PRIMARY KEY (scope, key)
);
CREATE INDEX ON kit.idempotency (created_at);
""")
