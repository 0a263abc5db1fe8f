"""An account: who signs in, and how to reach them."""

import re
from dataclasses import dataclass, field
from datetime import datetime

from cinema.contracts.ids import UserId
from cinema.contracts.text import Language
from cinema.kit.errors import Conflict, Invalid, Unauthenticated

LOGIN_FORM = r"[A-Za-z][A-Za-z0-9._-]{2,31}"
"""Plain letters only, so that no login looks like another; no ``@``, so that none is an address."""


class LoginTaken(Conflict):
    """This login is taken; choose another."""

    code = "login-taken"


class LoginInvalid(Invalid):
    """A login has 3 to 32 Latin letters, digits, dots, hyphens and underscores, and begins with a letter."""

    code = "login-invalid"


class EmailInvalid(Invalid):
    """This is no e-mail address."""

    code = "email-invalid"


class EmailTaken(Conflict):
    """Another account has this e-mail address."""

    code = "email-taken"


class TimeZoneUnknown(Invalid):
    """This is no IANA time zone; ``Europe/Moscow`` is one."""

    code = "time-zone-unknown"


class CredentialsWrong(Unauthenticated):
    """Login or password is wrong."""

    code = "credentials-wrong"


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """One user. ``email`` keeps its spelling, with the domain in ASCII."""

    user_id: UserId
    login: str
    email: str
    language: Language
    time_zone: str
    password_hash: str = field(repr=False)
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """What a user changes about the own account; None leaves a field as it is."""

    login: str | None = None
    language: Language | None = None
    time_zone: str | None = None


def key(name: str) -> str:
    """What logins and addresses are compared by."""
    return name.lower()


def checked_login(login: str) -> str:
    """The login itself; raises `LoginInvalid`."""
    if not re.fullmatch(LOGIN_FORM, login):
        raise LoginInvalid
    return login
