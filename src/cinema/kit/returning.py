"""Where a browser may be sent back to from somebody else's page."""

from collections.abc import Container
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import Field

from cinema.kit.errors import Invalid
from cinema.kit.http import OWN_RULE

ReturnUrl = Annotated[str, Field(min_length=8, max_length=2000), OWN_RULE]
"""An address as it comes in; `leads_home` is its rule. An id may be put into it, and providers take 2048 characters."""


class ReturnUrlForbidden(Invalid):
    """The return address must lead back to this cinema."""

    code = "return-url-forbidden"


def home_of(public_url: str) -> frozenset[str]:
    """The hosts of ``public_url``, at which browsers reach the cinema: payers are sent nowhere else."""
    return frozenset({urlsplit(public_url).netloc})


def leads_home(return_url: str, *, hosts: Container[str]) -> bool:
    """Whether a payer may be sent to this address: one of ours, written without spaces and control characters.

    Those are dropped by whoever takes an address apart, but not by whoever passes it on.
    """
    if not return_url.isprintable() or " " in return_url:
        return False
    try:
        parts = urlsplit(return_url)
    except ValueError:
        return False
    return parts.scheme in {"http", "https"} and parts.netloc in hosts
