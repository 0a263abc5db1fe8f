"""Lists cost the same in a large shop, with any filter, on any page, whatever the statistics say."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from enum import StrEnum, auto
from functools import partial
from itertools import product
from uuid import UUID

import pytest

from blocks import Blocks, copies
from cinema.billing.store import history, orders, rights, subscriptions
from cinema.contracts.enums import MessageStatus, PaymentStatus, RefundStatus, WebhookOutcome
from cinema.contracts.ids import OrderId, UserId
from cinema.identity.domain.session import Lifetimes
from cinema.identity.settings import IdentitySettings
from cinema.identity.store import accounts, logins, sessions
from cinema.kit.db import Tx
from cinema.kit.settings import load
from cinema.notifications import store as messages
from cinema.payments.store import payments, refunds, webhooks
from cinema.payments.store.payments import PaymentFilter
from cinema.payments.store.refunds import RefundFilter
from scenarios.house import House

MANY = 10_000
RARE = 40
"""Every so manyth row is of the one viewer, or in the rare status: 250 of them."""

LIMIT = 20
BLOCKS_MAX = 3 * (LIMIT + 1) + 8
"""Of each row its own block and up to two of an index, and the way down the index."""

BLOCKS_OF_JOINED = 8 * (LIMIT + 1)
BLOCKS_OF_SUBSCRIPTIONS = 9 * (LIMIT + 1)
"""Where each row is fetched by its id, and a row of one or two other tables with it."""

BLOCKS_OF_FEW = 2 * (MANY // RARE) + 8
"""What there are few of may be read whole: a viewer's devices, attempts to sign in within a month, what waits."""

BOUNDS = {
    "subscriptions": BLOCKS_OF_SUBSCRIPTIONS,
    "messages": BLOCKS_OF_JOINED,
    "notifications": BLOCKS_OF_JOINED,
    "sessions": BLOCKS_OF_FEW,
    "sign-ins": BLOCKS_OF_FEW,
    "webhooks": BLOCKS_OF_JOINED,  # seen at 102 once, where statistics are old
    "waiting webhooks": BLOCKS_OF_FEW,
}

USER = UUID(int=7)
ORDER = OrderId(UUID("00000000-0000-7000-8000-000000000100"))


class Statistics(StrEnum):
    """What the planner knows of the data."""

    TRUE = auto()
    OF_AN_EMPTY_TABLE = auto()
    OF_OTHER_TIMES = auto()  # when all rows were the one viewer's, and in the rare status


def number(column: str = "n") -> str:
    return f"('00000000-0000-7000-8000-' || lpad(to_hex({column}), 12, '0'))::uuid"


ID = number()
OWNER = f"CASE WHEN n % {RARE} = 0 OR {{early}} THEN '{USER}'::uuid ELSE {number('n + 1000000')} END"
AT = "timestamptz '2025-01-01' + n * interval '1 minute'"


def status(usual: str, rare: str) -> str:
    return f"CASE WHEN n % {RARE} = 0 OR {{early}} THEN {rare} ELSE {usual} END"


TABLES: dict[str, dict[str, str]] = {
    "billing.orders": {
        "id": ID,
        "user_id": OWNER,
        "status": status("'paid'", "'refunded'"),
        "created_at": AT,
        "period_no": "n + {early_no}",
    },
    "billing.subscriptions": {
        "id": ID,
        "user_id": OWNER,
        "status": "'ended'",
        "ended_at": AT,
        "ended_reason": "'canceled'",
        "created_at": AT,
    },
    "billing.entitlements": {
        "id": ID,
        "user_id": OWNER,
        "starts_at": AT,
        "ends_at": f"{AT} + interval '1 second'",
        "kind": "'grace'",
        "subscription_id": "NULL",
        "created_at": AT,
    },
    "billing.history": {"position": "1000 + n + {early_no}", "entity_id": OWNER, "at": AT},
    "payments.payments": {
        "id": ID,
        "user_id": OWNER,
        "order_id": number("n / 3"),
        "provider_payment_id": "'p' || n + {early_no}",
        "status": status("'succeeded'", "'declined'"),
        "reason": status("NULL", "'x'"),
        "captured_at": status(AT, "NULL"),
        "refunds_minor": "0",
    },
    "payments.refunds": {
        "id": ID,
        "user_id": OWNER,
        "order_id": number("n / 3"),
        "provider_refund_id": "'r' || n + {early_no}",
        "status": status("'succeeded'", "'failed'"),
        "reason": status("NULL", "'general_failure'"),
        "next_attempt_at": "NULL",
    },
    "payments.webhooks": {
        "id": ID,
        "outcome": status("'applied'", "NULL"),
        "handled_at": status(AT, "NULL"),
        "next_attempt_at": status("NULL", AT),
    },
    "notifications.messages": {
        "id": ID,
        "user_id": OWNER,
        "fact_key": "'f' || n + {early_no}",
        "event_id": number("n + {early_no}"),
        "status": status("'sent'", "'failed'"),
        "reason": status("NULL", "'x'"),
        "sent_at": status(AT, "NULL"),
    },
    "identity.users": {
        "id": ID,
        **dict.fromkeys(("login", "login_key"), "'user' || n + {early_no}"),
        **dict.fromkeys(("email", "email_key"), "'e' || n + {early_no} || '@example.com'"),
    },
    "identity.sessions": {"id": ID, "user_id": OWNER, "cookie_hash": "NULL", "ended_at": "NULL"},
    "identity.logins": {"id": ID, "user_id": OWNER},
}
EARLY = 200
"""Rows of the other times; they stay."""


async def fill(tx: Tx, statistics: Statistics) -> None:
    names = ", ".join(TABLES)
    for table, changed in TABLES.items():
        if statistics is Statistics.OF_OTHER_TIMES:
            early = {name: value.format(early=True, early_no=1_000_000) for name, value in changed.items()}
            await copies(tx, table, EARLY, early | ({"id": number("n + 1000000")} if "id" in early else {}))
        await tx.execute(f"ANALYZE {table}")
        usual = {name: value.format(early=False, early_no=0) for name, value in changed.items()}
        await copies(tx, table, MANY, usual)
    if statistics is Statistics.TRUE:
        await tx.execute(f"ANALYZE {names}")


PLACE = UUID("00000000-0000-7000-8000-00000000" + "1388")
AFTER = (datetime.fromisoformat("2025-01-04T00:00:00+00:00"), PLACE)
LIFETIMES: Lifetimes = load(IdentitySettings, env_file=None, values={}).lifetimes
NOW = datetime.fromisoformat("2026-01-15T09:00:00+00:00")

Call = Callable[[Tx], Awaitable[object]]


def lists() -> dict[str, Call]:
    """Every list with every combination of its filters, on its first page and on a later one."""
    found: dict[str, Call] = {}
    for after, before in ((None, None), (AFTER, PLACE)):
        page = "first" if after is None else "later"
        for user_id, is_rare in product((None, UserId(USER)), (False, True)):
            name = f"of {user_id}, rare: {is_rare}, {page}"
            found[f"orders, {name}"] = partial(
                orders.page, user_id=user_id, status="refunded" if is_rare else None, after=after, limit=LIMIT
            )
            found[f"subscriptions, {name}"] = partial(
                subscriptions.page, user_id=user_id, status="ended" if is_rare else None, after=after, limit=LIMIT
            )
            failed = MessageStatus.FAILED if is_rare else None
            found[f"messages, {name}"] = partial(
                messages.page_of, user_id=user_id, status=failed, before=before, limit=LIMIT + 1
            )
            for order_id in (None, ORDER):
                status = PaymentStatus.DECLINED if is_rare else None
                wanted = PaymentFilter(status=status, user_id=user_id, order_id=order_id)
                found[f"payments, of {order_id}, {name}"] = partial(
                    payments.newest, wanted=wanted, before=before, limit=LIMIT + 1
                )
                sought = RefundFilter(
                    status=RefundStatus.FAILED if is_rare else None, user_id=user_id, order_id=order_id
                )
                found[f"refunds, of {order_id}, {name}"] = partial(
                    refunds.newest, wanted=sought, before=before, limit=LIMIT + 1
                )
        for outcome in (None, *WebhookOutcome):
            found[f"webhooks, {outcome}, {page}"] = partial(
                webhooks.newest, outcome=outcome, waiting=False, before=before, limit=LIMIT + 1
            )
        for login, email in product((None, "user5"), (None, "e5@example.com")):
            found[f"users, {login}, {email}, {page}"] = partial(
                accounts.page, before=before, login=login, email=email, limit=LIMIT
            )
        found |= {
            f"waiting webhooks, {page}": partial(
                webhooks.newest, outcome=None, waiting=True, before=before, limit=LIMIT + 1
            ),
            f"entitlements, {page}": partial(rights.of_user, user_id=UserId(USER), after=after, limit=LIMIT),
            f"history, {page}": partial(
                history.of_entity, entity_id=USER, after=None if after is None else (5_000,), limit=LIMIT
            ),
            f"notifications, {page}": partial(messages.notifications, user_id=USER, before=before, limit=LIMIT + 1),
            f"sessions, {page}": partial(
                sessions.running, user_id=UserId(USER), lifetimes=LIFETIMES, now=NOW, before=before, limit=LIMIT
            ),
            f"sign-ins, {page}": partial(logins.page, user_id=UserId(USER), before=before, limit=LIMIT),
        }
    return found


@pytest.mark.parametrize("statistics", Statistics)
async def test_a_page_reads_its_own_rows(house: House, statistics: Statistics) -> None:
    viewer = await house.subscribed()
    order = (await house.ok(viewer, "GET", "/v1/orders"))["items"][0]
    await house.ok(viewer, "POST", f"/v1/orders/{order['id']}/refunds", json={"reason": "no"})
    await house.drain()
    asked = lists()
    read: dict[str, int] = {}

    async with house.db.write() as tx:
        await fill(tx, statistics)
        for name, ask in asked.items():
            blocks = Blocks(tx)
            await ask(blocks)
            read[name] = blocks.most
        for_all = Blocks(tx)
        await for_all.all(
            "SELECT * FROM billing.orders WHERE $1::text IS NULL OR status = $1 ORDER BY updated_at", None
        )

    assert len(read) == len(asked)
    assert for_all.most > 4 * BLOCKS_MAX, "the measure sees a whole table"
    assert {name: most for name, most in read.items() if most > BOUNDS.get(name.partition(",")[0], BLOCKS_MAX)} == {}
