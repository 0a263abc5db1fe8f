"""The tables of payments."""

from cinema.migrations.script import run

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    run("""
CREATE SCHEMA payments;

-- What may be charged without its owner. The token is the provider's; card numbers never come here.
CREATE TABLE payments.methods (
  id uuid PRIMARY KEY,
  user_id uuid NOT NULL,
  provider text NOT NULL,
  token text NOT NULL,
  kind text NOT NULL,
  title text NOT NULL,
  card_last4 text CHECK (card_last4 ~ '^[0-9]{4}$'),
  card_expiry text CHECK (card_expiry ~ '^[0-9]{4}-[0-9]{2}$'),
  is_default boolean NOT NULL,
  saved_at timestamptz NOT NULL,
  ended_at timestamptz,
  ended_reason text CHECK (ended_reason IN ('removed', 'revoked')),
  UNIQUE (provider, token),
  CHECK ((ended_at IS NULL) = (ended_reason IS NULL)),
  CHECK (NOT is_default OR ended_at IS NULL)
);
CREATE UNIQUE INDEX one_default_method ON payments.methods (user_id) WHERE is_default;
CREATE INDEX ON payments.methods (user_id, id) WHERE ended_at IS NULL;

CREATE TABLE payments.payments (
  id uuid PRIMARY KEY,
  order_id uuid NOT NULL,
  user_id uuid NOT NULL,
  amount_minor bigint NOT NULL CHECK (amount_minor > 0),
  currency char(3) NOT NULL,
  request jsonb NOT NULL,                           -- contracts.payments.PaymentRequest, as it came
  provider text NOT NULL,
  provider_payment_id text,
  status text NOT NULL,
  reason text,
  confirmation_url text,
  fee_minor bigint,
  method_id uuid REFERENCES payments.methods,       -- the saved method that paid, once it has
  method_title text,
  refunds_minor bigint NOT NULL DEFAULT 0,          -- what goes back or went back: all refunds but the failed
  given_up boolean NOT NULL DEFAULT false,
  tries integer NOT NULL DEFAULT 0,                 -- in this status, so that pauses grow
  next_attempt_at timestamptz,                      -- when it is due; while a worker holds it, its lease's end
  captured_at timestamptz,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  UNIQUE (provider, provider_payment_id),
  CHECK ((status IN ('succeeded', 'declined', 'canceled')) = (next_attempt_at IS NULL)),
  CHECK ((status IN ('declined', 'canceled')) = (reason IS NOT NULL)),
  CHECK ((status = 'succeeded') = (captured_at IS NOT NULL)),
  CHECK (refunds_minor BETWEEN 0 AND amount_minor),
  CHECK (refunds_minor = 0 OR status = 'succeeded')
);
CREATE UNIQUE INDEX one_live_payment ON payments.payments (order_id) WHERE status NOT IN ('declined', 'canceled');
CREATE INDEX ON payments.payments (order_id, id);
CREATE INDEX ON payments.payments (user_id, id);
CREATE INDEX ON payments.payments (status, id);
CREATE INDEX payments_to_charge ON payments.payments (next_attempt_at) WHERE status = 'created';
CREATE INDEX payments_to_reconcile ON payments.payments (next_attempt_at)
  WHERE status IN ('sent', 'unknown', 'pending', 'waiting_for_capture');
CREATE TRIGGER guard_status AFTER INSERT OR UPDATE OF status ON payments.payments
  FOR EACH ROW EXECUTE FUNCTION kit.guard_status();

CREATE TABLE payments.refunds (
  id uuid PRIMARY KEY,
  payment_id uuid NOT NULL REFERENCES payments.payments,
  order_id uuid NOT NULL,
  user_id uuid NOT NULL,
  amount_minor bigint NOT NULL CHECK (amount_minor > 0),
  currency char(3) NOT NULL,
  request jsonb NOT NULL,                           -- contracts.payments.RefundRequest, as it came
  provider text NOT NULL,
  provider_refund_id text,
  status text NOT NULL,
  reason text,
  tries integer NOT NULL DEFAULT 0,
  next_attempt_at timestamptz,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  UNIQUE (provider, provider_refund_id),
  CHECK ((status IN ('succeeded', 'failed')) = (next_attempt_at IS NULL)),
  CHECK ((status = 'failed') = (reason IS NOT NULL))
);
CREATE INDEX ON payments.refunds (payment_id, id);
CREATE INDEX refunds_to_send ON payments.refunds (next_attempt_at) WHERE status = 'created';
CREATE INDEX refunds_to_reconcile ON payments.refunds (next_attempt_at)
  WHERE status IN ('sent', 'unknown', 'pending');
CREATE TRIGGER guard_status AFTER INSERT OR UPDATE OF status ON payments.refunds
  FOR EACH ROW EXECUTE FUNCTION kit.guard_status();

-- Every order that was or may have been given to a provider: the key and the exact bytes, stored before sending.
CREATE TABLE payments.attempts (
  id uuid PRIMARY KEY,
  payment_id uuid NOT NULL REFERENCES payments.payments,
  refund_id uuid REFERENCES payments.refunds,       -- NULL: a charge
  key text NOT NULL UNIQUE,
  body bytea NOT NULL,
  sends integer NOT NULL CHECK (sends > 0),
  first_sent_at timestamptz NOT NULL,
  last_sent_at timestamptz NOT NULL,
  settled_at timestamptz,
  result text CHECK (result IN ('accepted', 'rejected', 'absent')),
  CHECK ((settled_at IS NULL) = (result IS NULL))
);
CREATE INDEX ON payments.attempts (payment_id, id);
CREATE INDEX ON payments.attempts (refund_id, id) WHERE refund_id IS NOT NULL;
CREATE UNIQUE INDEX one_open_charge ON payments.attempts (payment_id) WHERE settled_at IS NULL AND refund_id IS NULL;
CREATE UNIQUE INDEX one_open_refund ON payments.attempts (refund_id) WHERE settled_at IS NULL;
CREATE UNIQUE INDEX one_accepted_charge ON payments.attempts (payment_id)
  WHERE result = 'accepted' AND refund_id IS NULL;
CREATE UNIQUE INDEX one_accepted_refund ON payments.attempts (refund_id) WHERE result = 'accepted';

-- Notifications, raw as they came, and what became of them.
CREATE TABLE payments.webhooks (
  id uuid PRIMARY KEY,
  provider text NOT NULL,
  address text NOT NULL,
  received_at timestamptz NOT NULL,
  event text NOT NULL,
  object_id text NOT NULL,
  body bytea NOT NULL,
  tries integer NOT NULL DEFAULT 0,
  next_attempt_at timestamptz,
  outcome text CHECK (outcome IN ('applied', 'ignored', 'duplicate', 'refused')),
  reason text,
  handled_at timestamptz,
  CHECK ((outcome IS NULL) = (handled_at IS NULL)),
  CHECK ((outcome IS NULL) = (next_attempt_at IS NOT NULL))
);
CREATE INDEX webhooks_waiting ON payments.webhooks (provider, object_id, id) WHERE outcome IS NULL;
CREATE INDEX webhooks_due ON payments.webhooks (next_attempt_at) WHERE outcome IS NULL;
CREATE INDEX ON payments.webhooks (provider, object_id, event) WHERE outcome IN ('applied', 'ignored');
CREATE INDEX ON payments.webhooks (outcome, id);
CREATE INDEX ON payments.webhooks (handled_at);
""")
