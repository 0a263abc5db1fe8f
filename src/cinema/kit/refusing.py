"""What each operation may refuse: said once at its route, held in tests, told in the description.

``refuses(LoginTaken, email=EmailInvalid)`` stands in the ``responses`` of a route. What
its dependencies refuse (who asks, an Idempotency-Key, input, a cursor) is added here. A
refusal that is not told is a warning, and warnings fail a test.
"""

import warnings
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from fastapi.routing import APIRoute

from cinema.kit.auth import CrossSite, asks_for_roles, calls_before, current_actor, maybe_actor
from cinema.kit.db import (
    DatabaseBusy,
    DatabaseExhausted,
    DatabaseFull,
    DatabaseReadOnly,
    DatabaseUnavailable,
    StatementTimeout,
)
from cinema.kit.errors import Forbidden, TokenInvalid, Trouble, Unauthenticated
from cinema.kit.http import BodyTooLarge, InputInvalid, InternalError, NotJson
from cinema.kit.idempotency import KeyMissing, KeyReused, maybe_once
from cinema.kit.keyset import CursorInvalid
from cinema.kit.mistakes import BODY, Mistake, mistake
from cinema.kit.requests import MediaTypeUnsupported

REFUSES = "refuses"
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
ANYWHERE = (
    InternalError,
    DatabaseBusy,
    DatabaseExhausted,
    DatabaseFull,
    DatabaseReadOnly,
    DatabaseUnavailable,
    StatementTimeout,
    InputInvalid,
    BodyTooLarge,
)

Kind = type[Trouble]


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusals:
    """The refusals of one operation, and the field of the input that some of them are about."""

    kinds: tuple[Kind, ...]
    places: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def errors(self, trouble: Trouble, *, operation: str) -> list[Mistake]:
        """The mistake that ``trouble`` is about, if one field is to blame."""
        told = {kind.code: kind for kind in self.kinds}
        if "." not in operation:
            return []  # no published operation, whose names are like orders.list
        if trouble.code not in told:
            warnings.warn(f"{operation} does not tell that it refuses by {trouble.code}", stacklevel=2)
        elif not trouble.facts.keys() <= told[trouble.code].members.keys():
            warnings.warn(f"{trouble.code} does not tell its members {sorted(trouble.facts)}", stacklevel=2)
        place = self.places.get(trouble.code)
        return [mistake(place, "refused")] if place else []


def refuses(*kinds: Kind, **fields: Kind | tuple[Kind, ...]) -> dict[int | str, dict[str, Any]]:
    """The ``responses`` of a route that refuses so; those of ``fields`` are about that field or parameter."""
    by_field = {name: found if isinstance(found, tuple) else (found,) for name, found in fields.items()}
    return {"default": {REFUSES: (kinds, by_field)}}


def take_refusals(route: APIRoute) -> Refusals:
    """Takes the declaration out of the ``responses`` of ``route``, and adds what its dependencies refuse."""
    kinds, by_field = route.responses.pop("default", {}).get(REFUSES, ((), {}))
    places = {kind.code: _place(route, name) for name, found in by_field.items() for kind in found}
    named = tuple(kind for found in by_field.values() for kind in found)
    return Refusals(kinds=tuple(dict.fromkeys((*kinds, *named, *_implied(route)))), places=places)


def _place(route: APIRoute, name: str) -> tuple[str, ...]:
    for place, found in (("path", route.dependant.path_params), ("query", route.dependant.query_params)):
        if name in {one.alias for one in found}:
            return place, name
    return BODY, name


def _implied(route: APIRoute) -> Iterable[Kind]:
    calls = tuple(calls_before(route.dependant))
    yield from ANYWHERE
    if any(call in {current_actor, maybe_actor} or asks_for_roles(call) for call in calls):
        yield from (Unauthenticated, TokenInvalid)
        if not (route.methods or set()) <= SAFE:
            yield CrossSite
    if any(map(asks_for_roles, calls)):
        yield Forbidden
    if maybe_once in calls:
        yield from (KeyMissing, KeyReused)
    if route.body_field is not None:
        yield from (NotJson, MediaTypeUnsupported)
    if any(one.alias == "cursor" for one in route.dependant.query_params):
        yield CursorInvalid
