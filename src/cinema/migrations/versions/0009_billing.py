"""Money that bought nothing."""

from cinema.migrations.script import run

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    run("""
-- One try pays for an order. Money of any other try that succeeds bought nothing: it is surplus and goes back.
ALTER TABLE billing.charges
  ADD COLUMN is_surplus boolean NOT NULL DEFAULT false,
  ADD CHECK (NOT is_surplus OR status = 'succeeded');
DROP INDEX billing.one_paid_charge;
CREATE UNIQUE INDEX one_paid_charge ON billing.charges (order_id) WHERE status = 'succeeded' AND NOT is_surplus;

-- What came for orders that were canceled has always gone back; it counts as surplus now, not as a part of the order.
UPDATE billing.charges AS c SET is_surplus = true FROM billing.orders AS o
WHERE o.id = c.order_id AND o.status = 'canceled' AND c.status = 'succeeded';
UPDATE billing.orders SET refunded_minor = 0 WHERE status = 'canceled' AND refunded_minor <> 0;
""")
