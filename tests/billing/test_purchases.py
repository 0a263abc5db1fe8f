"""What a page does about buying, by an intent of its own: the same that the routes do."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from billing.stage import RETURN_URL, Stage
from cinema.billing.domain.plan import PlanNotFound
from cinema.billing.domain.subscription import AlreadySubscribed, CheckoutOpen
from cinema.contracts.billing import Purchases
from cinema.contracts.enums import GoodsKind, OrderStatus
from cinema.contracts.ids import OrderId, UserId
from cinema.contracts.views.billing import CheckoutView, PlanPreview
from cinema.kit.idempotency import KeyReused
from cinema.kit.intent import Done, Intent
from cinema.kit.money import Money
from cinema.kit.returning import ReturnUrlForbidden

FORM = Intent(scope="a viewer, a form", key="a-key", input_hash=b"one", status=303)


async def subscribe(stage: Stage, user_id: UserId, *, intent: Intent = FORM) -> Done[CheckoutView]:
    purchases: Purchases = stage.billing.facades.purchases
    return await purchases.subscribe(
        intent, user_id=user_id, plan="month", return_url=RETURN_URL, save_method=True, version=None
    )


async def orders(stage: Stage, user_id: UserId) -> list[OrderId]:
    page = await stage.billing.facades.reader.orders(user_id=user_id, status=None, cursor=None, limit=10)
    return [order.id for order in page.items]


async def test_a_form_that_is_sent_twice_orders_once(stage: Stage) -> None:
    anna = stage.new_user()

    first = await subscribe(stage, anna)
    second = await subscribe(stage, anna)

    assert (first.replayed, second.replayed) == (False, True)
    assert first.value == second.value
    assert (first.status, second.status) == (303, 303)
    assert await orders(stage, anna) == [first.value.order.id]


async def test_the_key_of_a_form_stands_for_one_input(stage: Stage) -> None:
    anna = stage.new_user()
    first = await subscribe(stage, anna)

    with pytest.raises(KeyReused):
        await subscribe(stage, anna, intent=replace(FORM, input_hash=b"other"))

    assert await orders(stage, anna) == [first.value.order.id]


async def test_a_form_finds_what_a_route_has_ordered(stage: Stage) -> None:
    anna = stage.new_user()
    ordered = await stage.subscribe(anna)

    found = await subscribe(stage, anna)

    assert str(found.value.order.id) == ordered.json()["order"]["id"]
    assert found.replayed is False
    assert await orders(stage, anna) == [found.value.order.id]


async def test_a_payer_of_a_page_is_sent_nowhere_else_either(stage: Stage) -> None:
    anna = stage.new_user()
    film = stage.films.add(buy=29900, now=stage.clock.now())

    with pytest.raises(ReturnUrlForbidden):
        await stage.billing.facades.purchases.order_film(
            FORM,
            user_id=anna,
            film_id=film.film_id,
            goods=GoodsKind.FILM_PURCHASE,
            return_url="https://elsewhere.test/",
        )

    assert await orders(stage, anna) == []


async def test_an_order_of_a_page_is_given_up_by_a_page(stage: Stage) -> None:
    anna = stage.new_user()
    ordered = (await subscribe(stage, anna)).value.order.id
    intent = replace(FORM, key="another-key")

    given_up = await stage.billing.facades.purchases.cancel_order(intent, user_id=anna, order_id=ordered)

    assert given_up.value.status is OrderStatus.CANCELED
    assert (await stage.billing.facades.reader.order(order_id=ordered, user_id=anna)).order.status == "canceled"


# What a plan would cost, told before it is ordered


async def previewed(stage: Stage, user_id: UserId, *, plan: str = "month") -> PlanPreview:
    return await stage.billing.facades.purchases.plan_preview(user_id=user_id, plan=plan)


async def test_a_preview_tells_what_is_paid_now_and_what_follows_and_orders_nothing(stage: Stage) -> None:
    anna = stage.new_user()

    told = await previewed(stage, anna)

    now = stage.clock.now()
    assert (told.plan, told.interval, told.price) == ("month", "1 month", Money(minor=39_900, currency="RUB"))
    assert (told.period_start, told.period_end) == (now, datetime(2026, 2, 15, 9, 0, tzinfo=UTC))
    assert told.renews_at == told.period_end - timedelta(hours=1)
    assert told.terms == await stage.billing.facades.reader.terms(plan="month")
    assert (told.subscription_id, told.order_id) == (None, None)
    assert await orders(stage, anna) == []


async def test_what_a_preview_tells_is_what_comes(stage: Stage) -> None:
    anna = stage.new_user()
    told = await previewed(stage, anna)

    await stage.subscribed(anna)

    (subscription,) = (
        await stage.billing.facades.reader.subscriptions(user_id=anna, status=None, cursor=None, limit=2)
    ).items
    assert (subscription.period_start, subscription.period_end) == (told.period_start, told.period_end)
    assert subscription.renews_at is not None
    assert told.renews_at is not None
    assert told.renews_at <= subscription.renews_at <= told.period_end


async def test_a_preview_finds_the_order_that_waits(stage: Stage) -> None:
    anna = stage.new_user()
    ordered = await subscribe(stage, anna)

    told = await previewed(stage, anna)

    assert told.order_id == ordered.value.order.id
    with pytest.raises(CheckoutOpen) as refused:
        await previewed(stage, anna, plan="year")
    assert refused.value.facts == {"order_id": ordered.value.order.id}


async def test_a_preview_for_who_subscribes_is_of_the_next_period(stage: Stage) -> None:
    anna = stage.new_user()
    await stage.subscribed(anna)

    told = await previewed(stage, anna)

    assert (told.period_start, told.period_end) == (
        datetime(2026, 2, 15, 9, 0, tzinfo=UTC),
        datetime(2026, 3, 15, 9, 0, tzinfo=UTC),
    )
    assert told.subscription_id is not None
    with pytest.raises(AlreadySubscribed):
        await previewed(stage, anna, plan="year")


async def test_a_preview_is_refused_as_the_order_would_be(stage: Stage) -> None:
    with pytest.raises(PlanNotFound):
        await previewed(stage, stage.new_user(), plan="decade")


async def test_the_order_stands_in_the_address_to_come_back_to(stage: Stage) -> None:
    anna = stage.new_user()
    place = RETURN_URL + "/{order_id}/return?next=%7Border_id%7D"

    done = await stage.billing.facades.purchases.subscribe(
        FORM, user_id=anna, plan="month", return_url=place, save_method=False, version=None
    )

    (request,) = stage.payments.requests.values()
    assert request.return_url == f"{RETURN_URL}/{done.value.order.id}/return?next=%7Border_id%7D"
