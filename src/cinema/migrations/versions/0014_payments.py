"""Old addresses of receipts, and payments that are paid already, are found by indexes whatever the statistics say."""

from cinema.migrations.script import run

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    run("""
CREATE INDEX payments_with_address ON payments.payments (updated_at)
  WHERE status IN ('succeeded', 'declined', 'canceled') AND request #>> '{receipt,email}' <> '';
CREATE INDEX refunds_with_address ON payments.refunds (updated_at)
  WHERE status IN ('succeeded', 'failed') AND request #>> '{receipt,email}' <> '';

-- Has this order been paid? By an index that answers alone: by the one of statuses, all that was ever paid is read.
CREATE INDEX payments_of_order ON payments.payments (order_id, status);
DROP INDEX payments.payments_order_id_id_idx;
""")
