"""Which events become messages, and which do not."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from cinema.contracts.billing import (
    CancellationScheduled,
    CancellationUndone,
    CheckoutFailed,
    EndedReason,
    EntitlementGranted,
    EntitlementRevoked,
    OrderRefunded,
    PaymentRequested,
    PaymentWithdrawn,
    RefundRequested,
    RenewalFailed,
    RenewalUpcoming,
    SubscriptionActivated,
    SubscriptionEnded,
    SubscriptionRenewed,
)
from cinema.contracts.identity import RegistrationRepeated, RoleGranted, RoleRevoked, UserChanged, UserRegistered
from cinema.contracts.ids import UserId
from cinema.contracts.payments import (
    MethodRemoved,
    MethodSaved,
    PaymentCanceled,
    PaymentDeclined,
    PaymentSucceeded,
    RefundFailed,
    RefundSucceeded,
)
from cinema.kit.events import Event
from cinema.notifications.domain.message import Kind

TOLD: Mapping[type[Event], Kind] = {
    UserRegistered: Kind.WELCOME,
    RegistrationRepeated: Kind.REGISTRATION_REPEATED,
    SubscriptionActivated: Kind.SUBSCRIPTION_ACTIVATED,
    RenewalUpcoming: Kind.RENEWAL_UPCOMING,
    SubscriptionRenewed: Kind.SUBSCRIPTION_RENEWED,
    RenewalFailed: Kind.RENEWAL_FAILED,
    CheckoutFailed: Kind.CHECKOUT_FAILED,
    CancellationScheduled: Kind.CANCELLATION_SCHEDULED,
    CancellationUndone: Kind.CANCELLATION_UNDONE,
    OrderRefunded: Kind.ORDER_REFUNDED,
    SubscriptionEnded: Kind.SUBSCRIPTION_ENDED,
}
"""The events that people are told of."""

SILENT: frozenset[type[Event]] = frozenset(
    {
        # Steps on the way; the outcome is told.
        PaymentRequested,
        PaymentWithdrawn,
        RefundRequested,
        PaymentSucceeded,
        PaymentDeclined,
        PaymentCanceled,
        RefundSucceeded,
        RefundFailed,
        # Consequences of what is told.
        EntitlementGranted,
        EntitlementRevoked,
        RoleGranted,
        RoleRevoked,
        # The viewer's own doing, seen on the page where it was done.
        MethodSaved,
        MethodRemoved,
        UserChanged,
    }
)
"""The events of these contexts that nobody is told of."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A message to be. ``thing_id`` is what it is about.

    ``fact`` is the natural id of the fact among those of its kind; None: nothing but
    the event tells it from the one before (who cancels twice is told twice).
    """

    kind: Kind
    user_id: UserId
    thing_id: UUID
    fact: str | None
    useful_until: datetime | None = None

    def fact_key(self, event_id: UUID) -> str:
        """The key by which one fact is told once, however often it is heard."""
        return f"{self.kind}:{self.fact or event_id}"


def draft(event: Event) -> Draft | None:  # noqa: PLR0911 - a table: one line for each kind of event
    """The message that tells ``event``, or None when it is nothing to write about."""
    match event:
        case UserRegistered():
            return _draft(event, event.user_id, str(event.user_id))
        case RegistrationRepeated():  # once a day: anybody can cause it, as often as they like
            return _draft(event, event.user_id, f"{event.user_id}:{event.repeated_at:%Y-%m-%d}")
        case SubscriptionActivated() | SubscriptionRenewed():
            return _draft(event, event.user_id, str(event.order_id))
        case RenewalUpcoming():
            fact = f"{event.subscription_id}:{event.charge_at.isoformat()}"
            return _draft(event, event.user_id, fact, useful_until=event.charge_at)
        case RenewalFailed():
            fact = f"{event.order_id}:{event.attempt}"
            return _draft(event, event.user_id, fact, useful_until=event.access_until)
        case CheckoutFailed():
            return _draft(event, event.user_id, str(event.payment_id))
        case CancellationScheduled() | CancellationUndone():
            return _draft(event, event.user_id, None)
        case OrderRefunded():
            return _draft(event, event.user_id, str(event.refund_id))
        case SubscriptionEnded() if event.reason is not EndedReason.NEVER_PAID:
            return _draft(event, event.user_id, str(event.subscription_id))
        case _:
            return None


def _draft(event: Event, user_id: UserId, fact: str | None, *, useful_until: datetime | None = None) -> Draft:
    return Draft(
        kind=TOLD[type(event)], user_id=user_id, thing_id=event.aggregate_id, fact=fact, useful_until=useful_until
    )
