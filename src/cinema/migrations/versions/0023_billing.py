"""What was paid ahead has a receipt when it was given."""

from cinema.migrations.script import run

revision = "0023"
down_revision = "0022"


def upgrade() -> None:
    run("""
-- The source of a closing receipt is its order: there is one.
ALTER TABLE billing.receipts
  DROP CONSTRAINT receipts_kind_check,
  ADD CONSTRAINT known_kind CHECK (kind IN ('payment', 'refund', 'closing'));
""")
