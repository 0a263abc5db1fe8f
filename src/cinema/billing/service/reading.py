"""Reading what is on sale, what was bought, and what it gave: implements `contracts.billing.BillingReader`."""

from typing import Any
from uuid import UUID

from cinema.billing.domain.agreement import terms
from cinema.billing.domain.durations import PARTS
from cinema.billing.domain.order import OrderNotFound, RefundNotFound
from cinema.billing.domain.plan import PlanNotFound
from cinema.billing.domain.subscription import SubscriptionNotFound
from cinema.billing.domain.view import (
    agreement_view,
    order_view,
    plan_view,
    refund_view,
    subscription_view,
    unpaid_renewal_view,
)
from cinema.billing.domain.whole import Standing
from cinema.billing.service.links import Links
from cinema.billing.settings import BillingSettings
from cinema.billing.store import agreements, history, ledger, orders, plans, refunds, rights, subscriptions
from cinema.billing.store.refunds import INTERNAL
from cinema.contracts.enums import GrantKind, HistoryEntity, OrderStatus, ReceiptKind, RefundState, SubscriptionStatus
from cinema.contracts.ids import MethodId, OrderId, RefundId, SubscriptionId, UserId
from cinema.contracts.payments import Payments
from cinema.contracts.views.billing import (
    AgreementTerms,
    AgreementView,
    BalanceView,
    EntitlementView,
    HistoryView,
    OrderDetails,
    OrderView,
    PlanView,
    PolicyView,
    ReceiptLineView,
    ReceiptView,
    RefundView,
    SubscriptionView,
    UnpaidRenewalView,
)
from cinema.contracts.views.payments import PaymentView
from cinema.kit.db import Database, Row
from cinema.kit.errors import NotFound, Trouble
from cinema.kit.keyset import Keyset, moment, page
from cinema.kit.money import Money
from cinema.kit.page import Page, whole


class ReceiptNotFound(NotFound):
    """There is no such receipt."""

    code = "receipt-not-found"


class NothingUnpaid(NotFound):
    """No renewal of this subscription waits for its money."""

    code = "nothing-unpaid"


SUBSCRIPTIONS = Keyset("subscriptions", moment, UUID)
ORDERS = Keyset("orders", moment, UUID)
ENTITLEMENTS = Keyset("entitlements", moment, UUID)
HISTORY = Keyset("history", int)
REFUNDS = Keyset("refunds", moment, UUID)
AGREEMENTS = Keyset("agreements", moment, UUID)


class Reader:
    """Reads for viewers, each only what is theirs, and for staff, who name nobody or anybody."""

    def __init__(self, *, db: Database, payments: Payments, settings: BillingSettings, links: Links) -> None:
        self._db = db
        self._payments = payments
        self._settings = settings
        self._links = links

    async def plans(self) -> Page[PlanView]:
        """What is on sale, in the order of the storefront."""
        async with self._db.read() as tx:
            return whole(await plans.active_plans(tx, currency=self._settings.currency)).map(plan_view)

    async def terms(self, *, plan: str) -> AgreementTerms:
        """What a viewer agrees to who has the plan renewed. Raises `PlanNotFound`."""
        async with self._db.read() as tx:
            found = await plans.active_plan(tx, code=plan, currency=self._settings.currency)
        if found is None:
            raise PlanNotFound
        return terms(title=found.title, price=found.price.amount, interval=found.interval)

    async def renewal_terms(
        self, *, subscription_id: SubscriptionId, user_id: UserId | None, method_id: MethodId | None
    ) -> AgreementTerms:
        """What is agreed to about a subscription, at its own price. Raises `SubscriptionNotFound`, `MethodNotFound`."""
        async with self._db.read() as tx:
            found = await subscriptions.one(tx, subscription_id=subscription_id, user_id=user_id)
        if found is None:
            raise SubscriptionNotFound
        method = await self._payments.method_of(user_id=found.user_id, method_id=method_id) if method_id else None
        return terms(
            title=found.title, price=found.price, interval=found.interval, method=method.label if method else None
        )

    async def policies(self) -> PolicyView:
        """What viewers are promised, by the running settings."""
        settings = self._settings
        return PolicyView(
            checkout_hours=settings.checkout_hours,
            notice_days=settings.renewal_notice_days,
            lead_minutes=settings.renewal_lead_minutes,
            grace_days=settings.grace_days,
            retry_days=settings.retry_days,
            period_parts=PARTS,
            refund_days=settings.refund_days,
            refund_again_days=settings.refund_again_days,
            rental_hours=settings.rental_hours,
        )

    async def agreements(
        self, *, subscription_id: SubscriptionId, user_id: UserId | None, cursor: str | None, limit: int
    ) -> Page[AgreementView]:
        """What was agreed to about a subscription, newest first. Raises `SubscriptionNotFound`."""
        after = AGREEMENTS.after(cursor)
        async with self._db.read() as tx:
            if await subscriptions.one(tx, subscription_id=subscription_id, user_id=user_id) is None:
                raise SubscriptionNotFound
            rows = await agreements.page(tx, subscription_id=subscription_id, after=after, limit=limit)
        shown = page(rows, limit=limit, cursor=lambda one: AGREEMENTS.cursor(one.agreed_at, one.agreement_id))
        return shown.map(agreement_view)

    async def refund(self, *, refund_id: RefundId, user_id: UserId | None) -> RefundView:
        """Raises `RefundNotFound`, also for somebody else's."""
        async with self._db.read() as tx:
            found = await refunds.one(tx, refund_id=refund_id, user_id=user_id)
        if found is None:
            raise RefundNotFound
        return refund_view(found)

    async def refunds(
        self, *, user_id: UserId | None, status: RefundState | None, is_staff: bool, cursor: str | None, limit: int
    ) -> Page[RefundView]:
        """Newest first; staff see also those that are only proposed."""
        after = REFUNDS.after(cursor)
        async with self._db.read() as tx:
            rows = await refunds.page(
                tx, user_id=user_id, status=status, is_internal=is_staff, after=after, limit=limit
            )
        shown = page(rows, limit=limit, cursor=lambda one: REFUNDS.cursor(one.created_at, one.refund_id))
        return shown.map(refund_view)

    async def subscription(self, *, subscription_id: SubscriptionId, user_id: UserId | None) -> SubscriptionView:
        """Raises `SubscriptionNotFound`, also for somebody else's."""
        async with self._db.read() as tx:
            found = await subscriptions.one(tx, subscription_id=subscription_id, user_id=user_id)
        if found is None:
            raise SubscriptionNotFound
        return subscription_view(found, durations=self._settings.policies.durations)

    async def unpaid_renewal(
        self, *, subscription_id: SubscriptionId, user_id: UserId | None
    ) -> UnpaidRenewalView | None:
        """The renewal that was refused and waits for its money. Raises `SubscriptionNotFound`."""
        async with self._db.snapshot() as tx:
            found = await subscriptions.one(tx, subscription_id=subscription_id, user_id=user_id)
            if found is None:
                raise SubscriptionNotFound
            order = await orders.awaited(tx, subscription_id=subscription_id)
            if order is None:
                return None
            charges = (await orders.charges(tx, [order.order_id]))[order.order_id]
            graces = (await rights.around_now(tx, [subscription_id])).graces.get(subscription_id, ())
        return unpaid_renewal_view(Standing(subscription=found, awaited=order, charges=charges, graces=graces))

    async def subscriptions(
        self, *, user_id: UserId | None, status: SubscriptionStatus | None, cursor: str | None, limit: int
    ) -> Page[SubscriptionView]:
        """Newest first; of everybody when ``user_id`` is None."""
        after = SUBSCRIPTIONS.after(cursor)
        async with self._db.read() as tx:
            rows = await subscriptions.page(tx, user_id=user_id, status=status, after=after, limit=limit)
        shown = page(rows, limit=limit, cursor=lambda one: SUBSCRIPTIONS.cursor(one.created_at, one.subscription_id))
        return shown.map(lambda one: subscription_view(one, durations=self._settings.policies.durations))

    async def order(self, *, order_id: OrderId, user_id: UserId | None) -> OrderDetails:
        """An order with its newest payment. Raises `OrderNotFound`, also for somebody else's."""
        async with self._db.snapshot() as tx:
            found = await orders.one(tx, order_id=order_id, user_id=user_id)
            if found is None:
                raise OrderNotFound
            charges = (await orders.charges(tx, [order_id]))[order_id]
            back = (await refunds.of_orders(tx, [order_id]))[order_id]
            receipts = await orders.receipt_ids(tx, order_id=order_id)
            links = await orders.links(tx, [order_id]) if user_id is not None else {}
        payment: PaymentView | None = None
        if charges:
            try:
                payment = await self._payments.payment(charges[-1].payment_id)
            except Trouble:
                payment = None  # payments has not heard of it yet
        return OrderDetails(
            order=order_view(found, payment_url=self._links.url(links.get(order_id))),
            payment=payment,
            refunds=tuple(refund_view(one) for one in back if user_id is None or one.status not in INTERNAL),
            receipt_ids=receipts,
        )

    async def orders(
        self, *, user_id: UserId | None, status: OrderStatus | None, cursor: str | None, limit: int
    ) -> Page[OrderView]:
        """Newest first; of everybody when ``user_id`` is None."""
        after = ORDERS.after(cursor)
        async with self._db.read() as tx:
            rows = await orders.page(tx, user_id=user_id, status=status, after=after, limit=limit)
            waiting = [one.order_id for one in rows if one.status is OrderStatus.OPEN and user_id is not None]
            links = await orders.links(tx, waiting) if waiting else {}
        shown = page(rows, limit=limit, cursor=lambda one: ORDERS.cursor(one.created_at, one.order_id))
        return shown.map(lambda one: order_view(one, payment_url=self._links.url(links.get(one.order_id))))

    async def entitlements(self, *, user_id: UserId, cursor: str | None, limit: int) -> Page[EntitlementView]:
        """The user's rights, newest first, those that are over too."""
        after = ENTITLEMENTS.after(cursor)
        async with self._db.read() as tx:
            rows = await rights.of_user(tx, user_id=user_id, after=after, limit=limit)
        shown = page(rows, limit=limit, cursor=lambda row: ENTITLEMENTS.cursor(row["starts_at"], row["id"]))
        return shown.map(_entitlement)

    async def receipt(self, *, receipt_id: UUID, user_id: UserId | None) -> ReceiptView:
        """Raises `ReceiptNotFound`, also for somebody else's."""
        async with self._db.read() as tx:
            row = await orders.receipt(tx, receipt_id=receipt_id, user_id=user_id)
        if row is None:
            raise ReceiptNotFound
        return _receipt(row)

    async def history(self, *, entity_id: UUID, cursor: str | None, limit: int) -> Page[HistoryView]:
        """Notes on one subscription, order or refund, oldest first."""
        after = HISTORY.after(cursor)
        async with self._db.read() as tx:
            rows = await history.of_entity(tx, entity_id=entity_id, after=after, limit=limit)
        return page(rows, limit=limit, cursor=lambda row: HISTORY.cursor(row["position"])).map(_note)

    async def balances(self) -> Page[BalanceView]:
        """Every account of the ledger with its balance."""
        async with self._db.read() as tx:
            return whole(await ledger.balances(tx)).map(_balance)


def _entitlement(row: Row) -> EntitlementView:
    return EntitlementView(
        id=row["id"],
        kind=GrantKind(row["kind"]),
        film_id=row["film_id"],
        subscription_id=row["subscription_id"],
        starts_at=row["starts_at"],
        ends_at=row["ends_at"],
        revoked_at=row["revoked_at"],
    )


def _receipt(row: Row) -> ReceiptView:
    return ReceiptView(
        id=row["id"],
        kind=ReceiptKind(row["kind"]),
        order_id=row["order_id"],
        amount=Money(minor=row["amount_minor"], currency=row["currency"]),
        lines=_lines(row["lines"]),
        issued_at=row["issued_at"],
    )


def _lines(lines: list[dict[str, Any]]) -> tuple[ReceiptLineView, ...]:
    return tuple(ReceiptLineView(**{**one, "unit": Money(**one["unit"])}) for one in lines)


def _note(row: Row) -> HistoryView:
    return HistoryView(
        at=row["at"],
        actor=row["actor"],
        entity=HistoryEntity(row["entity"]),
        entity_id=row["entity_id"],
        action=row["action"],
        before=row["before"],
        after=row["after"],
        reason=row["reason"],
    )


def _balance(row: Row) -> BalanceView:
    return BalanceView(account=row["account"], balance=Money(minor=row["minor"], currency=row["currency"]))
