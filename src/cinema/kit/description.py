"""What the OpenAPI description has to say beside what FastAPI sees: who may ask, and with which key."""

from collections.abc import Iterable, Iterator
from typing import Any

from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute
from starlette.routing import BaseRoute

from cinema.kit.auth import actor_with, current_actor, maybe_actor
from cinema.kit.idempotency import HEADER, KEY, once, once_required

BEARER = {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}


def complete(description: dict[str, Any], *, routes: Iterable[BaseRoute]) -> None:
    """Adds to ``description`` the bearer token and the Idempotency-Key of each of ``routes`` that takes them."""
    description.setdefault("components", {})["securitySchemes"] = {"bearer": BEARER}
    for route in routes:
        if isinstance(route, APIRoute) and route.include_in_schema:
            calls = tuple(calls_before(route.dependant))
            for method in route.methods or ():
                _complete_one(description["paths"][route.path_format][method.lower()], calls)


def calls_before(dependant: Dependant) -> Iterator[Any]:
    """Everything that is called before a route."""
    for one in dependant.dependencies:
        yield one.call
        yield from calls_before(one)


def asks_for_roles(call: Any) -> bool:
    """Whether a dependency was made by `actor_with`."""
    return getattr(call, "__qualname__", "").startswith(f"{actor_with.__qualname__}.")


def _complete_one(operation: dict[str, Any], calls: tuple[Any, ...]) -> None:
    if current_actor in calls or any(asks_for_roles(call) for call in calls):
        operation["security"] = [{"bearer": []}]
    elif maybe_actor in calls:
        operation["security"] = [{"bearer": []}, {}]
    if once in calls:
        key = {"type": "string", "pattern": f"^{KEY.pattern}$"}
        header = {"name": HEADER, "in": "header", "required": once_required in calls, "schema": key}
        operation.setdefault("parameters", []).append(header)
