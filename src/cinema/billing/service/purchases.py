"""What viewers do, once for each intent: buy, pay, take back, and change a subscription that they have.

What others have to be asked for is asked before the transaction; `cinema.contracts.billing` says what each act is.
"""

from functools import partial
from uuid import UUID

from cinema.billing.service.checkout import Checkout
from cinema.billing.service.choices import Choices
from cinema.billing.service.refunds import Refunds
from cinema.contracts.billing import FilmGoods
from cinema.contracts.ids import FilmId, MethodId, OrderId, SubscriptionId, UserId
from cinema.contracts.views.billing import (
    CheckoutView,
    OrderView,
    PlanPreview,
    RefundPreview,
    RefundView,
    SubscriptionView,
)
from cinema.kit.db import Database
from cinema.kit.idempotency import once
from cinema.kit.intent import Done, Intent
from cinema.kit.money import Money


class PurchaseService:
    """Sells and takes back (`cinema.contracts.billing.Purchases`)."""

    def __init__(self, *, db: Database, checkout: Checkout, refunds: Refunds) -> None:
        self._db = db
        self._checkout = checkout
        self._refunds = refunds

    async def subscribe(
        self, intent: Intent, *, user_id: UserId, plan: str, return_url: str, save_method: bool, version: str | None
    ) -> Done[CheckoutView]:
        """Raises `ReturnUrlForbidden`, `UserNotFound`, and as `Checkout.subscribe`."""
        buyer = await self._checkout.buyer(user_id=user_id, return_url=return_url)
        work = partial(self._checkout.subscribe, buyer=buyer, plan_code=plan, save_method=save_method, version=version)
        return await once(self._db, intent, CheckoutView, work)

    async def plan_preview(self, *, user_id: UserId, plan: str) -> PlanPreview:
        """Raises `UserNotFound`, and as `Checkout.preview`."""
        return await self._checkout.preview(user_id=user_id, plan_code=plan)

    async def order_film(
        self, intent: Intent, *, user_id: UserId, film_id: FilmId, goods: FilmGoods, return_url: str
    ) -> Done[CheckoutView]:
        """Raises `ReturnUrlForbidden`, `UserNotFound`, and as `Checkout.order_film`."""
        buyer = await self._checkout.buyer(user_id=user_id, return_url=return_url)
        film = await self._checkout.film(film_id)
        return await once(
            self._db, intent, CheckoutView, partial(self._checkout.order_film, buyer=buyer, film=film, kind=goods)
        )

    async def pay_again(
        self,
        intent: Intent,
        *,
        user_id: UserId,
        order_id: OrderId,
        return_url: str | None,
        save_method: bool,
        version: str | None,
    ) -> Done[CheckoutView]:
        """Raises `ReturnUrlForbidden`, `UserNotFound`, and as `Checkout.pay_again`."""
        contact = await self._checkout.contact(user_id=user_id, return_url=return_url)
        work = partial(
            self._checkout.pay_again,
            contact=contact,
            order_id=order_id,
            save_method=save_method,
            return_url=return_url,
            version=version,
        )
        return await once(self._db, intent, CheckoutView, work)

    async def cancel_order(self, intent: Intent, *, user_id: UserId, order_id: OrderId) -> Done[OrderView]:
        """Raises as `Checkout.cancel_order`."""
        work = partial(self._checkout.cancel_order, user_id=user_id, order_id=order_id)
        return await once(self._db, intent, OrderView, work)

    async def payment_page(self, *, user_id: UserId, order_id: OrderId) -> str:
        """Raises as `Checkout.payment_page`."""
        return await self._checkout.payment_page(user_id=user_id, order_id=order_id)

    async def payment_page_by_link(self, link: UUID) -> str:
        """The same, for whoever has the link of the order."""
        return await self._checkout.payment_page_by_link(link)

    async def refund_preview(self, *, user_id: UserId, order_id: OrderId) -> RefundPreview:
        """Raises as `Refunds.preview`."""
        return await self._refunds.preview(user_id=user_id, order_id=order_id)

    async def refund(
        self, intent: Intent, *, user_id: UserId, order_id: OrderId, reason: str, expected: Money | None
    ) -> Done[RefundView]:
        """Raises as `Refunds.refund_own`."""
        limits = await self._refunds.limits(order_id)
        work = partial(
            self._refunds.refund_own,
            user_id=user_id,
            order_id=order_id,
            expected=expected,
            reason=reason,
            limits=limits,
        )
        return await once(self._db, intent, RefundView, work)


class SubscribingService:
    """Changes whether and by what a subscription renews (`cinema.contracts.billing.Subscribing`)."""

    def __init__(self, *, db: Database, choices: Choices) -> None:
        self._db = db
        self._choices = choices

    async def cancel(
        self, intent: Intent, *, user_id: UserId, subscription_id: SubscriptionId
    ) -> Done[SubscriptionView]:
        """Raises as `Choices.cancel`."""
        work = partial(self._choices.cancel, user_id=user_id, subscription_id=subscription_id)
        return await once(self._db, intent, SubscriptionView, work)

    async def resume(
        self, intent: Intent, *, user_id: UserId, subscription_id: SubscriptionId
    ) -> Done[SubscriptionView]:
        """Raises as `Choices.resume`."""
        work = partial(self._choices.resume, user_id=user_id, subscription_id=subscription_id)
        return await once(self._db, intent, SubscriptionView, work)

    async def choose_method(
        self,
        intent: Intent,
        *,
        user_id: UserId,
        subscription_id: SubscriptionId,
        method_id: MethodId,
        version: str | None,
    ) -> Done[SubscriptionView]:
        """Raises `MethodNotFound`, `UserNotFound`, and as `Choices.choose_method`."""
        contact, method = await self._choices.method(user_id=user_id, method_id=method_id)
        work = partial(
            self._choices.choose_method,
            contact=contact,
            method=method,
            subscription_id=subscription_id,
            version=version,
        )
        return await once(self._db, intent, SubscriptionView, work)
