"""What tests of billing's corners share: asking, refunding, looking at events and books."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx2

from billing.stage import Stage
from cinema.contracts.catalog import FilmFacts
from cinema.contracts.enums import Access, RefundOrigin
from cinema.contracts.ids import FilmId, MethodId, RefundId, UserId
from cinema.contracts.methods import method_words
from cinema.contracts.payments import MethodRemoved, PaymentRequest, RefundSucceeded
from cinema.contracts.text import Text
from cinema.contracts.views.payments import MethodView
from cinema.kit.ids import uuid7
from cinema.kit.jobs import Job
from cinema.kit.money import Money

MONTH = timedelta(days=31)
HOUR = timedelta(hours=1)


async def may_watch(stage: Stage, user_id: UserId) -> bool:
    now = stage.clock.now()
    film = FilmFacts(
        film_id=FilmId(uuid7(now)), slug="x", title=Text(ru="x", en="x"), access=Access.SUBSCRIPTION, age=0
    )
    return (await stage.billing.facades.entitlements.check(user_id=user_id, film=film, now=now)).is_allowed


async def told(stage: Stage, name: str) -> list[dict[str, Any]]:
    """The events of this name, oldest first, each with when it happened."""
    async with stage.db.read() as tx:
        rows = await tx.all(
            "SELECT payload, occurred_at FROM kit.outbox WHERE name = $1 ORDER BY position", f"billing.{name}"
        )
    return [row["payload"] | {"occurred_at": row["occurred_at"]} for row in rows]


async def post(stage: Stage, user: UserId, path: str, json: Any = None, *, key: str = "k", role: str = "") -> Any:
    async with stage.client(user, role=role) as client:
        return await client.post(path, json=json, headers={"Idempotency-Key": key})


async def staff_refund(
    stage: Stage, request: PaymentRequest, *, effect: str, minor: int | None = None, key: str = "k"
) -> Any:
    body = {"access_effect": effect, "reason": "a person decided"} | (
        {"amount": {"minor": minor, "currency": "RUB"}} if minor else {}
    )
    staff = UserId(UUID(int=7))
    return await post(stage, staff, f"/v1/admin/orders/{request.order_id}/refunds", body, key=key, role="finance")


async def give_all_back(stage: Stage) -> None:
    for refund in list(stage.payments.refunds.values()):
        await stage.payments.give_back(refund)
    await stage.drain()


async def give_back_by_hand(
    stage: Stage, request: PaymentRequest, *, minor: int, refund_id: RefundId | None = None
) -> None:
    """Somebody returns money at the provider, which nobody here asked for."""
    now = stage.clock.now()
    event = RefundSucceeded(
        refund_id=refund_id or RefundId(uuid7(now)),
        payment_id=request.payment_id,
        order_id=request.order_id,
        user_id=request.user_id,
        amount=Money(minor=minor, currency=request.amount.currency),
        provider="played",
        refunded_at=now,
        origin=RefundOrigin.PROVIDER,
    )
    await stage.payments.say(event)


async def ledger(stage: Stage) -> dict[str, int]:
    async with stage.client(UserId(UUID(int=7)), role="finance") as client:
        answer = await client.get("/v1/admin/ledger")
    return {one["account"]: one["balance"]["minor"] for one in answer.json()["items"] if one["balance"]["minor"]}


def job(stage: Stage, name: str) -> Job:
    return next(one for one in stage.billing.module.jobs if one.name == name)


async def remove_card(stage: Stage, user: UserId) -> None:
    """The viewer removes the card that is kept."""
    method = stage.payments.saved.pop(user)
    await stage.payments.say(MethodRemoved(method_id=method.id, user_id=user, reason="removed"))
    await stage.drain()


async def choose(stage: Stage, user: UserId, method: MethodView) -> httpx2.Response:
    """The viewer agrees that the subscription renews by this method."""
    subscription = await stage.subscription(user)
    async with stage.client(user) as client:
        path = f"/v1/subscriptions/{subscription['id']}/payment-method"
        return await client.put(path, json={"method_id": str(method.id)})


def another_card(stage: Stage, user: UserId, title: str = "Bank card *1111") -> MethodView:
    now = stage.clock.now()
    method = MethodView(
        id=MethodId(uuid7(now)), title=title, label=method_words(title), kind="bank_card", is_default=True, saved_at=now
    )
    stage.payments.saved[user] = method
    return method


async def charging(stage: Stage, *, plan: str = "month") -> tuple[UserId, PaymentRequest, PaymentRequest]:
    """A viewer whose renewal is being charged: the user, the first payment, the renewal's."""
    user = stage.new_user()
    first = await stage.subscribed(user, plan=plan)
    await stage.pass_time(timedelta(days=30, hours=23))
    return user, first, stage.request_for(user)
