"""Calling a provider: bounded in time, with every way to fail turned into a value."""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

from cinema.kit.client import NotSent
from cinema.kit.errors import Unavailable
from cinema.payments.domain.payment import CALL_TIMEOUT_S, NotDone
from cinema.payments.domain.port import NotAllowed, TooBusy, Unknown

A = TypeVar("A")


async def ask(call: Coroutine[Any, Any, A], *, timeout_s: float = CALL_TIMEOUT_S) -> A | Unknown | NotDone:
    """The provider's answer; `NotDone` when certainly nothing happened, `Unknown` when nobody can tell."""
    try:
        async with asyncio.timeout(timeout_s):
            return await call
    except TimeoutError:
        return Unknown(detail=f"no answer within {timeout_s:.0f} s")
    except (NotSent, TooBusy) as trouble:
        return NotDone(detail=trouble.detail, keeps_key=True)
    except NotAllowed as trouble:
        return NotDone(detail=trouble.detail, keeps_key=False)
    except Unavailable as trouble:
        return Unknown(detail=trouble.detail)
