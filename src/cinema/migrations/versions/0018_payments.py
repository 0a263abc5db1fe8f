"""A method goes with the purchase that kept it, refunds are tried for days, cards are bound by themselves."""

from cinema.migrations.script import run

revision = "0018"
down_revision = "0017"


def upgrade() -> None:
    run("""
ALTER TABLE payments.methods
  ADD COLUMN kept_by uuid,                          -- the payment that alone kept it; NULL: several did, or a binding
  DROP CONSTRAINT methods_ended_reason_check,
  ADD CONSTRAINT known_end CHECK (ended_reason IN ('removed', 'revoked', 'unwanted'));

-- What the provider refuses for a passing reason is sent anew: the reason stands while it waits.
ALTER TABLE payments.refunds
  ADD COLUMN refusals integer NOT NULL DEFAULT 0,   -- how often it was refused for a passing reason
  ADD COLUMN refused_since timestamptz,
  DROP CONSTRAINT refunds_check1,
  ADD CONSTRAINT failed_for_a_reason CHECK (status <> 'failed' OR reason IS NOT NULL),
  ADD CONSTRAINT done_without_reason CHECK (status <> 'succeeded' OR reason IS NULL),
  ADD CONSTRAINT refused_since_a_time CHECK ((refusals = 0) = (refused_since IS NULL));
ALTER TABLE payments.attempts
  DROP CONSTRAINT attempts_result_check,
  ADD CONSTRAINT known_result CHECK (result IN ('accepted', 'refused', 'rejected', 'absent'));
CREATE INDEX refunds_by_status ON payments.refunds (status, id);
CREATE INDEX refunds_of_order ON payments.refunds (order_id, id);

-- A card that its owner binds without a purchase. Key and bytes are stored before they are sent, as with a charge.
CREATE TABLE payments.bindings (
  id uuid PRIMARY KEY,
  user_id uuid NOT NULL,
  provider text NOT NULL,
  key text NOT NULL UNIQUE,
  body bytea NOT NULL,
  status text NOT NULL,
  provider_method_id text,
  confirmation_url text,
  reason text,
  method_id uuid REFERENCES payments.methods,       -- what came of it
  tries integer NOT NULL DEFAULT 0,
  next_attempt_at timestamptz,                      -- when it is due; while a worker holds it, its lease's end
  expires_at timestamptz NOT NULL,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  UNIQUE (provider, provider_method_id),
  CHECK ((status IN ('succeeded', 'failed')) = (next_attempt_at IS NULL)),
  CHECK ((status = 'failed') = (reason IS NOT NULL)),
  CHECK ((status = 'succeeded') = (method_id IS NOT NULL))
);
CREATE INDEX bindings_of_user ON payments.bindings (user_id, created_at);
CREATE INDEX bindings_due ON payments.bindings (next_attempt_at) WHERE status IN ('created', 'pending');
SELECT kit.guard('payments.bindings');
""")
