"""One sample of every event that people are told of, and the people."""

from collections.abc import Collection, Mapping
from datetime import UTC, datetime, timedelta
from typing import TypeVar
from uuid import UUID

from cinema.contracts.billing import (
    CancellationScheduled,
    CancellationUndone,
    CheckoutFailed,
    FilmOrderPaid,
    MethodAgreed,
    OrderRefundAsked,
    OrderRefunded,
    OrderRefundFailed,
    RenewalFailed,
    RenewalRestored,
    RenewalStopped,
    RenewalUpcoming,
    SubscriptionActivated,
    SubscriptionEnded,
    SubscriptionEnding,
    SubscriptionRenewed,
)
from cinema.contracts.enums import AccessEffect, DeclineClass, EndedReason, RefundBasis, RenewalReason, RenewalState
from cinema.contracts.identity import Contact, RegistrationRepeated, UserNotFound, UserRegistered
from cinema.contracts.ids import FilmId, OrderId, PaymentId, RefundId, SubscriptionId, UserId
from cinema.contracts.payments import PaymentSucceeded
from cinema.contracts.text import Language, Text
from cinema.kit.events import Event
from cinema.kit.ids import uuid7
from cinema.kit.money import Money

T = TypeVar("T")

NOON = datetime(2026, 1, 15, 9, 0, tzinfo=UTC)  # twelve o'clock in Moscow
MONTH = timedelta(days=31)
TITLE = Text(ru="Месяц кино", en="A month of films")
PRICE = Money(minor=39900, currency="RUB")
CARD = "Bank card *4444"
OTHER_CARD = "Bank card *1111"

VIEWER = UserId(UUID("019bc0de-0000-7000-8000-0000000000aa"))
SUBSCRIPTION = SubscriptionId(UUID("019bc0de-0000-7000-8000-0000000000bb"))
ORDER = OrderId(UUID("019bc0de-0000-7000-8000-0000000000cc"))
PAYMENT = PaymentId(UUID("019bc0de-0000-7000-8000-0000000000dd"))
FILM = FilmId(UUID("019bc0de-0000-7000-8000-0000000000ff"))
REFUND = RefundId(UUID("019bc0de-0000-7000-8000-0000000000ee"))
NOTICE = UUID("019bc0de-0000-7000-8000-000000000011")


class People:
    """Whom identity knows."""

    def __init__(self, *contacts: Contact) -> None:
        self._by_id = {one.user_id: one for one in contacts}
        self.asked: list[int] = []

    async def contacts(self, user_ids: Collection[UserId]) -> Mapping[UserId, Contact]:
        self.asked.append(len(user_ids))
        return {user_id: self._by_id[user_id] for user_id in user_ids if user_id in self._by_id}

    async def contact(self, user_id: UserId) -> Contact:
        try:
            return self._by_id[user_id]
        except KeyError:
            raise UserNotFound from None

    def set(self, contact: Contact) -> None:
        self._by_id[contact.user_id] = contact

    def forget(self, user_id: UserId) -> None:
        del self._by_id[user_id]


def make_contact(
    *,
    user_id: UserId = VIEWER,
    language: Language = Language.RU,
    email: str = "viewer@example.org",
    time_zone: str = "Europe/Moscow",
    login: str = "viewer",
) -> Contact:
    return Contact(user_id=user_id, login=login, email=email, language=language, time_zone=time_zone)


def registered(*, user_id: UserId = VIEWER) -> UserRegistered:
    return UserRegistered(user_id=user_id, registered_at=NOON)


def registration_repeated(*, at: datetime = NOON) -> RegistrationRepeated:
    return RegistrationRepeated(user_id=VIEWER, repeated_at=at)


def paid(*, order_id: OrderId = ORDER) -> PaymentSucceeded:
    return PaymentSucceeded(
        payment_id=PaymentId(uuid7(NOON)),
        order_id=order_id,
        user_id=VIEWER,
        amount=PRICE,
        fee=None,
        provider="fake",
        method_id=None,
        method_title=CARD,
        captured_at=NOON,
    )


def activated(*, title: Text = TITLE, renews: bool = True, method_title: str | None = CARD) -> SubscriptionActivated:
    return SubscriptionActivated(
        subscription_id=SUBSCRIPTION,
        user_id=VIEWER,
        order_id=ORDER,
        plan="month",
        title=title,
        amount=PRICE,
        period_start=NOON,
        period_end=NOON + MONTH,
        renews=renews,
        method_title=method_title,
    )


def film_paid(*, is_rented: bool = False, amount: Money = PRICE) -> FilmOrderPaid:
    return FilmOrderPaid(
        order_id=ORDER,
        user_id=VIEWER,
        film_id=FILM,
        title=TITLE,
        amount=amount,
        method_title=CARD if amount.minor else None,
        access_until=NOON + timedelta(days=2) if is_rented else None,
    )


def upcoming(
    *, charge_at: datetime = NOON + MONTH, method_title: str | None = CARD, notice_id: UUID | None = None
) -> RenewalUpcoming:
    return RenewalUpcoming(
        subscription_id=SUBSCRIPTION,
        user_id=VIEWER,
        title=TITLE,
        amount=PRICE,
        charge_at=charge_at,
        method_title=method_title,
        notice_id=notice_id,
    )


def renewed() -> SubscriptionRenewed:
    return SubscriptionRenewed(
        subscription_id=SUBSCRIPTION,
        user_id=VIEWER,
        order_id=ORDER,
        plan="month",
        title=TITLE,
        amount=PRICE,
        period_start=NOON + MONTH,
        period_end=NOON + 2 * MONTH,
        method_title=CARD,
    )


def renewal_failed(*, attempt: int = 1, is_last: bool = False) -> RenewalFailed:
    return RenewalFailed(
        subscription_id=SUBSCRIPTION,
        user_id=VIEWER,
        order_id=ORDER,
        title=TITLE,
        amount=PRICE,
        reason="card_expired" if is_last else "insufficient_funds",
        decline_class=DeclineClass.HARD if is_last else DeclineClass.SOFT,
        attempt=attempt,
        next_attempt_at=None if is_last else NOON + timedelta(days=1),
        access_until=NOON + timedelta(days=7),
    )


def checkout_failed(*, order_id: OrderId = ORDER) -> CheckoutFailed:
    return CheckoutFailed(
        order_id=order_id,
        user_id=VIEWER,
        payment_id=PAYMENT,
        title=TITLE,
        amount=PRICE,
        reason="three_d_secure_failed",
    )


def canceled() -> CancellationScheduled:
    return CancellationScheduled(subscription_id=SUBSCRIPTION, user_id=VIEWER, title=TITLE, access_until=NOON + MONTH)


def undone() -> CancellationUndone:
    return CancellationUndone(subscription_id=SUBSCRIPTION, user_id=VIEWER, title=TITLE, renews_at=NOON + MONTH)


def method_agreed(*, method_title: str = OTHER_CARD) -> MethodAgreed:
    return MethodAgreed(
        subscription_id=SUBSCRIPTION,
        user_id=VIEWER,
        title=TITLE,
        amount=PRICE,
        method_title=method_title,
        renews_at=NOON + MONTH,
    )


def stopped(*, reason: RenewalReason = RenewalReason.METHOD_REMOVED, method_title: str | None = CARD) -> RenewalStopped:
    return RenewalStopped(
        subscription_id=SUBSCRIPTION,
        user_id=VIEWER,
        title=TITLE,
        reason=reason,
        method_title=method_title,
        access_until=NOON + MONTH,
    )


def restored() -> RenewalRestored:
    return RenewalRestored(
        subscription_id=SUBSCRIPTION,
        user_id=VIEWER,
        title=TITLE,
        reason=RenewalReason.REFUND_FAILED,
        renews_at=NOON + MONTH,
    )


def ending(
    *, renewal: RenewalState = RenewalState.NO_METHOD, reason: RenewalReason = RenewalReason.METHOD_REMOVED
) -> SubscriptionEnding:
    return SubscriptionEnding(
        subscription_id=SUBSCRIPTION,
        user_id=VIEWER,
        title=TITLE,
        renewal=renewal,
        reason=reason,
        access_until=NOON + MONTH,
    )


def refund_asked(
    *,
    refund_id: RefundId = REFUND,
    basis: RefundBasis = RefundBasis.UNUSED_TIME,
    effect: AccessEffect = AccessEffect.REVOKE,
) -> OrderRefundAsked:
    return OrderRefundAsked(
        order_id=ORDER,
        user_id=VIEWER,
        refund_id=refund_id,
        title=TITLE,
        amount=PRICE,
        basis=basis,
        access_effect=effect,
    )


def refund_failed(
    *,
    refund_id: RefundId = REFUND,
    effect: AccessEffect = AccessEffect.REVOKE,
    reason: str = "rejected_by_payee",
    is_access_back: bool = True,
) -> OrderRefundFailed:
    return OrderRefundFailed(
        order_id=ORDER,
        user_id=VIEWER,
        refund_id=refund_id,
        title=TITLE,
        amount=PRICE,
        reason=reason,
        access_effect=effect,
        is_access_back=is_access_back,
        access_until=NOON + MONTH if is_access_back else None,
    )


def refunded(*, refund_id: RefundId = REFUND, effect: AccessEffect = AccessEffect.REVOKE) -> OrderRefunded:
    return OrderRefunded(
        order_id=ORDER, user_id=VIEWER, refund_id=refund_id, title=TITLE, amount=PRICE, access_effect=effect
    )


def ended(*, reason: EndedReason = EndedReason.CANCELED) -> SubscriptionEnded:
    return SubscriptionEnded(
        subscription_id=SUBSCRIPTION, user_id=VIEWER, title=TITLE, reason=reason, ended_at=NOON + MONTH
    )


def samples() -> list[Event]:
    """One of each."""
    return [
        registered(),
        registration_repeated(),
        activated(),
        film_paid(),
        upcoming(),
        renewed(),
        renewal_failed(),
        checkout_failed(),
        canceled(),
        undone(),
        method_agreed(),
        stopped(),
        restored(),
        ending(),
        refund_asked(),
        refund_failed(),
        refunded(),
        ended(),
    ]
