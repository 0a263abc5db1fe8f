"""Which events people are told of."""

from cinema.contracts import billing, identity, payments
from cinema.kit.events import Event, every_event
from cinema.notifications.domain.drafts import SILENT, TOLD, draft
from cinema.notifications.domain.message import Kind
from cinema.notifications.domain.reasons import REASONS
from cinema.payments.domain.decline import CancelReason, DeclineReason
from notifications.facts import samples

CONTEXTS = {billing.__name__, identity.__name__, payments.__name__}


def test_every_event_of_these_contexts_is_told_or_silent_on_purpose() -> None:
    published = {event.name() for event in every_event() if event.__module__ in CONTEXTS}

    assert published == {event.name() for event in {*TOLD, *SILENT}}
    assert set(TOLD) & SILENT == set()


def test_every_kind_of_message_has_its_event_and_its_sample() -> None:
    kinds = [made.kind for event in samples() if (made := draft(event)) is not None]

    assert kinds == list(TOLD.values())
    assert set(kinds) == set(Kind)


def test_every_reason_that_payments_publishes_has_words() -> None:
    published = {reason.value for reason in DeclineReason} | {reason.value for reason in CancelReason}

    assert set(REASONS) == published


def test_what_is_silent_makes_no_message() -> None:
    class Elsewhere(Event):
        __slots__ = ()

    assert draft(Elsewhere()) is None
