"""A mail, and what a mail server may say to it."""

import re
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeAlias

from cinema.contracts.text import Language
from cinema.notifications.domain.message import masked

ADDRESS = re.compile(r"[^\s<>\",;:()\[\]\\@]+@[^\s<>\"',;:()\[\]\\@]+")
"""What looks like an address; quoted local parts and addresses by number are not taken."""

NOT_PRINTED = re.compile(r"[\x00-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069]+")
DETAIL_MAX = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
    """One mail to one address. ``message_id`` (RFC 5322, without brackets) is the same at every try."""

    message_id: str
    sender_name: str
    sender_address: str
    to: str = field(repr=False)
    subject: str
    text: str = field(repr=False)
    html: str = field(repr=False)
    language: Language
    date: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """The mail server answers for it from now on."""

    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Deferred:
    """Not now: try again later. It may have been taken, when the answer was lost."""

    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """Not this mail to this address, whenever it is tried."""

    detail: str


Answer: TypeAlias = Accepted | Deferred | Refused


def one_line(text: str) -> str:
    """``text`` as it may stand in a header or a table cell: no line breaks, no control or direction characters."""
    return re.sub(r" {2,}", " ", NOT_PRINTED.sub(" ", text)).strip()


def without_addresses(detail: str) -> str:
    """What a server said, as it may be kept: on one line, addresses masked, not too long."""
    return ADDRESS.sub(lambda found: masked(found[0]), one_line(detail))[:DETAIL_MAX]
