"""Checkout: from the choice of a plan to a payment that the viewer can make."""

from dataclasses import replace
from datetime import timedelta
from urllib.parse import urlsplit

import structlog

from cinema.billing.domain.order import (
    Order,
    OrderBeingPaid,
    OrderKind,
    OrderNotFound,
    OrderNotOpen,
    PaymentNotReady,
    plan_order,
)
from cinema.billing.domain.plan import Plan, PlanNotFound
from cinema.billing.domain.subscription import AlreadySubscribed, CheckoutOpen, Subscription, new_subscription
from cinema.billing.domain.view import CheckoutView, OrderView, order_view, subscription_view
from cinema.billing.service.pair import known_pair, locked_pair
from cinema.billing.service.requests import request_first_payment, request_payment, withdraw_payment
from cinema.billing.settings import BillingSettings
from cinema.billing.store import history, orders, plans, subscriptions
from cinema.contracts.billing import EndedReason, OrderStatus, SubscriptionStatus
from cinema.contracts.identity import Contact, Contacts
from cinema.contracts.ids import OrderId, PaymentId, SubscriptionId, UserId
from cinema.contracts.payments import PaymentRequest, Payments
from cinema.kit.clock import Clock
from cinema.kit.db import Database, Tx
from cinema.kit.errors import Invalid, Trouble
from cinema.kit.idempotency import Done, Once
from cinema.kit.ids import uuid7
from cinema.kit.jobs import work_off

log = structlog.get_logger()


class ReturnUrlForbidden(Invalid):
    """The return address must lead back to this cinema."""

    code = "return-url-forbidden"


class Checkout:
    """Sells subscriptions. ``return_hosts`` are the only hosts that a payer is sent back to."""

    def __init__(
        self,
        *,
        db: Database,
        clock: Clock,
        payments: Payments,
        contacts: Contacts,
        settings: BillingSettings,
        return_hosts: frozenset[str],
    ) -> None:
        self._db = db
        self._clock = clock
        self._payments = payments
        self._contacts = contacts
        self._settings = settings
        self._return_hosts = return_hosts

    async def subscribe(self, *, user_id: UserId, plan_code: str, return_url: str, once: Once) -> Done[CheckoutView]:
        """Orders a plan: a subscription that begins when its order is paid. Answers a `CheckoutView`.

        A second click finds the first one's order. Raises `PlanNotFound`,
        `ReturnUrlForbidden`, `AlreadySubscribed`, `CheckoutOpen`, `KeyReused`.
        """
        self._check_return_url(return_url)
        contact = await self._contacts.contact(user_id)
        requests: list[PaymentRequest] = []

        async def work(tx: Tx) -> CheckoutView:
            requests.clear()
            return await self._subscribe(tx, contact, plan_code, return_url, requests)

        reply = await once.run(self._db, CheckoutView, work)
        await self._hurry(requests)
        return reply

    async def pay_again(self, *, user_id: UserId, order_id: OrderId, once: Once) -> Done[CheckoutView]:
        """Begins a new payment, by hand, of an open order after one that failed. Answers a `CheckoutView`.

        A renewal that was refused can be paid so too, by another card. Raises
        `OrderNotFound`, `OrderNotOpen`, `OrderBeingPaid`.
        """
        requests: list[PaymentRequest] = []

        async def work(tx: Tx) -> CheckoutView:
            requests.clear()
            order, subscription = await self._open_order(tx, user_id, order_id)
            if subscription.cancel_at_period_end or self._clock.now() >= order.expires_at:
                raise OrderNotOpen(order_status=order.status)
            if any(one.status == "open" for one in await orders.charges(tx, order_id=order_id)):
                raise OrderBeingPaid
            if order.return_url is None:
                order = replace(order, return_url=await orders.return_url(tx, subscription_id=order.subscription_id))
            request = await request_payment(tx, order=order, method_id=None, now=self._clock.now())
            requests.append(request)
            return self._view(subscription, order, request.payment_id)

        reply = await once.run(self._db, CheckoutView, work)
        await self._hurry(requests)
        return reply

    async def cancel_order(self, *, user_id: UserId, order_id: OrderId, once: Once) -> Done[OrderView]:
        """Gives up an unpaid checkout. Answers an `OrderView`.

        Should the payer still pay on the provider's page, the money goes back by itself.
        """

        async def work(tx: Tx) -> OrderView:
            order, _ = await self._open_order(tx, user_id, order_id)
            if order.kind is not OrderKind.CHECKOUT:
                raise OrderNotOpen(order_status=order.status)
            return await self._give_up(tx, order, actor=history.user(user_id), reason="canceled by the viewer")

        return await once.run(self._db, OrderView, work)

    async def expire(self) -> int:
        """Gives up a batch of checkouts whose time is over; returns how many."""

        async def over() -> list[OrderId]:
            async with self._db.read() as tx:
                return await orders.expired(tx, now=self._clock.now(), limit=self._settings.batch)

        return await work_off(over, self._expire, concurrency=1)

    async def payment_page(self, *, user_id: UserId, order_id: OrderId) -> str:
        """The provider's page for an open order. Raises `OrderNotFound`, `OrderNotOpen`, `PaymentNotReady`."""
        async with self._db.read() as tx:
            order = await orders.one(tx, order_id=order_id, user_id=user_id)
            charges = await orders.charges(tx, order_id=order_id)
        if order is None:
            raise OrderNotFound
        if order.status is not OrderStatus.OPEN or not charges or charges[-1].status != "open":
            raise OrderNotOpen(order_status=order.status)
        try:
            view = await self._payments.payment(charges[-1].payment_id)
        except Trouble:
            raise PaymentNotReady from None
        if view.confirmation_url is None:
            raise PaymentNotReady(payment_status=view.status)
        return view.confirmation_url

    async def _subscribe(
        self, tx: Tx, contact: Contact, plan_code: str, return_url: str, requests: list[PaymentRequest]
    ) -> CheckoutView:
        now = self._clock.now()
        await subscriptions.lock_checkout(tx, user_id=contact.user_id)
        plan = await plans.active_plan(tx, code=plan_code, currency=self._settings.currency)
        if plan is None:
            raise PlanNotFound
        running = await subscriptions.locked_running(tx, user_id=contact.user_id)
        if running is not None:
            return await self._repeat(tx, running, plan)
        expires_at = now + timedelta(hours=self._settings.checkout_hours)
        subscription = new_subscription(
            subscription_id=SubscriptionId(uuid7(now)),
            user_id=contact.user_id,
            plan=plan,
            time_zone=contact.time_zone,
            next_attempt_at=expires_at,
            now=now,
        )
        await subscriptions.add(tx, subscription)
        order, lines = plan_order(
            order_id=OrderId(uuid7(now)),
            user_id=contact.user_id,
            subscription_id=subscription.subscription_id,
            kind=OrderKind.CHECKOUT,
            period_no=0,
            title=plan.title,
            price_id=plan.price.price_id,
            price=plan.price.amount,
            vat_code=self._settings.vat_code,
            email=contact.email,
            language=contact.language,
            return_url=return_url,
            expires_at=expires_at,
            now=now,
        )
        await orders.add(tx, order, lines=lines)
        await history.note(
            tx,
            actor=history.user(contact.user_id),
            entity="order",
            entity_id=order.order_id,
            action="ordered",
            now=now,
            after={"plan": plan.code, "total": str(order.total), "price_version": plan.price.version},
        )
        request = await request_first_payment(tx, order=order, lines=lines, method_id=None, now=now)
        requests.append(request)
        return self._view(subscription, order, request.payment_id)

    async def _repeat(self, tx: Tx, running: Subscription, plan: Plan) -> CheckoutView:
        """A click after the first: the same checkout if it is the same plan, else a clear no."""
        order = await orders.open_for(tx, subscription_id=running.subscription_id)
        if running.status is not SubscriptionStatus.INCOMPLETE or order is None:
            raise AlreadySubscribed(subscription_id=running.subscription_id)
        charges = await orders.charges(tx, order_id=order.order_id)
        if running.plan_id != plan.plan_id or running.price_id != plan.price.price_id:
            raise CheckoutOpen(order_id=order.order_id)
        return self._view(running, order, charges[-1].payment_id)

    async def _open_order(self, tx: Tx, user_id: UserId, order_id: OrderId) -> tuple[Order, Subscription]:
        pair = await locked_pair(tx, order_id=order_id)
        if pair is None or pair[0].user_id != user_id:
            raise OrderNotFound
        if pair[0].status is not OrderStatus.OPEN:
            raise OrderNotOpen(order_status=pair[0].status)
        return pair

    async def _expire(self, order_id: OrderId) -> None:
        async with self._db.write() as tx:
            order, _ = await known_pair(tx, order_id=order_id)
            is_being_paid = any(one.status == "open" for one in await orders.charges(tx, order_id=order_id))
            if order.status is OrderStatus.OPEN and not is_being_paid:
                await self._give_up(tx, order, actor=history.SYSTEM, reason="not paid in time")

    async def _give_up(self, tx: Tx, order: Order, *, actor: str, reason: str) -> OrderView:
        now = self._clock.now()
        await withdraw_payment(tx, order=order, now=now)
        await orders.set_status(tx, order_id=order.order_id, status=OrderStatus.CANCELED, now=now)
        await subscriptions.set_ended(tx, subscription_id=order.subscription_id, reason=EndedReason.NEVER_PAID, now=now)
        await history.note(
            tx, actor=actor, entity="order", entity_id=order.order_id, action="canceled", now=now, reason=reason
        )
        return order_view(replace(order, status=OrderStatus.CANCELED))

    def _view(self, subscription: Subscription, order: Order, payment_id: PaymentId) -> CheckoutView:
        return CheckoutView(
            subscription=subscription_view(subscription, policy=self._settings.renewal),
            order=order_view(order),
            payment_id=payment_id,
        )

    def _check_return_url(self, url: str) -> None:
        parts = urlsplit(url)
        if parts.scheme not in {"http", "https"} or parts.netloc not in self._return_hosts or parts.username:
            raise ReturnUrlForbidden

    async def _hurry(self, requests: list[PaymentRequest]) -> None:
        """Has payments act now; without it the event does the same a moment later."""
        for request in requests:
            try:
                await self._payments.request(request)
            except Trouble as trouble:
                log.warning("checkout.hurry_failed", payment_id=str(request.payment_id), detail=trouble.detail)
