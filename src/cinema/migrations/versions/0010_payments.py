"""Refunds that were made at the provider, by hand, are kept beside ours."""

from cinema.migrations.script import run

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    run("""
ALTER TABLE payments.refunds
  ADD COLUMN origin text NOT NULL DEFAULT 'ours' CHECK (origin IN ('ours', 'provider'));
""")
