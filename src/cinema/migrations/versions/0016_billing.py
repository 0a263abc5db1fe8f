"""What staff ask most is found by indexes, and what was proved of facts that never change is kept."""

from cinema.migrations.script import run

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    run("""
-- Lists by status, newest first, and the list of refunds.
CREATE INDEX orders_by_status ON billing.orders (status, created_at, id);
CREATE INDEX subscriptions_by_status ON billing.subscriptions (status, created_at, id);
CREATE INDEX refunds_newest ON billing.refunds (created_at, id);
CREATE INDEX refunds_by_status ON billing.refunds (status, created_at, id);
DROP INDEX billing.orders_open;  -- nobody asks by it

UPDATE billing.orders SET give_up_at = NULL WHERE give_up_at IS NOT NULL AND (status <> 'open' OR kind <> 'checkout');
ALTER TABLE billing.orders VALIDATE CONSTRAINT only_open_ones_are_given_up;

-- How far a check of what must always hold has got in what does not change any more. `basis` is a digest of what was
-- checked and against what: a mark of another basis proves nothing.
CREATE TABLE kit.proved (
  name text PRIMARY KEY,
  basis text NOT NULL,
  until text NOT NULL,
  proved_at timestamptz NOT NULL
);
""")
