"""The whole main job by the generated Python client, each answer typed.

The test pays: it is told where, and says when.
"""

import sys
import time
import uuid
from collections.abc import Callable
from typing import TypeVar

from cinema_client import AuthenticatedClient, Client
from cinema_client.api.billing import (
    orders_get,
    plans_list,
    refunds_create,
    subscriptions_cancel,
    subscriptions_create,
)
from cinema_client.api.catalog import films_list
from cinema_client.api.identity import auth_login, auth_register
from cinema_client.api.playback import films_access
from cinema_client.models import (
    Accepted,
    AccessView,
    CheckoutView,
    FilmItemPage,
    FilmSort,
    Language,
    OrderDetails,
    OrderStatus,
    PlanViewPage,
    Problem,
    RefundBody,
    RefundState,
    RefundView,
    Registration,
    RenewalState,
    SignedIn,
    SignIn,
    SubscribeBody,
    SubscriptionView,
)

T = TypeVar("T")
PASSWORD = "a long sentence nobody knows"


def key() -> str:
    return uuid.uuid4().hex


def got(kind: type[T], answer: object) -> T:
    """The answer, of the kind that it has to be."""
    assert isinstance(answer, kind), answer.code if isinstance(answer, Problem) else answer
    return answer


def until(ask: Callable[[], T], is_done: Callable[[T], bool]) -> T:
    """What ``ask`` says once it is done; it has a minute."""
    for _ in range(240):
        found = ask()
        if is_done(found):
            return found
        time.sleep(0.25)
    raise AssertionError("it took too long")


def main(url: str) -> None:
    stranger = Client(base_url=url)
    login = f"py{uuid.uuid4().hex[:10]}"
    account = Registration(
        login=login, email=f"{login}@example.org", password=PASSWORD, language=Language.EN, time_zone="Europe/Moscow"
    )
    got(Accepted, auth_register.sync(client=stranger, body=account))
    signed_in = until(
        lambda: auth_login.sync(client=stranger, body=SignIn(login=login, password=PASSWORD)),
        lambda answer: isinstance(answer, SignedIn),
    )
    viewer = AuthenticatedClient(base_url=url, token=got(SignedIn, signed_in).access_token)
    film = got(FilmItemPage, films_list.sync(client=stranger, sort=FilmSort.VALUE_1, limit=1)).items[0]
    plan = got(PlanViewPage, plans_list.sync(client=stranger)).items[0]
    assert not got(AccessView, films_access.sync(film.id, client=viewer)).allowed

    wish = SubscribeBody(plan=plan.plan, return_url=f"{url}/", save_method=True)
    checkout = got(CheckoutView, subscriptions_create.sync(client=viewer, body=wish, idempotency_key=key()))
    print(checkout.order.payment_url, flush=True)
    sys.stdin.readline()
    until(
        lambda: got(OrderDetails, orders_get.sync(checkout.order.id, client=viewer)).order.status,
        lambda status: status is OrderStatus.PAID,
    )
    assert got(AccessView, films_access.sync(film.id, client=viewer)).allowed

    subscription = got(SubscriptionView, checkout.subscription)
    canceled = subscriptions_cancel.sync(subscription.id, client=viewer, idempotency_key=key())
    assert got(SubscriptionView, canceled).renews_at is None
    assert got(SubscriptionView, canceled).renewal is not RenewalState.ON
    refund = refunds_create.sync(
        checkout.order.id, client=viewer, body=RefundBody(reason="not for me"), idempotency_key=key()
    )
    assert got(RefundView, refund).amount.minor == plan.price.minor
    done = until(
        lambda: got(OrderDetails, orders_get.sync(checkout.order.id, client=viewer)),
        lambda details: details.order.status is OrderStatus.REFUNDED,
    )
    assert [one.status for one in done.refunds] == [RefundState.SUCCEEDED]
    refused = orders_get.sync(uuid.uuid4(), client=viewer)
    assert got(Problem, refused).code == "order-not-found"
    print("done")


main(sys.argv[1])
