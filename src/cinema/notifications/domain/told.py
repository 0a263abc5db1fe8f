"""What people are told: one row for each event, with all that its mail needs.

A new mail is one row in `TOLD` (and its `MessageKind`), a template in each language, and its
texts in the tests. An event that nobody is told of stands in `SILENT`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from cinema.contracts.billing import (
    AgreementBound,
    CancellationScheduled,
    CancellationUndone,
    CheckoutFailed,
    EntitlementGranted,
    EntitlementRevoked,
    FilmOrderPaid,
    MethodAgreed,
    MethodUnwanted,
    OrderRefundAsked,
    OrderRefunded,
    OrderRefundFailed,
    PaymentRequested,
    PaymentWithdrawn,
    ReceiptRequested,
    RefundRequested,
    RenewalFailed,
    RenewalRestored,
    RenewalStopped,
    RenewalUpcoming,
    SubscriptionActivated,
    SubscriptionEnded,
    SubscriptionEnding,
    SubscriptionRenewed,
)
from cinema.contracts.enums import (
    AccessEffect,
    EndedReason,
    MessageKind,
    RefundFailure,
    RenewalReason,
    RenewalState,
)
from cinema.contracts.identity import (
    Contact,
    RegistrationRepeated,
    RoleGranted,
    RoleRevoked,
    UserChanged,
    UserRegistered,
)
from cinema.contracts.ids import RefundId, UserId
from cinema.contracts.notifications import NoticeDelivered
from cinema.contracts.payments import (
    MethodRemoved,
    MethodSaved,
    PaymentCanceled,
    PaymentDeclined,
    PaymentSucceeded,
    RefundFailed,
    RefundSucceeded,
)
from cinema.kit.events import Event, Heard, decode, encode
from cinema.notifications.domain.mail import one_line
from cinema.notifications.domain.message import Message
from cinema.notifications.domain.reasons import Why, Words
from cinema.notifications.domain.row import Told, nothing, user
from cinema.notifications.domain.wording import Reader, Site, Values

WISHED = frozenset({EndedReason.CANCELED, EndedReason.NOT_RENEWED, EndedReason.REFUNDED})
"""Ends that the viewer wanted."""


def refund(event: OrderRefundAsked | OrderRefunded | OrderRefundFailed) -> RefundId:
    """An order may have several: what is told of one says nothing of another."""
    return event.refund_id


def paid(event: SubscriptionActivated | SubscriptionRenewed, to: Reader) -> Values:
    return {
        "title": to.title(event.title),
        "amount": to.money(event.amount),
        "order_id": str(event.order_id),
        "method": to.method(event.method_title),
        "period_start": to.moment(event.period_start),
        "period_end": to.moment(event.period_end),
    }


def returned(event: OrderRefundAsked | OrderRefunded | OrderRefundFailed, to: Reader) -> Values:
    return {
        "title": to.title(event.title),
        "amount": to.money(event.amount),
        "order_id": str(event.order_id),
        "refund_id": str(event.refund_id),
        "keeps_access": event.access_effect is AccessEffect.KEEP,
    }


def stays_until(event: RenewalStopped) -> datetime | None:
    """Until when access stays. While its money is on the way back, the mail about the refund tells that."""
    return None if event.reason is RenewalReason.REFUND_REQUESTED else event.access_until


def notice_delivered(event: RenewalUpcoming, at: datetime) -> NoticeDelivered | None:
    """Billing charges nothing before it hears this; a notice of a release without ids is not waited for."""
    if event.notice_id is None:
        return None
    return NoticeDelivered(notice_id=event.notice_id, user_id=event.user_id, delivered_at=at)


TOLD = (
    Told(
        event=UserRegistered,
        kind=MessageKind.WELCOME,
        whom=user,
        fact=lambda event: str(event.user_id),
        values=nothing,
    ),
    Told(
        event=RegistrationRepeated,
        kind=MessageKind.REGISTRATION_REPEATED,
        whom=user,
        # Once a day: anybody can cause it, as often as they like.
        fact=lambda event: f"{event.user_id}:{event.repeated_at:%Y-%m-%d}",
        values=nothing,
    ),
    Told(
        event=SubscriptionActivated,
        kind=MessageKind.SUBSCRIPTION_ACTIVATED,
        whom=user,
        fact=lambda event: str(event.order_id),
        overtakes=frozenset({MessageKind.CHECKOUT_FAILED}),
        values=lambda event, to: paid(event, to) | {"renews": event.renews},
    ),
    Told(
        event=FilmOrderPaid,
        kind=MessageKind.FILM_PAID,
        whom=user,
        fact=lambda event: str(event.order_id),
        overtakes=frozenset({MessageKind.CHECKOUT_FAILED}),
        values=lambda event, to: {
            "title": to.title(event.title),
            "amount": to.money(event.amount) if event.amount.minor else None,
            "method": to.method(event.method_title),
            "order_id": str(event.order_id),
            "film_id": str(event.film_id),
            "access_until": to.moment(event.access_until) if event.access_until else None,
        },
    ),
    Told(
        event=RenewalUpcoming,
        kind=MessageKind.RENEWAL_UPCOMING,
        whom=user,
        # Another method may be announced for the same moment: that is another notice.
        fact=lambda event: str(event.notice_id or f"{event.subscription_id}:{event.charge_at.isoformat()}"),
        useful_until=lambda event: event.charge_at,
        overtakes=frozenset({MessageKind.RENEWAL_UPCOMING}),
        values=lambda event, to: {
            "title": to.title(event.title),
            "amount": to.money(event.amount),
            "charge_at": to.moment(event.charge_at),
            "charge_day": to.day(event.charge_at),
            "method": to.method(event.method_title),
        },
        delivered=notice_delivered,
    ),
    Told(
        event=SubscriptionRenewed,
        kind=MessageKind.SUBSCRIPTION_RENEWED,
        whom=user,
        fact=lambda event: str(event.order_id),
        overtakes=frozenset(
            {
                MessageKind.CHECKOUT_FAILED,
                MessageKind.RENEWAL_UPCOMING,
                MessageKind.RENEWAL_FAILED,
                MessageKind.CANCELLATION_UNDONE,
                MessageKind.RENEWAL_RESTORED,
                MessageKind.SUBSCRIPTION_ENDING,
            }
        ),
        values=paid,
    ),
    Told(
        event=RenewalFailed,
        kind=MessageKind.RENEWAL_FAILED,
        whom=user,
        fact=lambda event: f"{event.order_id}:{event.attempt}",
        useful_until=lambda event: event.access_until,
        overtakes=frozenset({MessageKind.RENEWAL_UPCOMING, MessageKind.RENEWAL_FAILED}),
        values=lambda event, to: {
            "title": to.title(event.title),
            "amount": to.money(event.amount),
            "order_id": str(event.order_id),
            "reason": to.reason(Why.PAYMENT, event.reason),
            "next_attempt_at": to.moment(event.next_attempt_at) if event.next_attempt_at else None,
            "access_until": to.moment(event.access_until),
        },
    ),
    Told(
        event=CheckoutFailed,
        kind=MessageKind.CHECKOUT_FAILED,
        whom=user,
        fact=lambda event: str(event.payment_id),
        values=lambda event, to: {
            "title": to.title(event.title),
            "amount": to.money(event.amount),
            "order_id": str(event.order_id),
            "reason": to.reason(Why.PAYMENT, event.reason),
        },
    ),
    Told(
        event=CancellationScheduled,
        kind=MessageKind.CANCELLATION_SCHEDULED,
        whom=user,
        fact=None,
        overtakes=frozenset(
            {
                MessageKind.RENEWAL_UPCOMING,
                MessageKind.RENEWAL_FAILED,
                MessageKind.CANCELLATION_UNDONE,
                MessageKind.METHOD_AGREED,
                MessageKind.RENEWAL_RESTORED,
            }
        ),
        values=lambda event, to: {"title": to.title(event.title), "access_until": to.moment(event.access_until)},
    ),
    Told(
        event=CancellationUndone,
        kind=MessageKind.CANCELLATION_UNDONE,
        whom=user,
        fact=None,
        overtakes=frozenset(
            {MessageKind.CANCELLATION_SCHEDULED, MessageKind.RENEWAL_STOPPED, MessageKind.SUBSCRIPTION_ENDING}
        ),
        values=lambda event, to: {"title": to.title(event.title), "renews_at": to.moment(event.renews_at)},
    ),
    Told(
        event=MethodAgreed,
        kind=MessageKind.METHOD_AGREED,
        whom=user,
        fact=None,
        overtakes=frozenset(
            {
                MessageKind.RENEWAL_UPCOMING,
                MessageKind.RENEWAL_FAILED,
                MessageKind.CANCELLATION_SCHEDULED,
                MessageKind.METHOD_AGREED,
                MessageKind.RENEWAL_STOPPED,
                MessageKind.SUBSCRIPTION_ENDING,
            }
        ),
        values=lambda event, to: {
            "title": to.title(event.title),
            "amount": to.money(event.amount),
            "method": to.method(event.method_title),
            "renews_at": to.moment(event.renews_at),
        },
    ),
    Told(
        event=RenewalStopped,
        kind=MessageKind.RENEWAL_STOPPED,
        whom=user,
        fact=None,
        useful_until=stays_until,
        overtakes=frozenset(
            {
                MessageKind.RENEWAL_UPCOMING,
                MessageKind.RENEWAL_FAILED,
                MessageKind.CANCELLATION_UNDONE,
                MessageKind.METHOD_AGREED,
                MessageKind.RENEWAL_STOPPED,
                MessageKind.RENEWAL_RESTORED,
            }
        ),
        values=lambda event, to: {
            "title": to.title(event.title),
            "reason": to.reason(Why.RENEWAL, event.reason),
            "method": to.method(event.method_title),
            "access_until": to.moment(until) if (until := stays_until(event)) else None,
        },
    ),
    Told(
        event=RenewalRestored,
        kind=MessageKind.RENEWAL_RESTORED,
        whom=user,
        fact=None,
        useful_until=lambda event: event.renews_at,
        overtakes=frozenset({MessageKind.RENEWAL_STOPPED, MessageKind.SUBSCRIPTION_ENDING}),
        values=lambda event, to: {
            "title": to.title(event.title),
            "reason": to.reason(Why.RENEWAL, event.reason),
            "renews_at": to.moment(event.renews_at),
        },
    ),
    Told(
        event=SubscriptionEnding,
        kind=MessageKind.SUBSCRIPTION_ENDING,
        whom=user,
        fact=None,
        useful_until=lambda event: event.access_until,
        overtakes=frozenset(
            {
                MessageKind.RENEWAL_UPCOMING,
                MessageKind.RENEWAL_FAILED,
                MessageKind.CANCELLATION_UNDONE,
                MessageKind.METHOD_AGREED,
                MessageKind.RENEWAL_RESTORED,
                MessageKind.SUBSCRIPTION_ENDING,
            }
        ),
        values=lambda event, to: {
            "title": to.title(event.title),
            "reason": to.reason(Why.RENEWAL, event.reason),
            "needs_method": event.renewal is RenewalState.NO_METHOD,
            "access_until": to.moment(event.access_until),
            "access_day": to.day(event.access_until),
        },
    ),
    Told(
        event=OrderRefundAsked,
        kind=MessageKind.REFUND_REQUESTED,
        whom=user,
        thing=refund,
        fact=lambda event: str(event.refund_id),
        values=lambda event, to: returned(event, to) | {"basis": to.reason(Why.BASIS, event.basis)},
    ),
    Told(
        event=OrderRefundFailed,
        kind=MessageKind.REFUND_FAILED,
        whom=user,
        thing=refund,
        fact=lambda event: str(event.refund_id),
        overtakes=frozenset({MessageKind.REFUND_REQUESTED}),
        values=lambda event, to: (
            returned(event, to)
            | {
                "reason": to.reason(Why.REFUND, event.reason),
                "is_access_back": event.is_access_back,
                "access_until": to.moment(event.access_until) if event.access_until else None,
                "is_replaced": event.reason == RefundFailure.RETURNED_OTHERWISE,
            }
        ),
    ),
    Told(
        event=OrderRefunded,
        kind=MessageKind.ORDER_REFUNDED,
        whom=user,
        thing=refund,
        fact=lambda event: str(event.refund_id),
        overtakes=frozenset({MessageKind.REFUND_REQUESTED, MessageKind.REFUND_FAILED}),
        values=returned,
    ),
    Told(
        event=SubscriptionEnded,
        kind=MessageKind.SUBSCRIPTION_ENDED,
        whom=user,
        unless=lambda event: event.reason is EndedReason.NEVER_PAID,
        fact=lambda event: str(event.subscription_id),
        overtakes=frozenset(
            {
                MessageKind.RENEWAL_UPCOMING,
                MessageKind.RENEWAL_FAILED,
                MessageKind.CANCELLATION_SCHEDULED,
                MessageKind.CANCELLATION_UNDONE,
                MessageKind.METHOD_AGREED,
                MessageKind.RENEWAL_STOPPED,
                MessageKind.RENEWAL_RESTORED,
                MessageKind.SUBSCRIPTION_ENDING,
            }
        ),
        values=lambda event, to: {
            "title": to.title(event.title),
            "reason": to.reason(Why.ENDED, event.reason),
            "is_wished": event.reason in WISHED,
            "ended_at": to.moment(event.ended_at),
        },
    ),
)
"""The events that people are told of. Without a type of its own, so that each row is checked against its event."""

SILENT: frozenset[type[Event]] = frozenset(
    {
        # Steps on the way; the outcome is told.
        PaymentRequested,
        PaymentWithdrawn,
        ReceiptRequested,
        RefundRequested,
        PaymentSucceeded,
        PaymentDeclined,
        PaymentCanceled,
        RefundSucceeded,
        RefundFailed,
        MethodUnwanted,
        AgreementBound,
        # Consequences of what is told.
        EntitlementGranted,
        EntitlementRevoked,
        RoleGranted,
        RoleRevoked,
        # Seen on the page where it was done; what it means for a subscription is told.
        MethodSaved,
        MethodRemoved,
        UserChanged,
    }
)
"""The events of these contexts that nobody is told of."""

BY_EVENT: Mapping[type[Event], Told[Any]] = {row.event: row for row in TOLD}
BY_NAME: Mapping[str, Told[Any]] = {row.event.name(): row for row in TOLD}
BY_KIND: Mapping[MessageKind, Told[Any]] = {row.kind: row for row in TOLD}

OVERTAKEN_BY = tuple((untrue, row.kind) for row in TOLD for untrue in sorted(row.overtakes))
"""A kind, and one that makes it untrue."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A message to be. ``thing_id`` is what it is about; a ``fact_key`` is told once, however often it is heard."""

    message_id: UUID
    kind: MessageKind
    fact_key: str
    event_id: UUID
    event_name: str
    user_id: UserId
    thing_id: UUID
    facts: dict[str, Any]
    occurred_at: datetime
    useful_until: datetime | None


def is_told(event: Event) -> bool:
    """Whether somebody is written to because of the event."""
    return not BY_EVENT[type(event)].unless(event)


def draft(heard: Heard[Event], *, message_id: UUID) -> Draft:
    """The message that tells what was heard."""
    event = heard.event
    row = BY_EVENT[type(event)]
    return Draft(
        message_id=message_id,
        kind=row.kind,
        fact_key=f"{row.kind}:{row.fact(event) if row.fact else heard.event_id}",
        event_id=heard.event_id,
        event_name=event.name(),
        user_id=row.whom(event),
        thing_id=row.thing(event),
        facts=encode(event),
        occurred_at=heard.occurred_at,
        useful_until=row.useful_until(event),
    )


def heard_by_others(message: Message, *, at: datetime) -> Event | None:
    """What others hear once the mail server took the message, ``at`` a time."""
    row = BY_NAME[message.event_name]
    return row.delivered(decode(row.event, message.facts), at)


def values(event: Event, *, contact: Contact, words: Words, site: Site, occurred_at: datetime) -> Values:
    """Everything that the template of ``event``'s message may say; ``words`` are those of the contact's language."""
    to = Reader(language=contact.language, time_zone=contact.time_zone, words=words)
    shared: Values = {
        "site": site.values(to.language),
        "login": one_line(contact.login),
        "occurred_at": to.moment(occurred_at),
    }
    return shared | BY_EVENT[type(event)].values(event, to)
