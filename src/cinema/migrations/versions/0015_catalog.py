"""What films cost, for good and for a time."""

from cinema.migrations.script import run

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    run("""
ALTER TABLE catalog.films
  ADD COLUMN buy_minor bigint CHECK (buy_minor >= 0),
  ADD COLUMN rent_minor bigint CHECK (rent_minor >= 0),
  ADD COLUMN price_currency char(3),
  ADD CHECK ((price_currency IS NULL) = (buy_minor IS NULL AND rent_minor IS NULL));
""")
