"""The web application: the routes of the chosen contexts behind one border."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from importlib.metadata import version
from inspect import iscoroutinefunction, signature
from typing import Any, Protocol, TypeGuard

from fastapi import APIRouter, FastAPI
from fastapi.routing import APIRoute
from fastapi.telemetry import TelemetryConfig
from starlette.middleware.errors import ServerErrorMiddleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Match, Route
from starlette.types import ASGIApp, Receive, Scope, Send

from cinema.kit.about import SILENT, About
from cinema.kit.auth import Authenticator
from cinema.kit.border import BODY_BYTES_MAX, Border
from cinema.kit.clock import Clock
from cinema.kit.http import install_problems
from cinema.kit.module import Module
from cinema.kit.origins import NOBODY, Origins
from cinema.kit.refusing import take_refusals
from cinema.kit.requests import check_query, strict
from cinema.kit.speech import PLAIN, Languages

NO_TELEMETRY: TelemetryConfig = {"tracing": False, "metrics": False, "logs": False}
"""Nothing here sets up OpenTelemetry; FastAPI would look for it in the environment at each request."""


class Beside(Protocol):
    """An application beside the API that answers at its own addresses, inside the same border."""

    def takes(self, path: str) -> bool:
        """Whether this address is one of its own."""
        ...

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None: ...


class BorderedApp(FastAPI):
    """FastAPI with the `Border` around everything, in the place of Starlette's own error page."""

    body_bytes_max: int = BODY_BYTES_MAX
    plain_routes: tuple[Route, ...] = ()
    site: Beside | None = None

    def openapi(self) -> dict[str, Any]:
        if self.openapi_schema is None:
            from cinema.kit.description import complete  # noqa: PLC0415 - few ask for it, and every start would pay

            complete(super().openapi(), routes=self.routes, refusals=self.state.refusals, about=self.state.about)
        return super().openapi()

    def build_middleware_stack(self) -> ASGIApp:
        stack = super().build_middleware_stack()
        assert isinstance(stack, ServerErrorMiddleware)  # it would answer in plain text before the border could
        inner = ShortCut(stack.app, routes=self.plain_routes, handlers=self.exception_handlers, site=self.site)
        return Border(
            inner,
            clock=self.state.clock,
            body_bytes_max=self.body_bytes_max,
            origins=self.state.origins,
            languages=self.state.languages,
        )


class ShortCut:
    """Answers Starlette's plain routes at once, leaves pages to the ``site``, and all others to ``app``.

    A plain route uses nothing of FastAPI, whose layers cost more than the work behind a
    busy door. What it raises is told by the same ``handlers``. It has no query parameters.
    """

    def __init__(
        self, app: ASGIApp, *, routes: Sequence[Route], handlers: Mapping[Any, Any], site: Beside | None
    ) -> None:
        self._app = app
        self._site = site
        self._routes = routes
        self._handlers = handlers

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            if self._site is not None and self._site.takes(scope["path"]):
                await self._site(scope, receive, send)
                return
            for route in self._routes:
                match, found = route.matches(scope)
                if match is Match.FULL:
                    scope.update(found, route=route)
                    response = await self._answer(route.endpoint, Request(scope, receive, send))
                    await response(scope, receive, send)
                    return
        await self._app(scope, receive, send)

    async def _answer(self, endpoint: Callable[[Request], Awaitable[Response]], request: Request) -> Response:
        try:
            if request.scope["query_string"]:
                check_query(request.scope["query_string"], {})
            return await endpoint(request)
        except Exception as error:
            kind = next((kind for kind in type(error).__mro__ if kind in self._handlers), None)
            if kind is None:
                raise
            response: Response = await self._handlers[kind](request, error)
            return response


def _is_plain(route: BaseRoute) -> TypeGuard[Route]:
    """Whether the route's function takes the request and nothing else: no layer has anything to do for it."""
    if isinstance(route, APIRoute):
        return [*signature(route.endpoint).parameters] == ["request"] and not route.dependant.dependencies
    return type(route) is Route and iscoroutinefunction(route.endpoint)


def build_app(
    *,
    modules: Sequence[Module],
    authenticator: Authenticator,
    clock: Clock,
    title: str = "Cinema",
    body_bytes_max: int = BODY_BYTES_MAX,
    origins: Origins = NOBODY,
    about: About = SILENT,
    languages: Languages = PLAIN,
    site: Beside | None = None,
) -> FastAPI:
    """The application that serves ``modules``; who runs it starts and stops them.

    Every refusal is a problem, in the one of ``languages`` that the caller wants. A body
    over ``body_bytes_max`` is refused before it is read, pages of ``origins`` may call, and
    no page asks an outside address: the description is at ``/openapi.json``. What ``site``
    takes, it answers.
    """
    app = BorderedApp(
        title=title,
        version=version("cinema"),
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        telemetry=NO_TELEMETRY,
    )
    app.body_bytes_max = body_bytes_max
    app.site = site
    app.state.authenticator = authenticator
    app.state.clock = clock
    app.state.origins = origins
    app.state.languages = languages
    described = tuple(route for route in app.routes if _is_plain(route))
    app.state.about = about
    app.state.refusals = {}
    install_problems(app)
    for module in modules:
        for router in module.routes:
            take_in(app, router)
            app.plain_routes += tuple(route for route in router.routes if _is_plain(route))
    app.plain_routes += described  # asked seldom, so looked at last
    return app


def take_in(app: FastAPI, router: APIRouter) -> None:
    """Puts the routes of ``router`` into ``app`` as they are, once built, and has them take what they declare only.

    ``include_router`` would leave them with the router and build each a second time, at
    the first request that comes by, and match every request twice: it is for routers
    that are included under several prefixes, which ours are not.
    """
    for route in router.routes:
        if isinstance(route, APIRoute):
            app.state.refusals[route.name] = take_refusals(route)
            route.operation_id = route.name
            route.app = strict(route)
    app.router.routes += router.routes
