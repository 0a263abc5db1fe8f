"""Which events people are told of, and in which messages."""

import pytest

from cinema.contracts import billing, identity, payments
from cinema.contracts.enums import EndedReason, MessageKind, RefundBasis, RefundFailure, RenewalReason
from cinema.contracts.text import Language
from cinema.kit.events import Event, Heard, every_event
from cinema.kit.ids import uuid7
from cinema.kit.texts import variables
from cinema.main.website import LOCALE
from cinema.notifications.domain.reasons import Why
from cinema.notifications.domain.told import OVERTAKEN_BY, SILENT, TOLD, Draft, draft, is_told
from cinema.payments.domain.decline import CancelReason, DeclineReason
from notifications.facts import NOON, canceled, ended, renewal_failed, renewed, samples, upcoming

CONTEXTS = {billing.__name__, identity.__name__, payments.__name__}


def drafted(event: Event) -> Draft:
    return draft(Heard(event_id=uuid7(NOON), occurred_at=NOON, event=event), message_id=uuid7(NOON))


def test_every_event_of_these_contexts_is_told_or_silent_on_purpose() -> None:
    published = {event.name() for event in every_event() if event.__module__ in CONTEXTS}
    told = {row.event.name() for row in TOLD}
    silent = {event.name() for event in SILENT}

    assert told | silent == published
    assert told & silent == set()


def test_nothing_personal_is_kept_with_a_message() -> None:
    assert [row.event.name() for row in TOLD if row.event.personal] == []


def test_every_kind_of_message_has_one_event_and_its_sample() -> None:
    assert sorted(row.kind for row in TOLD) == sorted(MessageKind)
    assert [type(event) for event in samples()] == [row.event for row in TOLD]


def test_a_message_says_what_it_is_about_and_until_when_it_is_useful() -> None:
    event = renewal_failed(attempt=2)

    made = drafted(event)

    assert (made.kind, made.user_id, made.thing_id) == (
        MessageKind.RENEWAL_FAILED,
        event.user_id,
        event.subscription_id,
    )
    assert made.fact_key == f"renewal_failed:{event.order_id}:2"
    assert (made.occurred_at, made.useful_until) == (NOON, event.access_until)


def test_one_fact_is_one_key_and_what_can_happen_again_is_another() -> None:
    same = [drafted(renewed()).fact_key for _ in range(2)]
    again = [drafted(canceled()).fact_key for _ in range(2)]

    assert len(set(same)) == 1
    assert len(set(again)) == 2


def test_each_notice_of_a_charge_is_a_fact_of_its_own() -> None:
    first, second = (upcoming(notice_id=uuid7(NOON)) for _ in range(2))

    keys = [drafted(event).fact_key for event in (first, second, first, upcoming(), upcoming())]

    assert keys == [
        f"renewal_upcoming:{first.notice_id}",
        f"renewal_upcoming:{second.notice_id}",
        f"renewal_upcoming:{first.notice_id}",
        *[f"renewal_upcoming:{first.subscription_id}:{first.charge_at.isoformat()}"] * 2,
    ]


def test_the_end_of_a_subscription_is_told_unless_it_was_never_paid() -> None:
    told = {reason for reason in EndedReason if is_told(ended(reason=reason))}

    assert told == set(EndedReason) - {EndedReason.NEVER_PAID}


def test_what_happens_to_a_subscription_overtakes_what_was_said_of_it_before() -> None:
    truths: dict[str, set[str]] = {}
    for untrue, truth in OVERTAKEN_BY:
        truths.setdefault(untrue, set()).add(truth)
    goes_on = {"method_agreed", "cancellation_undone"}
    stops = {"renewal_stopped", "subscription_ending", "subscription_ended"}

    assert truths == {
        "checkout_failed": {"film_paid", "subscription_activated", "subscription_renewed"},
        "renewal_upcoming": stops
        | {"renewal_upcoming", "renewal_failed", "subscription_renewed", "method_agreed", "cancellation_scheduled"},
        "renewal_failed": stops | {"renewal_failed", "subscription_renewed", "method_agreed", "cancellation_scheduled"},
        "cancellation_scheduled": goes_on | {"subscription_ended"},
        "cancellation_undone": stops | {"cancellation_scheduled", "subscription_renewed"},
        "method_agreed": stops | {"cancellation_scheduled", "method_agreed"},
        "renewal_stopped": goes_on | {"renewal_stopped", "renewal_restored", "subscription_ended"},
        "renewal_restored": stops | {"cancellation_scheduled", "subscription_renewed"},
        "subscription_ending": goes_on
        | {"renewal_restored", "subscription_renewed", "subscription_ending", "subscription_ended"},
        "refund_requested": {"order_refunded", "refund_failed"},
        "refund_failed": {"order_refunded"},
    }


PUBLISHED = {
    Why.PAYMENT: {one.value for one in DeclineReason} | {one.value for one in CancelReason},
    Why.REFUND: {one.value for one in RefundFailure},
    Why.RENEWAL: {one.value for one in RenewalReason},
    Why.ENDED: {one.value for one in EndedReason},
    Why.BASIS: {one.value for one in RefundBasis},
}


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("why", Why)
def test_every_reason_that_is_published_has_words_and_no_other(why: Why, language: Language) -> None:
    source = (LOCALE / language / "reasons.ftl").read_text(encoding="utf-8")
    beginning = f"reason-{why}-"

    worded = {key.removeprefix(beginning) for key in variables(source) if key.startswith(beginning)}

    assert worded == PUBLISHED[why]
