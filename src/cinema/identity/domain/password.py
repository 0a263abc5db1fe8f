"""What a password may be: long enough, not among the first that are tried. No composition rules.

The rules are those of OWASP ASVS 5.0, section 6.2, and NIST SP 800-63B-4.
"""

import unicodedata
from collections.abc import Set as AbstractSet

from cinema.kit.errors import Forbidden, Invalid

LENGTH_MIN = 8
LENGTH_MAX = 128

PATTERN_LENGTH_MAX = 16
"""Up to this length a row of keys or a repetition is among the first guesses."""

ROWS = (
    "0123456789",
    "abcdefghijklmnopqrstuvwxyz",
    "qwertyuiop",
    "asdfghjkl",
    "zxcvbnm",
    "йцукенгшщзхъ",
    "фывапролджэ",
)
STEPS = 4
LEET = str.maketrans("@4310$57!", "aaeiossti")


class PasswordLength(Invalid):
    """A password has 8 to 128 characters; 15 and more are a good choice."""

    code = "password-length"


class PasswordUnreadable(Invalid):
    """A password consists of characters that exist."""

    code = "password-unreadable"


class PasswordCommon(Invalid):
    """This password is among the first that are tried; choose another."""

    code = "password-common"


class PasswordPersonal(Invalid):
    """A password that equals the login or the e-mail address protects nothing."""

    code = "password-personal"


class PasswordWrong(Forbidden):
    """This is not your present password."""

    code = "password-wrong"


def canonical(password: str) -> str:
    """One form for what keyboards write in two (NFC); nothing is cut or trimmed."""
    return unicodedata.normalize("NFC", password)


def is_readable(password: str) -> bool:
    """Whether the text can be encoded at all: half of a surrogate pair cannot."""
    return not any("\ud800" <= character <= "\udfff" for character in password)


def check(password: str, *, login: str, email: str, common: AbstractSet[str]) -> str:
    """The password in its canonical form; raises a refusal of this module."""
    if not is_readable(password):
        raise PasswordUnreadable
    text = canonical(password)
    if not LENGTH_MIN <= len(text) <= LENGTH_MAX:
        raise PasswordLength
    plain = text.lower()
    if plain in {login.lower(), email.lower(), email.lower().partition("@")[0]}:
        raise PasswordPersonal
    if is_common(plain, common):
        raise PasswordCommon
    return text


def is_common(password: str, common: AbstractSet[str]) -> bool:
    """Whether a lower-case password is listed, or a listed word with the usual ornaments, or a pattern."""
    stem = password.rstrip("0123456789!.?*#_-")
    undone = stem.translate(LEET)
    if not common.isdisjoint({password, password.translate(LEET)}):
        return True
    if len(password) - len(stem) <= STEPS and not common.isdisjoint({stem, undone}):
        return True
    return len(password) <= PATTERN_LENGTH_MAX and (_repeats(password) or _is_row(password))


def _repeats(password: str) -> bool:
    """One to four characters, over and over."""
    return any(
        password == (password[:size] * len(password))[: len(password)]
        for size in range(1, min(STEPS, len(password)) + 1)
    )


def _is_row(password: str) -> bool:
    """A walk along one row of keys or the alphabet, there or back, perhaps started anew."""
    return any(_walks(password, row) or _walks(password, row[::-1]) for row in ROWS)


def _walks(password: str, row: str) -> bool:
    return password in row * (1 + len(password) // len(row) + 1)
