"""Why things are as they are, in the words that pages use too: a catalogue has them by the published reason."""

from enum import StrEnum
from typing import Protocol


class Words(Protocol):
    """The texts of one language, by key."""

    def __call__(self, key: str, /, **values: str | int) -> str: ...

    def __contains__(self, key: str, /) -> bool: ...


class Why(StrEnum):
    """What a reason is given for. Its words continue a sentence: "We could not charge your card: …"."""

    PAYMENT = "payment"
    """Why a payment failed; the reasons are those that payments publishes."""

    REFUND = "refund"
    """Why money did not go back; as above."""

    RENEWAL = "renewal"
    """Why a subscription renews by itself, or does not."""

    ENDED = "ended"
    """Why a subscription ended."""

    BASIS = "basis"
    """What decides how much goes back."""


def in_words(words: Words, why: Why, reason: str) -> str:
    """The published reason as a viewer reads it; one that is not published yet reads as unknown."""
    key = f"reason-{why}-{reason}"
    return words(key if key in words else "reason-unknown")
