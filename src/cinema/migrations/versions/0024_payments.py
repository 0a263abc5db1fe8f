"""Receipts go to the cash register by themselves when what was paid ahead has been given."""

from cinema.migrations.script import run

revision = "0024"
down_revision = "0023"


def upgrade() -> None:
    run("""
CREATE TABLE payments.receipts (
  id uuid PRIMARY KEY,
  payment_id uuid NOT NULL UNIQUE REFERENCES payments.payments,  -- what was paid ahead is closed once
  request jsonb NOT NULL,                           -- contracts.payments.ReceiptRequest, as it came
  provider text NOT NULL,
  provider_payment_id text NOT NULL,
  key text UNIQUE,                                  -- key and bytes are stored before they are sent
  body bytea,
  first_sent_at timestamptz,
  status text NOT NULL,
  provider_receipt_id text,
  reason text,
  tries integer NOT NULL DEFAULT 0,
  next_attempt_at timestamptz,                      -- when it is due; while a worker holds it, its lease's end
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  UNIQUE (provider, provider_receipt_id),
  CHECK ((key IS NULL) = (body IS NULL)),
  CHECK ((status = 'created') <= (key IS NULL AND first_sent_at IS NULL)),
  CHECK ((status IN ('succeeded', 'failed')) = (next_attempt_at IS NULL)),
  CHECK ((status = 'failed') = (reason IS NOT NULL))
);
CREATE INDEX receipts_due ON payments.receipts (next_attempt_at) WHERE status IN ('created', 'sent', 'pending');
CREATE INDEX receipts_with_address ON payments.receipts (updated_at)
  WHERE status IN ('succeeded', 'failed') AND request #>> '{receipt,email}' <> '';
SELECT kit.guard('payments.receipts');
""")
