"""Consent and notices are kept, a renewal is one word, and refunds say what decided them."""

from cinema.migrations.script import run

revision = "0020"
down_revision = "0019"


def upgrade() -> None:
    run("""
-- What viewers agreed to: a subscription is charged by no other method. It is kept as it was.
CREATE TABLE billing.agreements (
  id uuid PRIMARY KEY,
  subscription_id uuid NOT NULL REFERENCES billing.subscriptions,
  user_id uuid NOT NULL,
  version text NOT NULL,
  language text NOT NULL CHECK (language IN ('ru', 'en')),
  text text NOT NULL,
  agreed_at timestamptz NOT NULL,
  method_id uuid,  -- NULL until the payment with which it was made succeeds
  method_title text,
  bound_at timestamptz,
  ended_at timestamptz,
  CHECK ((method_id IS NULL) = (bound_at IS NULL))
);
CREATE INDEX ON billing.agreements (subscription_id, agreed_at, id);
CREATE INDEX agreements_by_method ON billing.agreements (method_id) WHERE ended_at IS NULL;

-- What viewers were told of charges to come.
CREATE TABLE billing.notices (
  id uuid PRIMARY KEY,
  subscription_id uuid NOT NULL REFERENCES billing.subscriptions,
  method_id uuid NOT NULL,
  amount_minor bigint NOT NULL CHECK (amount_minor > 0),
  currency char(3) NOT NULL,
  charge_at timestamptz NOT NULL,
  told_at timestamptz NOT NULL,
  delivered_at timestamptz
);
CREATE INDEX ON billing.notices (subscription_id);

CREATE FUNCTION billing.stays_as_it_was() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  may_change text[] := string_to_array(TG_ARGV[0], ',');
BEGIN
  IF TG_OP = 'DELETE' OR to_jsonb(NEW) - may_change <> to_jsonb(OLD) - may_change THEN
    RAISE EXCEPTION '%.% is kept as it was', TG_TABLE_SCHEMA, TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER stays_as_it_was BEFORE UPDATE OR DELETE ON billing.agreements
  FOR EACH ROW EXECUTE FUNCTION billing.stays_as_it_was('method_id,method_title,bound_at,ended_at');
CREATE TRIGGER stays_bound BEFORE UPDATE ON billing.agreements FOR EACH ROW WHEN (OLD.bound_at IS NOT NULL)
  EXECUTE FUNCTION billing.stays_as_it_was('ended_at');
CREATE TRIGGER stays_as_it_was BEFORE UPDATE OR DELETE ON billing.notices
  FOR EACH ROW EXECUTE FUNCTION billing.stays_as_it_was('delivered_at');

-- Whether a subscription renews, in one word with its reason and time.
ALTER TABLE billing.subscriptions
  ADD COLUMN renewal text,
  ADD COLUMN renewal_reason text,
  ADD COLUMN renewal_changed_at timestamptz,
  ADD COLUMN agreement_id uuid REFERENCES billing.agreements,  -- the one that holds
  ADD COLUMN notice_id uuid REFERENCES billing.notices;  -- of the next charge
CREATE INDEX subscriptions_by_agreement ON billing.subscriptions (agreement_id) WHERE agreement_id IS NOT NULL;

UPDATE billing.subscriptions AS s SET
  renewal = CASE WHEN cancel_at_period_end THEN 'off' ELSE 'on' END,
  renewal_reason = CASE WHEN cancel_at_period_end THEN 'canceled' ELSE 'agreed' END,
  renewal_changed_at = updated_at;
ALTER TABLE billing.subscriptions
  ALTER COLUMN renewal SET NOT NULL,
  ALTER COLUMN renewal_reason SET NOT NULL,
  ALTER COLUMN renewal_changed_at SET NOT NULL,
  ADD CHECK (renewal IN ('on', 'off', 'no_method'));

-- A release before this one knows the flag only.
CREATE FUNCTION billing.renewal_by_flag() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    IF NEW.renewal IS NULL THEN
      NEW.renewal := CASE WHEN NEW.cancel_at_period_end THEN 'off' ELSE 'on' END;
      NEW.renewal_reason := CASE WHEN NEW.cancel_at_period_end THEN 'canceled' ELSE 'agreed' END;
      NEW.renewal_changed_at := NEW.created_at;
    END IF;
  ELSIF NEW.cancel_at_period_end <> OLD.cancel_at_period_end AND NEW.renewal = OLD.renewal THEN
    NEW.renewal := CASE WHEN NEW.cancel_at_period_end THEN 'off' ELSE 'on' END;
    NEW.renewal_reason := CASE WHEN NEW.cancel_at_period_end THEN 'canceled' ELSE 'resumed' END;
    NEW.renewal_changed_at := NEW.updated_at;
  END IF;
  IF NEW.status = 'ended' THEN
    NEW.agreement_id := NULL;
    NEW.notice_id := NULL;
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER renewal_by_flag BEFORE INSERT OR UPDATE ON billing.subscriptions
  FOR EACH ROW EXECUTE FUNCTION billing.renewal_by_flag();

-- The word moves along its table, as statuses do.
INSERT INTO kit.moves (entity, from_state, to_state, event) VALUES
  ('billing.subscriptions.renewal', '', 'on', 'created'),
  ('billing.subscriptions.renewal', '', 'off', 'created'),
  ('billing.subscriptions.renewal', 'on', 'off', 'switched off'),
  ('billing.subscriptions.renewal', 'off', 'on', 'switched on'),
  ('billing.subscriptions.renewal', 'on', 'no_method', 'method lost');
CREATE FUNCTION billing.guard_renewals() RETURNS trigger LANGUAGE plpgsql SET enable_nestloop = off AS $$
DECLARE
  wrong record;
BEGIN
  IF TG_OP = 'INSERT' THEN
    INSERT INTO kit.state_history (entity, entity_id, from_state, to_state, at)
    SELECT 'billing.subscriptions.renewal', id, '', renewal, updated_at FROM fresh;
    SELECT '' AS before, renewal AS after INTO wrong FROM fresh WHERE renewal NOT IN (
      SELECT to_state FROM kit.moves WHERE entity = 'billing.subscriptions.renewal' AND from_state = '') LIMIT 1;
  ELSE
    INSERT INTO kit.state_history (entity, entity_id, from_state, to_state, at)
    SELECT 'billing.subscriptions.renewal', id, former.renewal, fresh.renewal, fresh.updated_at
    FROM fresh JOIN former USING (id) WHERE fresh.renewal <> former.renewal;
    IF NOT FOUND THEN
      RETURN NULL;
    END IF;
    SELECT former.renewal AS before, fresh.renewal AS after INTO wrong FROM fresh JOIN former USING (id)
    WHERE fresh.renewal <> former.renewal AND (former.renewal, fresh.renewal) NOT IN (
      SELECT from_state, to_state FROM kit.moves WHERE entity = 'billing.subscriptions.renewal') LIMIT 1;
  END IF;
  IF FOUND THEN
    RAISE EXCEPTION 'a renewal does not go from "%" to "%"', wrong.before, wrong.after
      USING ERRCODE = 'check_violation';
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER guard_new_renewal AFTER INSERT ON billing.subscriptions REFERENCING NEW TABLE AS fresh
  FOR EACH STATEMENT EXECUTE FUNCTION billing.guard_renewals();
CREATE TRIGGER guard_renewal AFTER UPDATE ON billing.subscriptions REFERENCING OLD TABLE AS former NEW TABLE AS fresh
  FOR EACH STATEMENT EXECUTE FUNCTION billing.guard_renewals();

-- A charge rests on a notice, or on what the payer agreed to; a browser finds its page by the link.
ALTER TABLE billing.charges
  ADD COLUMN notice_id uuid REFERENCES billing.notices,
  ADD COLUMN agreement_id uuid REFERENCES billing.agreements,
  ADD COLUMN is_of_before boolean NOT NULL DEFAULT false,  -- asked for before notices and agreements were kept
  ADD COLUMN link uuid;
UPDATE billing.charges SET is_of_before = true WHERE method_id IS NOT NULL;
CREATE UNIQUE INDEX charge_links ON billing.charges (link) WHERE status = 'open';

-- A period is ordered once; one that was taken back, and may have been bought ahead, can be bought anew.
DROP INDEX billing.one_order_for_a_period;
CREATE UNIQUE INDEX one_order_for_a_period ON billing.orders (subscription_id, period_no)
  WHERE status IN ('open', 'paid');

-- Refunds: what decided how much, who asked, why it failed.
ALTER TABLE billing.refunds
  ADD COLUMN basis text NOT NULL DEFAULT 'staff'
    CHECK (basis IN ('whole', 'unused_time', 'staff', 'surplus', 'provider')),
  ADD COLUMN actor text NOT NULL DEFAULT 'system',
  ADD COLUMN failure_reason text,
  ADD COLUMN user_id uuid,
  DROP CONSTRAINT refunds_status_check,
  ADD CONSTRAINT refunds_status_check
    CHECK (status IN ('proposed', 'rejected', 'requested', 'succeeded', 'failed'));
UPDATE billing.refunds AS r SET actor = h.actor, basis = CASE
    WHEN h.actor = 'provider' THEN 'provider'
    WHEN h.actor = 'system' THEN 'surplus'
    WHEN h.actor = 'user:' || o.user_id THEN 'whole'
    ELSE 'staff' END
FROM billing.history AS h, billing.orders AS o
WHERE h.entity = 'refund' AND h.entity_id = r.id AND h.action IN ('requested', 'made') AND o.id = r.order_id;
UPDATE billing.refunds AS r SET failure_reason = coalesce(
  (SELECT h.reason FROM billing.history AS h WHERE h.entity_id = r.id AND h.action = 'failed'
   ORDER BY h.position DESC LIMIT 1), 'unknown') WHERE status = 'failed';
UPDATE billing.refunds AS r SET user_id = o.user_id FROM billing.orders AS o WHERE o.id = r.order_id;
ALTER TABLE billing.refunds ALTER COLUMN user_id SET NOT NULL;
CREATE FUNCTION billing.user_of_refund() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.user_id := (SELECT user_id FROM billing.orders WHERE id = NEW.order_id);
  RETURN NEW;
END $$;
-- A release before this one names no user.
CREATE TRIGGER user_of_refund BEFORE INSERT ON billing.refunds
  FOR EACH ROW WHEN (NEW.user_id IS NULL) EXECUTE FUNCTION billing.user_of_refund();
CREATE INDEX ON billing.refunds (actor, created_at);
CREATE INDEX ON billing.refunds (user_id, created_at, id);

ALTER TABLE billing.order_lines ADD COLUMN payment_mode text NOT NULL DEFAULT 'full_payment'
  CHECK (payment_mode IN ('full_payment', 'full_prepayment'));

-- When a film was first played by a right.
ALTER TABLE billing.entitlements ADD COLUMN used_at timestamptz;
CREATE INDEX entitlements_of_subscription ON billing.entitlements (subscription_id, starts_at);

-- That a method was saved changes nothing in a subscription any more: its viewer chooses.
SELECT set_config('cinema.forgets', 'kit.subscriptions', true);
DELETE FROM kit.subscriptions WHERE group_name = 'billing' AND event_name = 'payments.MethodSaved';
DELETE FROM kit.inbox WHERE group_name = 'billing' AND status IN ('waiting', 'postponed')
  AND event_id IN (SELECT event_id FROM kit.outbox WHERE name = 'payments.MethodSaved');
""")
