"""A payment may succeed after its end, beside another one of the same order."""

from cinema.migrations.script import run

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    run("""
-- One payment of an order is under way at a time; of those that succeed beside each other, all but one go back.
CREATE UNIQUE INDEX one_payment_under_way ON payments.payments (order_id)
  WHERE status NOT IN ('succeeded', 'declined', 'canceled');
DROP INDEX payments.one_live_payment;
""")
