"""What we gave up on although it may have left us is looked for again."""

from cinema.migrations.script import run

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    run("""
ALTER TABLE payments.payments
  DROP CONSTRAINT payments_check,
  ADD CONSTRAINT open_payments_are_due
    CHECK (status IN ('succeeded', 'declined', 'canceled') OR next_attempt_at IS NOT NULL),
  ADD CONSTRAINT paid_payments_are_not_due CHECK (status <> 'succeeded' OR next_attempt_at IS NULL);
CREATE INDEX payments_to_ask_about ON payments.payments (next_attempt_at)
  WHERE status IN ('sent', 'unknown', 'pending', 'waiting_for_capture', 'declined', 'canceled')
    AND next_attempt_at IS NOT NULL;
DROP INDEX payments.payments_to_reconcile;
""")
