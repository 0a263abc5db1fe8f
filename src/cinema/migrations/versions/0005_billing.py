"""The tables of billing."""

from cinema.migrations.script import run

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    run("""
CREATE SCHEMA billing;
CREATE EXTENSION IF NOT EXISTS btree_gist;

CREATE TABLE billing.plans (
  id uuid PRIMARY KEY,
  code text NOT NULL UNIQUE CHECK (code ~ '^[a-z][a-z0-9-]{0,31}$'),
  title_ru text NOT NULL,
  title_en text NOT NULL,
  interval_unit text NOT NULL CHECK (interval_unit IN ('day', 'month', 'year')),
  interval_count integer NOT NULL CHECK (interval_count BETWEEN 1 AND 36),
  is_active boolean NOT NULL,
  position integer NOT NULL,
  created_at timestamptz NOT NULL
);
-- A published price never changes: a new one is a new version.
CREATE TABLE billing.prices (
  id uuid PRIMARY KEY,
  plan_id uuid NOT NULL REFERENCES billing.plans,
  version integer NOT NULL CHECK (version > 0),
  amount_minor bigint NOT NULL CHECK (amount_minor > 0),
  currency char(3) NOT NULL,
  published_at timestamptz NOT NULL,
  UNIQUE (plan_id, currency, version)
);
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON billing.prices
  FOR EACH ROW EXECUTE FUNCTION kit.append_only();

CREATE TABLE billing.subscriptions (
  id uuid PRIMARY KEY,
  user_id uuid NOT NULL,
  plan_id uuid NOT NULL REFERENCES billing.plans,
  price_id uuid NOT NULL REFERENCES billing.prices,
  status text NOT NULL,
  ended_reason text,
  cancel_at_period_end boolean NOT NULL DEFAULT false,
  time_zone text NOT NULL,
  anchor_at timestamptz,
  period_no integer NOT NULL DEFAULT 0 CHECK (period_no >= 0),
  period_start timestamptz,
  period_end timestamptz,
  dunning_attempt integer NOT NULL DEFAULT 0,
  first_failed_at timestamptz,
  next_attempt_at timestamptz,
  remind_at timestamptz,
  told_charge_at timestamptz,  -- the charge that the viewer was told of; none comes without
  ended_at timestamptz,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  CHECK (status IN ('incomplete', 'trialing', 'active', 'past_due', 'paused', 'ended')),
  CHECK ((status = 'ended') = (ended_at IS NOT NULL AND ended_reason IS NOT NULL)),
  CHECK ((anchor_at IS NULL) = (period_start IS NULL) AND (period_start IS NULL) = (period_end IS NULL)),
  CHECK (period_start < period_end),
  CHECK (remind_at IS NULL OR told_charge_at IS NULL),
  CHECK (status IN ('incomplete', 'ended') OR anchor_at IS NOT NULL),
  CHECK (status = 'ended' OR next_attempt_at IS NOT NULL)
);
CREATE UNIQUE INDEX one_running_subscription ON billing.subscriptions (user_id) WHERE status <> 'ended';
CREATE INDEX ON billing.subscriptions (user_id, created_at, id);
CREATE INDEX ON billing.subscriptions (created_at, id);
CREATE INDEX subscriptions_due ON billing.subscriptions (next_attempt_at) WHERE status <> 'ended';
CREATE INDEX subscriptions_remind ON billing.subscriptions (remind_at) WHERE remind_at IS NOT NULL;
CREATE TRIGGER guard_status AFTER INSERT OR UPDATE OF status ON billing.subscriptions
  FOR EACH ROW EXECUTE FUNCTION kit.guard_status();

CREATE TABLE billing.orders (
  id uuid PRIMARY KEY,
  user_id uuid NOT NULL,
  kind text NOT NULL CHECK (kind IN ('checkout', 'renewal')),
  status text NOT NULL CHECK (status IN ('open', 'paid', 'partially_refunded', 'refunded', 'canceled')),
  subscription_id uuid NOT NULL REFERENCES billing.subscriptions,
  period_no integer NOT NULL CHECK (period_no >= 0),
  title_ru text NOT NULL,
  title_en text NOT NULL,
  currency char(3) NOT NULL,
  total_minor bigint NOT NULL CHECK (total_minor > 0),
  refunded_minor bigint NOT NULL DEFAULT 0,
  email text NOT NULL,  -- where the fiscal receipts go
  language text NOT NULL CHECK (language IN ('ru', 'en')),
  return_url text,
  expires_at timestamptz NOT NULL,
  paid_at timestamptz,
  recognize_at timestamptz,  -- when the money counts as earned
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  CHECK (refunded_minor BETWEEN 0 AND total_minor),
  CHECK ((status IN ('paid', 'partially_refunded', 'refunded')) = (paid_at IS NOT NULL))
);
-- A period of a subscription is ordered once.
CREATE UNIQUE INDEX one_order_for_a_period ON billing.orders (subscription_id, period_no) WHERE status <> 'canceled';
CREATE INDEX ON billing.orders (subscription_id);
CREATE INDEX ON billing.orders (user_id, created_at, id);
CREATE INDEX ON billing.orders (created_at, id);
CREATE INDEX orders_recognize ON billing.orders (recognize_at) WHERE recognize_at IS NOT NULL;
CREATE INDEX orders_open ON billing.orders (expires_at) WHERE status = 'open';
CREATE TRIGGER guard_status AFTER INSERT OR UPDATE OF status ON billing.orders
  FOR EACH ROW EXECUTE FUNCTION kit.guard_status();

CREATE TABLE billing.order_lines (
  order_id uuid NOT NULL REFERENCES billing.orders,
  number integer NOT NULL CHECK (number > 0),
  kind text NOT NULL CHECK (kind IN ('plan')),
  price_id uuid NOT NULL REFERENCES billing.prices,
  title_ru text NOT NULL,
  title_en text NOT NULL,
  quantity integer NOT NULL CHECK (quantity BETWEEN 1 AND 100),
  unit_minor bigint NOT NULL CHECK (unit_minor > 0),
  vat_code integer NOT NULL CHECK (vat_code BETWEEN 1 AND 12),
  PRIMARY KEY (order_id, number)
);

-- Tries to get an order paid: one at a time, one that succeeded.
CREATE TABLE billing.charges (
  payment_id uuid PRIMARY KEY,
  order_id uuid NOT NULL REFERENCES billing.orders,
  attempt integer NOT NULL CHECK (attempt > 0),
  status text NOT NULL CHECK (status IN ('open', 'succeeded', 'failed')),
  method_id uuid,  -- NULL: by the viewer's own hand
  reason text,
  decline_class text CHECK (decline_class IN ('hard', 'soft', 'payer')),
  requested_at timestamptz NOT NULL,
  ended_at timestamptz,
  UNIQUE (order_id, attempt),
  CHECK ((status = 'open') = (ended_at IS NULL))
);
CREATE UNIQUE INDEX one_open_charge ON billing.charges (order_id) WHERE status = 'open';
CREATE UNIQUE INDEX one_paid_charge ON billing.charges (order_id) WHERE status = 'succeeded';

CREATE TABLE billing.refunds (
  id uuid PRIMARY KEY,
  order_id uuid NOT NULL REFERENCES billing.orders,
  payment_id uuid NOT NULL,
  status text NOT NULL CHECK (status IN ('requested', 'succeeded', 'failed')),
  amount_minor bigint NOT NULL CHECK (amount_minor > 0),
  currency char(3) NOT NULL,
  access_effect text NOT NULL CHECK (access_effect IN ('keep', 'revoke')),
  reason text NOT NULL,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL
);
CREATE INDEX ON billing.refunds (order_id);
CREATE TRIGGER guard_status AFTER INSERT OR UPDATE OF status ON billing.refunds
  FOR EACH ROW EXECUTE FUNCTION kit.guard_status();

-- Rights: half-open, to one film or (film_id NULL) to all.
CREATE TABLE billing.entitlements (
  id uuid PRIMARY KEY,
  user_id uuid NOT NULL,
  kind text NOT NULL CHECK (kind IN ('paid', 'grace')),
  film_id uuid,
  subscription_id uuid REFERENCES billing.subscriptions,
  order_id uuid REFERENCES billing.orders,
  starts_at timestamptz NOT NULL,
  ends_at timestamptz NOT NULL,
  revoked_at timestamptz,
  revoke_reason text,
  created_at timestamptz NOT NULL,
  CHECK (starts_at < ends_at),
  CHECK ((revoked_at IS NULL) = (revoke_reason IS NULL)),
  CHECK (kind <> 'paid' OR order_id IS NOT NULL),
  EXCLUDE USING gist (subscription_id WITH =, kind WITH =, tstzrange(starts_at, ends_at) WITH &&)
    WHERE (revoked_at IS NULL AND subscription_id IS NOT NULL)
);
CREATE UNIQUE INDEX one_right_for_an_order ON billing.entitlements (order_id) WHERE kind = 'paid';
CREATE INDEX ON billing.entitlements (user_id, ends_at) WHERE revoked_at IS NULL;
CREATE INDEX ON billing.entitlements (user_id, starts_at, id);

CREATE TABLE billing.blocks (
  id uuid PRIMARY KEY,
  user_id uuid NOT NULL,
  reason text NOT NULL CHECK (reason IN ('dunning', 'fraud', 'age', 'region')),
  starts_at timestamptz NOT NULL,
  ends_at timestamptz,
  CHECK (starts_at < ends_at)
);
CREATE INDEX ON billing.blocks (user_id);

CREATE TABLE billing.receipts (
  id uuid PRIMARY KEY,
  kind text NOT NULL CHECK (kind IN ('payment', 'refund')),
  source_id uuid NOT NULL UNIQUE,  -- the payment or the refund
  order_id uuid NOT NULL REFERENCES billing.orders,
  user_id uuid NOT NULL,
  lines jsonb NOT NULL,
  amount_minor bigint NOT NULL CHECK (amount_minor > 0),
  currency char(3) NOT NULL,
  issued_at timestamptz NOT NULL
);
CREATE INDEX ON billing.receipts (order_id);
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON billing.receipts
  FOR EACH ROW EXECUTE FUNCTION kit.append_only();

-- The ledger.
CREATE TABLE billing.ledger_entries (
  position bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
  id uuid PRIMARY KEY,
  kind text NOT NULL CHECK (kind IN ('payment', 'refund', 'recognition')),
  source_id uuid NOT NULL,
  order_id uuid NOT NULL REFERENCES billing.orders,
  posted_at timestamptz NOT NULL,
  UNIQUE (kind, source_id)
);
CREATE INDEX ON billing.ledger_entries (order_id);
CREATE TABLE billing.ledger_postings (
  entry_id uuid NOT NULL REFERENCES billing.ledger_entries,
  number integer NOT NULL,
  account text NOT NULL CHECK (account ~ '^(assets|liabilities|income|expenses):'),
  minor bigint NOT NULL CHECK (minor <> 0),
  currency char(3) NOT NULL,
  PRIMARY KEY (entry_id, number)
);
-- Sealed entries are linked by hashes; the balances at each seal are kept.
CREATE TABLE billing.ledger_seals (
  number bigint PRIMARY KEY,
  hash bytea NOT NULL CHECK (length(hash) = 32),
  entries integer NOT NULL CHECK (entries > 0),
  sealed_at timestamptz NOT NULL
);
CREATE TABLE billing.ledger_sealed (
  entry_id uuid PRIMARY KEY REFERENCES billing.ledger_entries,
  seal bigint NOT NULL REFERENCES billing.ledger_seals,
  number integer NOT NULL,
  UNIQUE (seal, number)
);
-- What waits for its seal, so that sealing does not look through the whole ledger.
CREATE TABLE billing.ledger_unsealed (
  entry_id uuid PRIMARY KEY REFERENCES billing.ledger_entries
);
CREATE TABLE billing.ledger_balances (
  seal bigint NOT NULL REFERENCES billing.ledger_seals,
  account text NOT NULL,
  currency char(3) NOT NULL,
  minor bigint NOT NULL,
  PRIMARY KEY (seal, account, currency)
);

CREATE FUNCTION billing.entry_balances() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  entry uuid;
BEGIN
  IF TG_TABLE_NAME = 'ledger_entries' THEN
    entry := NEW.id;
  ELSE
    entry := NEW.entry_id;
  END IF;
  IF NOT EXISTS (SELECT FROM billing.ledger_postings WHERE entry_id = entry)
     OR EXISTS (
       SELECT FROM billing.ledger_postings WHERE entry_id = entry GROUP BY currency HAVING sum(minor) <> 0) THEN
    RAISE EXCEPTION 'ledger entry % does not balance', entry USING ERRCODE = 'check_violation';
  END IF;
  RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER balances AFTER INSERT ON billing.ledger_entries
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION billing.entry_balances();
CREATE CONSTRAINT TRIGGER balances AFTER INSERT ON billing.ledger_postings
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION billing.entry_balances();

CREATE FUNCTION billing.to_be_sealed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO billing.ledger_unsealed (entry_id) VALUES (NEW.id);
  RETURN NULL;
END $$;
CREATE TRIGGER to_be_sealed AFTER INSERT ON billing.ledger_entries
  FOR EACH ROW EXECUTE FUNCTION billing.to_be_sealed();

-- Nothing may be added to a sealed entry, and nothing in the ledger changes or goes.
CREATE FUNCTION billing.not_sealed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT FROM billing.ledger_sealed WHERE entry_id = NEW.entry_id) THEN
    RAISE EXCEPTION 'ledger entry % is sealed', NEW.entry_id USING ERRCODE = 'restrict_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER not_sealed BEFORE INSERT ON billing.ledger_postings
  FOR EACH ROW EXECUTE FUNCTION billing.not_sealed();
DO $$
DECLARE
  name text;
BEGIN
  FOREACH name IN ARRAY
    ARRAY['ledger_entries', 'ledger_postings', 'ledger_seals', 'ledger_sealed', 'ledger_balances']
  LOOP
    EXECUTE format('CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON billing.%I
                    FOR EACH ROW EXECUTE FUNCTION kit.append_only()', name);
    EXECUTE format('CREATE TRIGGER append_only_whole BEFORE TRUNCATE ON billing.%I
                    FOR EACH STATEMENT EXECUTE FUNCTION kit.append_only()', name);
  END LOOP;
END $$;

-- Who changed what, when, why.
CREATE TABLE billing.history (
  position bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  at timestamptz NOT NULL,
  actor text NOT NULL,
  entity text NOT NULL,
  entity_id uuid NOT NULL,
  action text NOT NULL,
  before jsonb,
  after jsonb,
  reason text
);
CREATE INDEX ON billing.history (entity_id, position);
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON billing.history
  FOR EACH ROW EXECUTE FUNCTION kit.append_only();
""")
