"""The site as one application: it finds out who visits, shows the page, and turns every trouble into one."""

from collections.abc import Awaitable, Callable, Sequence
from urllib.parse import quote, urlsplit

import structlog
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Mount, Route
from starlette.types import ASGIApp, Receive, Scope, Send

from cinema.contracts.language import HOME_ZONES, preferred
from cinema.contracts.text import Language
from cinema.kit.auth import Actor, Authenticator, check_same_site, maybe_actor
from cinema.kit.errors import NotFound, Trouble, Unauthenticated
from cinema.kit.http import InternalError, request_id
from cinema.kit.origins import NOBODY
from cinema.kit.texts import Texts
from cinema.kit.wording import Wording
from cinema.web.assets import Assets
from cinema.web.cookies import Kept, Theme, keep, kept
from cinema.web.memory import Memory
from cinema.web.rendering import Renderer
from cinema.web.services import About, Services
from cinema.web.site.installing import installing_routes
from cinema.web.site.listed import PAGES
from cinema.web.site.machines import machine_routes
from cinema.web.site.page import Answer, Page, Site, told
from cinema.web.site.public import outside_routes
from cinema.web.visit import Viewer, Visit, leads_inside

log = structlog.get_logger()


class PageNotFound(NotFound):
    """There is no such page."""

    code = "page-not-found"


class Pages:
    """Answers for the pages of one site."""

    def __init__(self, *, site: Site, texts: Texts) -> None:
        self._site = site
        self._texts = texts

    def routes(self, pages: Sequence[Page]) -> list[Route]:
        """The routes of ``pages``, below a language."""
        return [
            Route(page.path, self._endpoint(page, answer), methods=[method])
            for page in pages
            for method, answer in (("GET", page.show), ("POST", page.act))
            if answer is not None
        ]

    def _endpoint(self, page: Page, answer: Answer) -> Callable[[Request], Awaitable[Response]]:
        async def endpoint(request: Request) -> Response:
            if request.method == "POST":
                check_same_site(request)
            visit = await self._visit(request)
            if page.is_personal and visit.viewer is None:
                return _to_sign_in(visit, has_page=page.show is not None)
            response = await answer(self._site, visit)
            if kept(request, Kept.LANGUAGE) != visit.language.value:
                keep(request, response, Kept.LANGUAGE, visit.language.value)
            return response

        return endpoint

    async def trouble(self, request: Request, error: Exception) -> Response:
        """What went wrong, as a page."""
        trouble = error if isinstance(error, Trouble) else _plain(error)
        if trouble.status >= 500:  # noqa: PLR2004 - ours
            log.warning("page.failed", code=trouble.code, detail=trouble.detail)
        visit = await self._visit(request, with_viewer=trouble.status < 500)  # noqa: PLR2004 - it may be the database
        if isinstance(trouble, Unauthenticated):
            return _to_sign_in(visit, has_page=request.method == "GET")
        return self._site.page(
            visit, "trouble.html", status=trouble.status, trouble=trouble, sentence=told(visit, trouble)
        )

    async def _visit(self, request: Request, *, with_viewer: bool = True) -> Visit:
        language = _language(request)
        viewer, is_ended = await self._viewer(request) if with_viewer else (None, False)
        theme = kept(request, Kept.THEME)
        zone = viewer.profile.time_zone if viewer else HOME_ZONES[language]
        return Visit(
            request=request,
            language=language,
            theme=Theme(theme) if theme in tuple(Theme) else Theme.SYSTEM,
            viewer=viewer,
            is_ended=is_ended,
            words=self._texts.of(language.value),
            wording=Wording(language=language.value, time_zone=zone),
            now=self._site.services.clock.now(),
            request_id=request_id(request),
        )

    async def _viewer(self, request: Request) -> tuple[Viewer | None, bool]:
        """Who is signed in, and whether the browser came with a session that is over."""
        try:
            actor: Actor | None = await maybe_actor(request)
        except Unauthenticated:
            return None, True
        if actor is None:
            return None, False
        profile = await self._site.services.identity.profile(user_id=Viewer.id_of(actor))
        return Viewer(actor=actor, profile=profile), False


class Website:
    """The site: pages below ``/ru`` and ``/en``, files below ``/static``, and what stands outside of the languages."""

    def __init__(self, app: ASGIApp, *, outside: frozenset[str]) -> None:
        self._app = app
        self._outside = outside
        self._below = ("/static/", *(f"/{language.value}/" for language in Language))

    def takes(self, path: str) -> bool:
        """Whether this address is one of the site's."""
        return path.startswith(self._below) or path in self._outside

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._app(scope, receive, send)


def build(
    *, services: Services, about: About, texts: Texts, authenticator: Authenticator, assets: Assets | None = None
) -> Website:
    """The site, in all its languages."""
    files = assets or Assets()
    site = Site(
        services=services,
        about=about,
        renderer=Renderer(assets=files, facts={"about": about}),
        memory=Memory(clock=services.clock),
    )
    pages = Pages(site=site, texts=texts)
    outside = [
        *outside_routes(),
        *machine_routes(catalog=services.catalog, about=about, memory=site.memory),
        *installing_routes(texts=texts, assets=files),
    ]
    app = Starlette(
        routes=[
            *outside,
            *(Mount(f"/{language.value}", routes=pages.routes(PAGES)) for language in Language),
            Route("/static/{name:path}", files.send),
        ],
        exception_handlers={Trouble: pages.trouble, HTTPException: pages.trouble, Exception: pages.trouble},
    )
    app.router.redirect_slashes = False
    app.state.authenticator = authenticator
    app.state.origins = NOBODY
    return Website(app, outside=frozenset(route.path for route in outside))


def _to_sign_in(visit: Visit, *, has_page: bool = True) -> Response:
    """To come back to this page; after a form that has none at its address, to the page that it stood on."""
    back = visit.here if has_page else _came_from(visit)
    return RedirectResponse(visit.path("/sign-in") + "?next=" + quote(back, safe=""), status_code=303)


def _came_from(visit: Visit) -> str:
    """The page of ours that the browser names (RFC 9110, 10.1.3), else the first one."""
    parts = urlsplit(visit.request.headers.get("referer", ""))
    path = parts.path + (f"?{parts.query}" if parts.query else "")
    return path if leads_inside(path) else visit.path()


def _plain(error: Exception) -> Trouble:
    status = error.status_code if isinstance(error, HTTPException) else 500
    return PageNotFound() if status in {404, 405} else InternalError()


def _language(request: Request) -> Language:
    """By the address; outside of the languages, as the browser wants it."""
    beginning = request.scope["path"][1:3]
    for language in Language:
        if beginning == language.value:
            return language
    return preferred(request.headers.get("accept-language"))
