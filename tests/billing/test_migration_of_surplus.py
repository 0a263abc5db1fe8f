"""An installation of the release before: what came for a canceled order, and went back, becomes surplus."""

import re
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import pytest

import cinema.migrations
from cinema.kit.migrate import migrate

SCRIPTS = Path(cinema.migrations.__path__[0])

BEFORE = """
SET session_replication_role = replica;
INSERT INTO billing.orders (id, user_id, kind, status, subscription_id, period_no, title_ru, title_en, currency,
  total_minor, refunded_minor, email, language, expires_at, paid_at, created_at, updated_at)
SELECT md5(status)::uuid, md5('user')::uuid, 'checkout', status, md5(status)::uuid, 0, 'x', 'x', 'RUB', 39900, refunded,
  'viewer@cinema.test', 'ru', '2026-01-16Z', CASE WHEN status <> 'canceled' THEN '2026-01-15Z'::timestamptz END,
  '2026-01-15Z', '2026-01-15Z'
FROM (VALUES ('canceled', 39900), ('paid', 0), ('refunded', 39900)) AS kinds (status, refunded);
INSERT INTO billing.charges (payment_id, order_id, attempt, status, requested_at, ended_at)
SELECT md5('first of ' || status)::uuid, id, 1, 'failed', '2026-01-15Z', '2026-01-15Z' FROM billing.orders;
INSERT INTO billing.charges (payment_id, order_id, attempt, status, requested_at, ended_at)
SELECT md5('second of ' || status)::uuid, id, 2, 'succeeded', '2026-01-15Z', '2026-01-15Z' FROM billing.orders
"""


@pytest.fixture
async def before(server_url: str, database_url: str) -> AsyncIterator[str]:
    """The address of a database of the release before, with orders of three kinds."""
    name = database_url.rpartition("/")[2].partition("?")[0] + "_before"
    url = re.sub(r"/[^/?]+(?=$|\?)", f"/{name}", server_url)
    server = await asyncpg.connect(server_url)
    await server.execute(f'CREATE DATABASE "{name}"')
    await migrate(url, SCRIPTS, to="0007")
    connection = await asyncpg.connect(url)
    await connection.execute(BEFORE)
    await connection.close()
    yield url
    await server.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
    await server.close()


async def test_what_came_for_canceled_orders_counts_as_surplus_after_the_upgrade(before: str) -> None:
    await migrate(before, SCRIPTS)

    connection = await asyncpg.connect(before)
    rows = await connection.fetch(
        """SELECT o.status, o.refunded_minor, c.status AS charge, c.is_surplus
           FROM billing.orders AS o JOIN billing.charges AS c ON c.order_id = o.id ORDER BY o.status, c.attempt"""
    )
    await connection.close()
    assert [tuple(row) for row in rows] == [
        ("canceled", 0, "failed", False),
        ("canceled", 0, "succeeded", True),
        ("paid", 0, "failed", False),
        ("paid", 0, "succeeded", False),
        ("refunded", 39900, "failed", False),
        ("refunded", 39900, "succeeded", False),
    ]
