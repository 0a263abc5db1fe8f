"""An order buys any goods, charges carry their amount, due work has leases, and entries are checked once."""

from cinema.migrations.script import run

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    run("""
-- What an order buys.
ALTER TABLE billing.orders
  ADD COLUMN goods text NOT NULL DEFAULT 'plan_period',
  ADD COLUMN film_id uuid,
  ADD COLUMN rental_s integer CHECK (rental_s > 0),
  ADD COLUMN give_up_at timestamptz,  -- when an unpaid checkout is given up; while a worker holds it, its lease's end
  ALTER COLUMN subscription_id DROP NOT NULL,
  ALTER COLUMN period_no DROP NOT NULL,
  DROP CONSTRAINT orders_total_minor_check,
  ADD CHECK (total_minor >= 0),
  ADD CONSTRAINT goods_are_whole CHECK (CASE goods
    WHEN 'plan_period' THEN
      subscription_id IS NOT NULL AND period_no IS NOT NULL AND film_id IS NULL AND rental_s IS NULL
    WHEN 'film_purchase' THEN
      subscription_id IS NULL AND period_no IS NULL AND film_id IS NOT NULL AND rental_s IS NULL
    WHEN 'film_rental' THEN
      subscription_id IS NULL AND period_no IS NULL AND film_id IS NOT NULL AND rental_s IS NOT NULL
    ELSE false END),
  ADD CONSTRAINT only_open_ones_are_given_up CHECK (give_up_at IS NULL OR (status = 'open' AND kind = 'checkout'))
    NOT VALID;
UPDATE billing.orders SET give_up_at = expires_at WHERE status = 'open' AND kind = 'checkout';
CREATE INDEX orders_to_give_up ON billing.orders (give_up_at) WHERE give_up_at IS NOT NULL;
CREATE INDEX orders_awaited ON billing.orders (subscription_id) WHERE status = 'open';
-- A release before this one sets no time for giving up, and does not clear it.
CREATE FUNCTION billing.when_given_up() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.status <> 'open' THEN
    NEW.give_up_at := NULL;
  ELSIF TG_OP = 'INSERT' AND NEW.kind = 'checkout' THEN
    NEW.give_up_at := coalesce(NEW.give_up_at, NEW.expires_at);
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER when_given_up BEFORE INSERT OR UPDATE OF status ON billing.orders
  FOR EACH ROW EXECUTE FUNCTION billing.when_given_up();

ALTER TABLE billing.order_lines
  DROP CONSTRAINT order_lines_kind_check,
  ADD CHECK (kind IN ('plan', 'film_purchase', 'film_rental')),
  ALTER COLUMN price_id DROP NOT NULL,
  ADD CHECK ((kind = 'plan') = (price_id IS NOT NULL)),
  DROP CONSTRAINT order_lines_unit_minor_check,
  ADD CHECK (unit_minor >= 0);
ALTER TABLE billing.prices
  DROP CONSTRAINT prices_amount_minor_check,
  ADD CHECK (amount_minor >= 0);

-- What each charge takes.
ALTER TABLE billing.charges ADD COLUMN amount_minor bigint CHECK (amount_minor > 0);
UPDATE billing.charges AS c SET amount_minor = o.total_minor FROM billing.orders AS o WHERE o.id = c.order_id;
ALTER TABLE billing.charges ALTER COLUMN amount_minor SET NOT NULL;
CREATE FUNCTION billing.amount_of_charge() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.amount_minor := (SELECT total_minor FROM billing.orders WHERE id = NEW.order_id);
  RETURN NEW;
END $$;
-- A release before this one names no amount.
CREATE TRIGGER amount_of_charge BEFORE INSERT ON billing.charges
  FOR EACH ROW WHEN (NEW.amount_minor IS NULL) EXECUTE FUNCTION billing.amount_of_charge();

-- The ledger: an entry is checked once, when its transaction commits; what is added to it later is checked at once.
DROP TRIGGER balances ON billing.ledger_postings;
DROP TRIGGER not_sealed ON billing.ledger_postings;
CREATE FUNCTION billing.postings_fit() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  wrong uuid;
  older uuid[];
BEGIN
  SELECT entry_id INTO wrong FROM fresh
  WHERE EXISTS (SELECT FROM billing.ledger_sealed AS s WHERE s.entry_id = fresh.entry_id) LIMIT 1;
  IF FOUND THEN
    RAISE EXCEPTION 'ledger entry % is sealed', wrong USING ERRCODE = 'restrict_violation';
  END IF;
  -- an entry of this transaction is checked at its commit
  SELECT array_agg(DISTINCT e.id) INTO older FROM fresh JOIN billing.ledger_entries AS e ON e.id = fresh.entry_id
  WHERE e.xmin::text <> (pg_current_xact_id()::text::bigint % 4294967296)::text;
  SELECT p.entry_id INTO wrong FROM billing.ledger_postings AS p
  WHERE p.entry_id = ANY(older)
  GROUP BY p.entry_id, p.currency HAVING sum(p.minor) <> 0 LIMIT 1;
  IF FOUND THEN
    RAISE EXCEPTION 'ledger entry % does not balance', wrong USING ERRCODE = 'check_violation';
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER postings_fit AFTER INSERT ON billing.ledger_postings REFERENCING NEW TABLE AS fresh
  FOR EACH STATEMENT EXECUTE FUNCTION billing.postings_fit();
DROP FUNCTION billing.not_sealed();
DROP TRIGGER to_be_sealed ON billing.ledger_entries;
ALTER TABLE billing.ledger_unsealed ADD COLUMN position bigint;
UPDATE billing.ledger_unsealed AS u SET position = e.position FROM billing.ledger_entries AS e WHERE e.id = u.entry_id;
ALTER TABLE billing.ledger_unsealed ALTER COLUMN position SET NOT NULL, ADD UNIQUE (position);
CREATE OR REPLACE FUNCTION billing.to_be_sealed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO billing.ledger_unsealed (entry_id, position) SELECT id, position FROM fresh;
  RETURN NULL;
END $$;
CREATE TRIGGER to_be_sealed AFTER INSERT ON billing.ledger_entries REFERENCING NEW TABLE AS fresh
  FOR EACH STATEMENT EXECUTE FUNCTION billing.to_be_sealed();
""")
