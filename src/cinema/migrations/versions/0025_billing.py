"""Time that was lost while a refund travelled that failed is given back."""

from cinema.migrations.script import run

revision = "0025"
down_revision = "0024"


def upgrade() -> None:
    run("""
-- How long a right was taken back for refunds that did not come about: it ends so much later.
ALTER TABLE billing.entitlements ADD COLUMN stood_still interval NOT NULL DEFAULT '0';
""")
