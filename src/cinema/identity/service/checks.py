"""Checks of what people type about themselves."""

from functools import cache
from importlib import resources
from zoneinfo import available_timezones

from email_validator import EmailNotValidError, validate_email

from cinema.identity.domain import password
from cinema.identity.domain.account import EmailInvalid, TimeZoneUnknown

EMAIL_MAX = 254
NOT_ZONES = frozenset({"localtime", "Factory"})
"""Names that some machines list and that mean another zone on each of them."""


def checked_email(text: str) -> str:
    """The address with its domain in ASCII, which every mailer takes; raises `EmailInvalid`.

    No name server is asked. Domains that are reserved for tests are taken: trying the
    product out is a test.
    """
    if len(text) > EMAIL_MAX:
        raise EmailInvalid
    try:
        found = validate_email(text, check_deliverability=False, allow_smtputf8=False, test_environment=True)
    except EmailNotValidError:
        raise EmailInvalid from None
    address = found.ascii_email
    if address is None or len(address) > EMAIL_MAX or "." not in found.ascii_domain:
        raise EmailInvalid
    return address


def name_of(text: str) -> str:
    """A login or an e-mail address as it is looked up; what is neither is found nowhere."""
    if "@" not in text:
        return text
    try:
        return checked_email(text)
    except EmailInvalid:
        return text


def checked_time_zone(name: str) -> str:
    """The zone's name; raises `TimeZoneUnknown`."""
    if name not in time_zones():
        raise TimeZoneUnknown
    return name


def checked_password(text: str, *, login: str, email: str) -> str:
    """The password as it is hashed; raises a refusal of `domain.password`."""
    return password.check(text, login=login, email=email, common=common_passwords())


@cache
def time_zones() -> frozenset[str]:
    """The IANA names that this machine knows."""
    return frozenset(available_timezones() - NOT_ZONES)


@cache
def common_passwords() -> frozenset[str]:
    """Words and passwords that are tried first, in lower case."""
    listed = resources.files("cinema.identity.domain").joinpath("common_passwords.txt").read_text(encoding="utf-8")
    return frozenset(listed.split())
