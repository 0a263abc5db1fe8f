"""Events are delivered by the database, a failed letter has a status of its own, guards look at whole statements."""

from cinema.migrations.script import run

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    run("""
-- What only grows: a process of an older release that starts beside a newer one declares what it knows, deleting
-- what it does not. Its deletes and its second inserts do nothing; a migration says `cinema.forgets` to take away.
CREATE FUNCTION kit.only_grows() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF current_setting('cinema.forgets', true) = TG_TABLE_SCHEMA || '.' || TG_TABLE_NAME THEN
    RETURN coalesce(NEW, OLD);
  END IF;
  IF TG_OP = 'DELETE' THEN  -- of either table; what follows reads the columns of one
    RETURN NULL;
  END IF;
  IF EXISTS (
    SELECT FROM kit.moves WHERE entity = NEW.entity AND from_state = NEW.from_state AND to_state = NEW.to_state
  ) THEN
    RETURN NULL;
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER only_grows BEFORE DELETE OR INSERT ON kit.moves FOR EACH ROW EXECUTE FUNCTION kit.only_grows();
CREATE TRIGGER only_grows BEFORE DELETE ON kit.subscriptions FOR EACH ROW EXECUTE FUNCTION kit.only_grows();

-- Append-only, but for what has a retention: a transaction that says `cinema.forgets` may delete from these.
CREATE OR REPLACE FUNCTION kit.append_only() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  name text := TG_TABLE_SCHEMA || '.' || TG_TABLE_NAME;
BEGIN
  IF TG_OP = 'DELETE' AND current_setting('cinema.forgets', true) = name
     AND name IN ('kit.state_history', 'billing.history', 'notifications.attempts') THEN
    RETURN OLD;
  END IF;
  RAISE EXCEPTION '% is append-only', name USING ERRCODE = 'restrict_violation';
END $$;

-- Statuses are guarded once for each statement, not for each row. It runs AFTER the rows are written, because before
-- it an INSERT … ON CONFLICT DO NOTHING would be noted although nothing is inserted. A plan that was made for one
-- row must do for a thousand: no nested loops.
CREATE FUNCTION kit.guard_statuses() RETURNS trigger LANGUAGE plpgsql SET enable_nestloop = off AS $$
DECLARE
  entity_name text := TG_TABLE_SCHEMA || '.' || TG_TABLE_NAME;
  wrong record;
BEGIN
  IF TG_OP = 'INSERT' THEN
    INSERT INTO kit.state_history (entity, entity_id, from_state, to_state, at)
    SELECT entity_name, id, '', status, updated_at FROM fresh;
    SELECT '' AS before, status AS after INTO wrong FROM fresh
    WHERE status NOT IN (SELECT to_state FROM kit.moves WHERE entity = entity_name AND from_state = '') LIMIT 1;
  ELSE
    INSERT INTO kit.state_history (entity, entity_id, from_state, to_state, at)
    SELECT entity_name, id, former.status, fresh.status, fresh.updated_at
    FROM fresh JOIN former USING (id) WHERE fresh.status <> former.status;
    IF NOT FOUND THEN
      RETURN NULL;
    END IF;
    SELECT former.status AS before, fresh.status AS after INTO wrong FROM fresh JOIN former USING (id)
    WHERE fresh.status <> former.status AND (former.status, fresh.status) NOT IN (
      SELECT from_state, to_state FROM kit.moves WHERE entity = entity_name) LIMIT 1;
  END IF;
  IF FOUND THEN
    RAISE EXCEPTION '% does not go from "%" to "%"', entity_name, wrong.before, wrong.after
      USING ERRCODE = 'check_violation';
  END IF;
  RETURN NULL;
END $$;
CREATE FUNCTION kit.guard(guarded regclass) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  EXECUTE format('CREATE TRIGGER guard_new_status AFTER INSERT ON %s REFERENCING NEW TABLE AS fresh
                  FOR EACH STATEMENT EXECUTE FUNCTION kit.guard_statuses()', guarded);
  EXECUTE format('CREATE TRIGGER guard_status AFTER UPDATE ON %s
                  REFERENCING OLD TABLE AS former NEW TABLE AS fresh
                  FOR EACH STATEMENT EXECUTE FUNCTION kit.guard_statuses()', guarded);
END $$;
DO $$
DECLARE
  guarded regclass;
BEGIN
  FOR guarded IN SELECT tgrelid::regclass FROM pg_trigger WHERE tgname = 'guard_status' LOOP
    EXECUTE format('DROP TRIGGER guard_status ON %s', guarded);
    PERFORM kit.guard(guarded);
  END LOOP;
END $$;
DROP FUNCTION kit.guard_status();

-- Who listens since when. `backlog_…`: older events that are still to be copied for a group, by their positions.
ALTER TABLE kit.subscriptions
  ADD COLUMN heard_from bigint NOT NULL DEFAULT 0,
  ADD COLUMN backlog_from bigint NOT NULL DEFAULT 0,
  ADD COLUMN backlog_until bigint;

-- A letter that failed is postponed; only such hold up others, so that the index stays small however many wait.
ALTER TABLE kit.inbox
  DROP CONSTRAINT inbox_status_check,
  ADD CONSTRAINT inbox_status_check CHECK (status IN ('waiting', 'postponed', 'done', 'parked')),
  DROP CONSTRAINT inbox_position_fkey,  -- letters are written by the database itself, out of the outbox
  DROP CONSTRAINT inbox_pkey,
  ADD PRIMARY KEY (event_id, group_name);
DROP INDEX kit.inbox_order;
CREATE INDEX inbox_postponed ON kit.inbox (group_name, aggregate_id, position) WHERE status = 'postponed';
UPDATE kit.inbox SET status = 'postponed' WHERE status = 'waiting' AND attempts > 0;

-- Events. `personal`: fields that are forgotten once everybody has heard them.
ALTER TABLE kit.outbox ADD COLUMN personal text[];
UPDATE kit.outbox SET personal = '{request}' WHERE name IN ('billing.PaymentRequested', 'billing.RefundRequested');
CREATE INDEX outbox_personal ON kit.outbox (position) WHERE personal IS NOT NULL;
DROP INDEX kit.outbox_aggregate_id_position_idx;

-- The database puts an event in line for whoever listens, whichever release publishes it. Whoever declares that a
-- group listens waits for all who publish at that moment.
CREATE FUNCTION kit.deliver() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_advisory_xact_lock_shared(hashtext('cinema.subscriptions'));
  INSERT INTO kit.inbox (group_name, position, event_id, aggregate_id, next_attempt_at)
  SELECT s.group_name, f.position, f.event_id, f.aggregate_id, f.occurred_at
  FROM fresh AS f JOIN kit.subscriptions AS s ON s.event_name = f.name;
  RETURN NULL;
END $$;
CREATE TRIGGER deliver AFTER INSERT ON kit.outbox REFERENCING NEW TABLE AS fresh
  FOR EACH STATEMENT EXECUTE FUNCTION kit.deliver();
INSERT INTO kit.inbox (group_name, position, event_id, aggregate_id, next_attempt_at)
SELECT s.group_name, o.position, o.event_id, o.aggregate_id, o.occurred_at
FROM kit.outbox AS o JOIN kit.subscriptions AS s ON s.event_name = o.name WHERE o.relayed_at IS NULL
ON CONFLICT DO NOTHING;
-- A relay of the release before finds nothing to do.
UPDATE kit.outbox SET relayed_at = occurred_at WHERE relayed_at IS NULL;
ALTER TABLE kit.outbox ALTER COLUMN relayed_at SET DEFAULT 'epoch';
DROP INDEX kit.outbox_waiting;
""")
