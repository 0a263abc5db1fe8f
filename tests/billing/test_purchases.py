"""What a page does about buying, by an intent of its own: the same that the routes do."""

from dataclasses import replace

import pytest

from billing.stage import RETURN_URL, Stage
from cinema.contracts.billing import Purchases
from cinema.contracts.enums import GoodsKind, OrderStatus
from cinema.contracts.ids import OrderId, UserId
from cinema.contracts.views.billing import CheckoutView
from cinema.kit.idempotency import KeyReused
from cinema.kit.intent import Done, Intent
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
