"""Films, bought and rented: ordered, delivered, given up, refunded and taken back by the one path of all goods."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from billing.corners import give_all_back, ledger, staff_refund
from billing.stage import RETURN_URL, Stage
from cinema.contracts.catalog import FilmFacts
from cinema.contracts.enums import Access
from cinema.contracts.ids import PaymentId, UserId
from cinema.contracts.payments import PaymentRequest
from cinema.kit.money import Money
from rivals import held_up

KINDS = ("film_purchase", "film_rental")

DEARER = Money(minor=49_900, currency="RUB")


async def order(stage: Stage, user: UserId, film: FilmFacts, goods: str, *, key: str = "film-1") -> Any:
    async with stage.client(user) as client:
        return await client.post(
            "/v1/orders",
            json={"goods": goods, "film_id": str(film.film_id), "return_url": RETURN_URL},
            headers={"Idempotency-Key": key},
        )


async def bought(
    stage: Stage, goods: str, *, user: UserId | None = None, key: str = "film-1"
) -> tuple[UserId, FilmFacts, PaymentRequest]:
    """A viewer who has paid for a film."""
    user = user or stage.new_user()
    film = stage.films.add(buy=29_900, rent=9_900, now=stage.clock.now())
    answer = await order(stage, user, film, goods, key=key)
    assert answer.status_code == 201, answer.text
    request = stage.payments.requests[PaymentId(UUID(answer.json()["payment_id"]))]
    await stage.payments.succeed(request)
    await stage.drain()
    return user, film, request


async def may_watch(stage: Stage, user: UserId, film: FilmFacts) -> bool:
    return (await stage.billing.facades.entitlements.check(user_id=user, film=film, now=stage.clock.now())).is_allowed


async def details(stage: Stage, user: UserId, request: PaymentRequest) -> Any:
    async with stage.client(user) as client:
        return (await client.get(f"/v1/orders/{request.order_id}")).json()


async def post(stage: Stage, user: UserId, path: str, *, key: str = "k", json: Any = None) -> int:
    async with stage.client(user) as client:
        status: int = (await client.post(path, json=json, headers={"Idempotency-Key": key})).status_code
    return status


@pytest.mark.parametrize(("goods", "minor"), [("film_purchase", 29_900), ("film_rental", 9_900)])
async def test_a_film_is_priced_by_the_catalogue_and_opens_when_it_is_paid(
    stage: Stage, goods: str, minor: int
) -> None:
    user, film, request = await bought(stage, goods)
    other = stage.films.add(buy=1, rent=1, now=stage.clock.now())

    seen = await details(stage, user, request)

    assert (request.amount.minor, request.amount.currency) == (minor, "RUB")
    assert (seen["order"]["status"], seen["order"]["goods"]) == ("paid", goods)
    assert (seen["order"]["film_id"], seen["order"]["subscription_id"]) == (str(film.film_id), None)
    assert len(seen["receipt_ids"]) == 1
    assert await may_watch(stage, user, film) is True
    assert await may_watch(stage, user, other) is False
    assert await stage.violations() == []


async def test_offers_are_sorted_by_price_within_a_currency_and_the_shops_own_comes_first(stage: Stage) -> None:
    film = stage.films.add(buy=1, rent=2, now=stage.clock.now())
    dollars = replace(film, buy=Money(minor=2, currency="USD"), rent=Money(minor=1, currency="USD"))

    mixed = await stage.billing.facades.entitlements.offers(film=dollars)
    own = await stage.billing.facades.entitlements.offers(film=film)

    roubles = [(4_900, "RUB"), (39_900, "RUB"), (399_000, "RUB")]
    assert [(one.price.minor, one.price.currency) for one in mixed] == [*roubles, (1, "USD"), (2, "USD")]
    assert [(one.price.minor, one.price.currency) for one in own] == [(1, "RUB"), (2, "RUB"), *roubles]


async def test_a_rental_ends_and_a_purchase_does_not(stage: Stage) -> None:
    renter, rented, _ = await bought(stage, "film_rental")
    owner, owned, _ = await bought(stage, "film_purchase")

    stage.clock.advance(timedelta(hours=48) - timedelta(seconds=1))
    in_time = await may_watch(stage, renter, rented)
    stage.clock.advance(timedelta(seconds=1))
    await stage.drain()

    assert in_time is True
    assert await may_watch(stage, renter, rented) is False
    await stage.pass_time(timedelta(days=800), step=timedelta(days=100))
    assert await may_watch(stage, owner, owned) is True
    assert (await ledger(stage))["income:subscriptions"] == -29_900 - 9_900
    assert await stage.violations() == []


@pytest.mark.parametrize("goods", KINDS)
async def test_a_film_can_be_taken_back_whole_by_its_buyer(stage: Stage, goods: str) -> None:
    user, film, request = await bought(stage, goods)

    status = await post(stage, user, f"/v1/orders/{request.order_id}/refunds", json={"reason": "not for me"})
    while_it_travels = await may_watch(stage, user, film)
    await give_all_back(stage)

    assert status == 201
    assert while_it_travels is False
    assert await may_watch(stage, user, film) is False
    assert (await details(stage, user, request))["order"]["status"] == "refunded"
    assert await stage.violations() == []


async def test_a_rental_that_is_over_is_not_taken_back(stage: Stage) -> None:
    user, _, request = await bought(stage, "film_rental")
    await stage.pass_time(timedelta(hours=49))

    status = await post(stage, user, f"/v1/orders/{request.order_id}/refunds", json={"reason": "seen it"})

    assert status == 409
    assert stage.payments.refunds == {}


@pytest.mark.parametrize(("effect", "watches"), [("keep", True), ("revoke", False)])
async def test_staff_return_a_part_of_a_film(stage: Stage, effect: str, watches: bool) -> None:  # noqa: FBT001 - a case
    user, film, request = await bought(stage, "film_purchase")

    answer = await staff_refund(stage, request, effect=effect, minor=10_000)
    await give_all_back(stage)

    assert answer.status_code == 201
    assert await may_watch(stage, user, film) is watches
    assert (await details(stage, user, request))["order"]["status"] == "partially_refunded"
    assert await stage.violations() == []


@pytest.mark.parametrize("goods", KINDS)
async def test_a_film_that_is_not_paid_in_time_is_given_up_and_late_money_goes_back(stage: Stage, goods: str) -> None:
    user = stage.new_user()
    film = stage.films.add(buy=29_900, rent=9_900, now=stage.clock.now())
    answer = await order(stage, user, film, goods)
    request = stage.payments.requests[PaymentId(UUID(answer.json()["payment_id"]))]
    await stage.payments.cancel(request)
    await stage.drain()
    given_up = (await details(stage, user, request))["order"]["status"]

    await stage.payments.succeed(request)
    await stage.drain()
    await give_all_back(stage)

    assert given_up == "canceled"
    assert [one.amount.minor for one in stage.payments.refunds.values()] == [request.amount.minor]
    assert await may_watch(stage, user, film) is False
    assert await stage.violations() == []


async def test_a_declined_film_is_paid_by_another_card(stage: Stage) -> None:
    user = stage.new_user()
    film = stage.films.add(buy=29_900, now=stage.clock.now())
    answer = await order(stage, user, film, "film_purchase")
    order_id = answer.json()["order"]["id"]
    await stage.payments.decline(stage.request_for(user))
    await stage.drain()

    status = await post(stage, user, f"/v1/orders/{order_id}/payment", key="again")
    await stage.payments.succeed(stage.request_for(user))
    await stage.drain()

    assert status == 201
    assert await may_watch(stage, user, film) is True
    assert await stage.violations() == []


@pytest.mark.parametrize(
    ("goods", "prices", "status"),
    [("film_purchase", {"rent": 1}, 409), ("film_rental", {"buy": 1}, 409), ("plan_period", {"buy": 1}, 422)],
)
async def test_what_is_not_for_sale_is_not_sold(stage: Stage, goods: str, prices: dict[str, int], status: int) -> None:
    film = stage.films.add(now=stage.clock.now(), **prices)

    answer = await order(stage, stage.new_user(), film, goods)

    assert answer.status_code == status
    assert stage.payments.requests == {}


async def test_a_repeated_request_is_answered_as_before_when_the_film_is_gone(stage: Stage) -> None:
    user = stage.new_user()
    film = stage.films.add(buy=29_900, now=stage.clock.now())
    first = await order(stage, user, film, "film_purchase")
    stage.films.known.clear()

    again = await order(stage, user, film, "film_purchase")
    fresh = await order(stage, user, film, "film_purchase", key="film-2")

    assert (again.status_code, again.json()) == (201, first.json())
    assert (fresh.status_code, fresh.json()["code"]) == (404, "film-not-found")


@pytest.mark.parametrize("goods", KINDS)
async def test_a_second_click_on_a_film_finds_the_first_one_s_order(stage: Stage, goods: str) -> None:
    user = stage.new_user()
    film = stage.films.add(buy=29_900, rent=9_900, now=stage.clock.now())

    clicks = await asyncio.gather(*(order(stage, user, film, goods, key=f"click-{n}") for n in range(3)))
    stage.films.known[film.film_id] = replace(film, buy=DEARER, rent=DEARER)
    dearer = await order(stage, user, film, goods, key="dearer")

    assert [one.status_code for one in clicks] == [201] * 3
    assert len({one.json()["order"]["id"] for one in clicks}) == 1
    assert len({one.json()["payment_id"] for one in clicks}) == 1
    assert (dearer.status_code, len(stage.payments.requests)) == (409, 1)


@pytest.mark.parametrize("again", KINDS)
async def test_nobody_pays_again_for_a_film_that_is_theirs(stage: Stage, again: str) -> None:
    user, film, request = await bought(stage, "film_purchase")
    refused = await order(stage, user, film, again, key="again")
    await post(stage, user, f"/v1/orders/{request.order_id}/refunds", json={"reason": "not for me"})
    await give_all_back(stage)

    returned = await order(stage, user, film, again, key="returned")

    assert (refused.status_code, refused.json()["code"]) == (409, "film-owned")
    assert returned.status_code == 201
    assert len(stage.payments.requests) == 2


async def test_nobody_rents_again_what_they_have_rented_before_that_is_over(stage: Stage) -> None:
    user, film, _ = await bought(stage, "film_rental")
    ends_at = (stage.clock.now() + timedelta(hours=48)).isoformat()
    stage.clock.advance(timedelta(hours=47))
    refused = await order(stage, user, film, "film_rental", key="again")
    asked = len(stage.payments.requests)

    for_good = await order(stage, user, film, "film_purchase", key="for-good")
    stage.clock.advance(timedelta(hours=1))
    afterwards = await order(stage, user, film, "film_rental", key="afterwards")

    assert (refused.status_code, refused.json()["code"], refused.json()["ends_at"]) == (409, "film-rented", ends_at)
    assert (asked, for_good.status_code, afterwards.status_code) == (1, 201, 201)


async def test_an_order_that_waits_is_no_way_to_pay_for_a_film_that_is_theirs(stage: Stage) -> None:
    user = stage.new_user()
    film = stage.films.add(buy=29_900, rent=9_900, now=stage.clock.now())
    rental = await order(stage, user, film, "film_rental", key="rental")
    await stage.payments.decline(stage.request_for(user))
    await stage.drain()
    await order(stage, user, film, "film_purchase", key="purchase")
    await stage.payments.succeed(stage.request_for(user))
    await stage.drain()

    again = await order(stage, user, film, "film_rental", key="again")
    paid_again = await post(stage, user, f"/v1/orders/{rental.json()['order']['id']}/payment", key="pay")

    assert (again.status_code, again.json()["code"]) == (409, "film-owned")
    assert paid_again == 409
    assert len(stage.payments.requests) == 2


@pytest.mark.parametrize("goods", KINDS)
async def test_nobody_pays_for_a_film_that_is_free(stage: Stage, goods: str) -> None:
    film = stage.films.add(buy=29_900, rent=9_900, now=stage.clock.now())
    stage.films.known[film.film_id] = replace(film, access=Access.FREE)

    answer = await order(stage, stage.new_user(), film, goods)

    assert (answer.status_code, answer.json()["code"]) == (409, "film-not-for-sale")


async def test_a_film_that_costs_nothing_is_delivered_without_a_payment(stage: Stage) -> None:
    user = stage.new_user()
    film = stage.films.add(buy=0, now=stage.clock.now())

    answer = await order(stage, user, film, "film_purchase")
    again = await order(stage, user, film, "film_purchase")
    await stage.drain()

    assert answer.status_code == 201
    assert answer.json() == again.json()
    assert (answer.json()["order"]["status"], answer.json()["payment_id"]) == ("paid", None)
    assert await may_watch(stage, user, film) is True
    assert stage.payments.requests == {}
    assert await stage.violations() == []


async def test_a_subscriber_buys_a_film_beside_the_subscription(stage: Stage) -> None:
    user = stage.new_user()
    await stage.subscribed(user)

    _, film, request = await bought(stage, "film_purchase", user=user)
    await post(stage, user, f"/v1/orders/{request.order_id}/refunds", json={"reason": "no"})
    await give_all_back(stage)

    subscription = await stage.subscription(user)
    assert (subscription["status"], subscription["renewal"]) == ("active", "on")
    assert await may_watch(stage, user, film) is True  # by the subscription
    assert await stage.violations() == []


async def test_two_who_take_a_film_back_at_once_meet_at_the_order(stage: Stage) -> None:
    """Nothing but the order's own row lock stands between them: there is no subscription behind a film."""
    user, _, request = await bought(stage, "film_purchase")
    path = f"/v1/orders/{request.order_id}/refunds"

    async with held_up(stage.db, f"SELECT FROM billing.orders WHERE id = '{request.order_id}' FOR UPDATE", rivals=2):
        tries = [asyncio.create_task(post(stage, user, path, key=f"k{n}", json={"reason": "no"})) for n in range(2)]
    statuses = await asyncio.gather(*tries)

    assert sorted(statuses) == [201, 409]
    assert len(stage.payments.refunds) == 1
    assert await stage.violations() == []
