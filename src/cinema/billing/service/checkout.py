"""Checkout: from the choice of a plan or a film to a payment that the viewer can make."""

from datetime import timedelta
from uuid import UUID

from cinema.billing.domain import checkout as rules
from cinema.billing.domain.changes import SYSTEM, Changes, viewer
from cinema.billing.domain.checkout import Buyer, Choice
from cinema.billing.domain.delivery import give_up
from cinema.billing.domain.goods import FilmOwned, FilmRented, PlanPeriod
from cinema.billing.domain.order import (
    Charge,
    ChargeStatus,
    Order,
    OrderNotFound,
    OrderNotOpen,
    PaymentNotReady,
    PaymentWasDeclined,
)
from cinema.billing.domain.plan import PlanNotFound
from cinema.billing.domain.preview import preview
from cinema.billing.domain.subscription import Subscription
from cinema.billing.domain.view import order_view, subscription_view
from cinema.billing.domain.whole import Standing, Whole
from cinema.billing.service.choices import demand_current
from cinema.billing.service.hurry import hurry
from cinema.billing.service.ids import ids_at
from cinema.billing.service.links import Links
from cinema.billing.settings import BillingSettings
from cinema.billing.store import orders, plans, rights, subscriptions
from cinema.billing.store.wholes import known, standings, whole, wholes
from cinema.billing.store.writing import write
from cinema.contracts.billing import FilmGoods
from cinema.contracts.catalog import Catalog, FilmFacts, FilmNotFound
from cinema.contracts.enums import GoodsKind, OrderKind, OrderStatus
from cinema.contracts.identity import Contact, Contacts
from cinema.contracts.ids import FilmId, OrderId, UserId
from cinema.contracts.payments import Payments
from cinema.contracts.views.billing import CheckoutView, OrderView, PlanPreview
from cinema.kit.clock import Clock
from cinema.kit.db import Database, Tx
from cinema.kit.errors import Gone, Trouble
from cinema.kit.ids import secret_id
from cinema.kit.jobs import work_off
from cinema.kit.returning import ReturnUrlForbidden, leads_home

LEASE = timedelta(minutes=10)
"""How long a checkout that could not be given up is left alone."""


class PaymentLinkOver(Gone):
    """This link to a payment page does not lead anywhere any more; look at the order for another one."""

    code = "payment-link-over"


class Checkout:
    """Sells plans and films. ``return_hosts`` are the only hosts that a payer is sent back to."""

    def __init__(
        self,
        *,
        db: Database,
        clock: Clock,
        payments: Payments,
        contacts: Contacts,
        catalog: Catalog,
        settings: BillingSettings,
        return_hosts: frozenset[str],
        links: Links,
    ) -> None:
        self._db = db
        self._clock = clock
        self._payments = payments
        self._contacts = contacts
        self._catalog = catalog
        self._settings = settings
        self._return_hosts = return_hosts
        self._links = links

    async def buyer(self, *, user_id: UserId, return_url: str) -> Buyer:
        """Who buys, with all that others know of them. Raises `ReturnUrlForbidden` and `UserNotFound`."""
        return await self._buyer(await self.contact(user_id=user_id, return_url=return_url), return_url=return_url)

    async def film(self, film_id: FilmId) -> FilmFacts | None:
        """The film as the catalogue prices it; None for one that there is not, or no more."""
        try:
            return await self._catalog.film(film_id)
        except FilmNotFound:
            return None

    async def subscribe(
        self, tx: Tx, *, buyer: Buyer, plan_code: str, save_method: bool, version: str | None
    ) -> CheckoutView:
        """Orders a plan: a subscription that begins when its order is paid, or the next period of one that runs.

        With ``save_method`` the buyer agrees that it renews, by the terms of that
        ``version``. A second click finds the first one's order, with a new payment where
        that was declined. Raises `PlanNotFound`, `AgreementOutdated`, `AlreadySubscribed`,
        `CheckoutOpen`, `RefundUnderWay`, `ChargeUnderWay`, `AmountNotPayable`, `MethodNotSavable`.
        """
        demand_current(version if save_method else None)
        await subscriptions.lock_checkout(tx, user_id=buyer.contact.user_id)
        plan = await plans.active_plan(tx, code=plan_code, currency=self._settings.currency)
        if plan is None:
            raise PlanNotFound
        choice = Choice(plan=plan, save_method=save_method)
        policies, new_id = self._settings.policies, ids_at(tx.now)
        running = await subscriptions.locked_running(tx, user_id=buyer.contact.user_id)
        if running is None:
            changes = rules.order_plan(buyer, choice, policies=policies, new_id=new_id, now=tx.now)
            return await self._placed(tx, changes)
        (standing,) = await standings(tx, [running])
        if standing.awaited is not None:
            return await self._repeated(tx, rules.repeat(standing, choice), buyer, save_method=save_method)
        changes = rules.order_ahead(buyer, choice, standing, policies=policies, new_id=new_id, now=tx.now)
        return await self._placed(tx, changes, standing=standing)

    async def preview(self, *, user_id: UserId, plan_code: str) -> PlanPreview:
        """What `subscribe` would order; raises what that would."""
        buyer = await self._buyer(await self.contact(user_id=user_id), return_url="")
        async with self._db.write() as tx:
            plan = await plans.active_plan(tx, code=plan_code, currency=self._settings.currency)
            if plan is None:
                raise PlanNotFound
            running = await subscriptions.locked_running(tx, user_id=user_id)
            found = await standings(tx, [running] if running else [])
            policies, new_id = self._settings.policies, ids_at(tx.now)
            return preview(buyer, plan, next(iter(found), None), policies=policies, new_id=new_id, now=tx.now)

    async def order_film(self, tx: Tx, *, buyer: Buyer, film: FilmFacts | None, kind: FilmGoods) -> CheckoutView:
        """Orders a film, for good or for a time; a second click finds the first one's order.

        Raises `FilmNotFound`, `FilmNotForSale`, `FilmOwned`, `FilmRented`, `CheckoutOpen`. That there is no
        film is said here, where a repeated request has got its first answer already.
        """
        if film is None:
            raise FilmNotFound
        user_id = buyer.contact.user_id
        await subscriptions.lock_checkout(tx, user_id=user_id)
        waiting = await wholes(tx, await orders.open_of_film(tx, user_id=user_id, film_id=film.film_id))
        await _demand_new(tx, user_id=user_id, film_id=film.film_id, kind=kind)
        for its in waiting.values():  # locked before, so that none of them has been paid since
            if its.is_open and its.order.goods.kind is kind:
                return await self._repeated(tx, rules.repeat_film(its, film, kind), buyer, save_method=False)
        changes = rules.order_film(
            buyer,
            film,
            kind,
            rental=self._settings.rental,
            policies=self._settings.policies,
            new_id=ids_at(tx.now),
            now=tx.now,
        )
        return await self._placed(tx, changes)

    async def pay_again(
        self,
        tx: Tx,
        *,
        contact: Contact,
        order_id: OrderId,
        save_method: bool,
        return_url: str | None,
        version: str | None,
    ) -> CheckoutView:
        """Begins a new payment, by hand, of an open order after one that failed.

        With ``save_method`` the viewer agrees that the subscription renews by what they pay
        with. Raises `OrderNotFound`, `OrderNotOpen`, `OrderBeingPaid`, `AgreementOutdated`,
        and `FilmOwned` and `FilmRented` for a film that was bought or rented meanwhile.
        """
        demand_current(version if save_method else None)
        its = await _own_open(tx, contact.user_id, order_id)
        goods = its.order.goods
        if not isinstance(goods, PlanPeriod):
            await _demand_new(tx, user_id=contact.user_id, film_id=goods.film_id, kind=goods.kind)
        back_to = return_url or its.order.return_url or await _first_return_url(tx, its)
        return await self._paid_again(tx, its, contact, save_method=save_method, return_url=back_to)

    async def contact(self, *, user_id: UserId, return_url: str | None = None) -> Contact:
        """Who pays again, and may come back to ``return_url``. Raises `ReturnUrlForbidden` and `UserNotFound`."""
        if return_url is not None and not leads_home(return_url, hosts=self._return_hosts):
            raise ReturnUrlForbidden
        return await self._contacts.contact(user_id)

    async def cancel_order(self, tx: Tx, *, user_id: UserId, order_id: OrderId) -> OrderView:
        """Gives up an unpaid checkout. Raises `OrderNotFound` and `OrderNotOpen`.

        Should the payer still pay on the provider's page, the money goes back by itself.
        """
        its = await _own_open(tx, user_id, order_id)
        if its.order.kind is not OrderKind.CHECKOUT:
            raise OrderNotOpen(order_status=its.order.status)
        changes = give_up(its, actor=viewer(user_id), reason="canceled by the viewer", now=tx.now)
        await write(tx, changes)
        return order_view(changes.orders[-1])

    async def expire(self) -> int:
        """Gives up a batch of checkouts whose time is over; returns how many."""

        async def over() -> list[OrderId]:
            async with self._db.write() as tx:
                lease_until = tx.now + LEASE
                return await orders.claim_to_give_up(tx, lease_until=lease_until, limit=self._settings.batch)

        return await work_off(over, self._expire, concurrency=1)

    async def payment_page(self, *, user_id: UserId, order_id: OrderId) -> str:
        """The provider's page for an open order.

        Raises `OrderNotFound`, `OrderNotOpen`, `PaymentWasDeclined`, `PaymentNotReady`.
        """
        async with self._db.read() as tx:
            order = await orders.one(tx, order_id=order_id, user_id=user_id)
            charges = (await orders.charges(tx, [order_id]))[order_id]
        if order is None:
            raise OrderNotFound
        if order.status is not OrderStatus.OPEN or not charges:
            raise OrderNotOpen(order_status=order.status)
        if charges[-1].status is not ChargeStatus.OPEN:
            raise PaymentWasDeclined(reason=charges[-1].reason)
        try:
            view = await self._payments.payment(charges[-1].payment_id)
        except Trouble:
            raise PaymentNotReady from None
        if view.confirmation_url is None:
            raise PaymentNotReady(payment_status=view.status)
        return view.confirmation_url

    async def payment_page_by_link(self, link: UUID) -> str:
        """The same, for whoever has the link. Raises `PaymentLinkOver` besides."""
        async with self._db.read() as tx:
            order_id = await orders.by_link(tx, link)
            order = await orders.one(tx, order_id=order_id, user_id=None) if order_id else None
        if order is None:
            raise PaymentLinkOver
        return await self.payment_page(user_id=order.user_id, order_id=order.order_id)

    async def _buyer(self, contact: Contact, *, return_url: str) -> Buyer:
        limits = await self._payments.charge_limits(currency=self._settings.currency)
        expires_at = self._clock.now() + timedelta(hours=self._settings.checkout_hours)
        return Buyer(contact=contact, link=secret_id(), return_url=return_url, expires_at=expires_at, limits=limits)

    async def _placed(self, tx: Tx, changes: Changes, *, standing: Standing | None = None) -> CheckoutView:
        await write(tx, changes)
        hurry(tx, self._payments, changes)
        (fresh,) = changes.new_orders
        order = changes.orders[-1] if changes.orders else fresh.order
        begun = next(iter((*reversed(changes.subscriptions), *changes.new_subscriptions)), None)
        subscription = begun or (standing.subscription if standing else None)
        charge = changes.new_charges[-1] if changes.new_charges else None
        return await self._view(tx, order, subscription, charge)

    async def _repeated(self, tx: Tx, its: Whole, buyer: Buyer, *, save_method: bool) -> CheckoutView:
        """What was ordered before; where its payment was declined a new one begins."""
        if any(one.status is ChargeStatus.OPEN for one in its.charges):
            subscription = its.standing.subscription if its.standing else None
            return await self._view(tx, its.order, subscription, its.charges[-1])
        return await self._paid_again(tx, its, buyer.contact, save_method=save_method, return_url=buyer.return_url)

    async def _paid_again(
        self, tx: Tx, its: Whole, contact: Contact, *, save_method: bool, return_url: str | None
    ) -> CheckoutView:
        changes = rules.pay_again(
            its,
            contact,
            link=secret_id(),
            save_method=save_method,
            return_url=return_url,
            new_id=ids_at(tx.now),
            now=tx.now,
        )
        await write(tx, changes)
        hurry(tx, self._payments, changes)
        standing = its.standing.subscription if its.standing else None
        subscription = changes.subscriptions[-1] if changes.subscriptions else standing
        return await self._view(tx, its.order, subscription, changes.new_charges[-1])

    async def _expire(self, order_id: OrderId) -> None:
        async with self._db.write() as tx:
            its = (await known(tx, [order_id]))[order_id]
            is_being_paid = any(one.status is ChargeStatus.OPEN for one in its.charges)
            if its.is_open and not is_being_paid:
                await write(tx, give_up(its, actor=SYSTEM, reason="not paid in time", now=tx.now))

    async def _view(
        self, tx: Tx, order: Order, subscription: Subscription | None, charge: Charge | None
    ) -> CheckoutView:
        link = (await orders.links(tx, [order.order_id])).get(order.order_id)
        durations = self._settings.policies.durations
        return CheckoutView(
            subscription=subscription_view(subscription, durations=durations) if subscription else None,
            order=order_view(order, payment_url=self._links.url(link)),
            payment_id=charge.payment_id if charge else None,
        )


async def _demand_new(tx: Tx, *, user_id: UserId, film_id: FilmId, kind: GoodsKind) -> None:
    """Whether the film would be more to the viewer than what they have; raises `FilmOwned` and `FilmRented`."""
    if await rights.owns(tx, user_id=user_id, film_id=film_id):
        raise FilmOwned
    if kind is GoodsKind.FILM_RENTAL:
        until = await rights.rented_until(tx, user_id=user_id, film_id=film_id)
        if until is not None:
            raise FilmRented(ends_at=until.isoformat())


async def _own_open(tx: Tx, user_id: UserId, order_id: OrderId) -> Whole:
    its = await whole(tx, order_id)
    if its is None or its.order.user_id != user_id:
        raise OrderNotFound
    if not its.is_open:
        raise OrderNotOpen(order_status=its.order.status)
    return its


async def _first_return_url(tx: Tx, its: Whole) -> str | None:
    """Where the payer of a renewal came back to when the subscription was bought."""
    goods = its.order.goods
    return await orders.return_url(tx, subscription_id=goods.subscription_id) if isinstance(goods, PlanPeriod) else None
