"""Puts the mailbox together: SMTP in, pages and JSON out."""

from http import HTTPStatus
from urllib.parse import urlsplit

from starlette.applications import Starlette
from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from cinema.kit.clock import Clock
from cinema.kit.errors import Forbidden, NotFound, Refusal, Trouble
from cinema.sandbox.mailbox.api import MailboxApi
from cinema.sandbox.mailbox.faults import Switches
from cinema.sandbox.mailbox.pages import MailboxPages
from cinema.sandbox.mailbox.settings import MailboxSettings
from cinema.sandbox.mailbox.smtp import Exchange, Postman
from cinema.sandbox.mailbox.store import MailStore

SAMPLE_ADDRESS = "viewer@example.org"
COMMON_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


class ForeignOrigin(Forbidden):
    """Another site's page may not change this mailbox."""

    code = "foreign-origin"


class Mailbox:
    """A mail server that keeps what it gets, and shows it.

    ``app`` answers HTTP wherever it is mounted; `start` and `aclose` are for the
    SMTP side, in the loop that runs.
    """

    def __init__(self, *, app: Starlette, exchange: Exchange, store: MailStore, settings: MailboxSettings) -> None:
        self.app = app
        self._exchange = exchange
        self._store = store
        self._settings = settings

    async def start(self) -> None:
        """Begins to take mails. Raises `Unavailable` when the port cannot be had."""
        await self._exchange.start()

    async def aclose(self) -> None:
        """Ends the connections and closes the store; what a file keeps is kept."""
        await self._exchange.aclose()
        self._store.close()

    @property
    def smtp_port(self) -> int:
        """The port that takes mails, once started."""
        return self._exchange.port

    @property
    def smtp_url(self) -> str:
        """The address for a sender's settings: ``smtp://127.0.0.1:2525``."""
        host = self._settings.host
        return f"smtp://{f'[{host}]' if ':' in host else host}:{self.smtp_port}"


def build_mailbox(*, settings: MailboxSettings, clock: Clock) -> Mailbox:
    """A mailbox that is not started yet; its pages already answer."""
    store = MailStore(path=settings.path, mails_max=settings.mails_max)
    switches = Switches()
    postman = Postman(store=store, switches=switches, clock=clock, recipients_max=settings.recipients_max)
    pages = MailboxPages(store=store, mail_address=SAMPLE_ADDRESS)
    api = MailboxApi(store=store, switches=switches)

    async def refuse(request: Request, error: Exception) -> Response:
        trouble = error if isinstance(error, Trouble) else from_starlette(error)
        if "text/html" in request.headers.get("accept", ""):
            return pages.trouble(request, trouble)
        return problem(trouble)

    app = Starlette(
        routes=[*pages.routes(), *api.routes()],
        middleware=[Middleware(Guard)],
        exception_handlers={Trouble: refuse, HTTPException: refuse},
    )
    return Mailbox(app=app, exchange=Exchange(postman=postman, settings=settings), store=store, settings=settings)


class Guard:
    """Adds the headers that every answer has, and stops changes that another site's page asks for."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in COMMON_HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        if is_foreign(Headers(scope=scope), method=scope["method"]):
            await problem(ForeignOrigin())(scope, receive, send_with_headers)
        else:
            await self._app(scope, receive, send_with_headers)


def is_foreign(headers: Headers, *, method: str) -> bool:
    origin = headers.get("origin")
    return method not in {"GET", "HEAD"} and origin is not None and urlsplit(origin).netloc != headers.get("host")


def from_starlette(error: Exception) -> Trouble:
    """The router's own refusals, in our words."""
    assert isinstance(error, HTTPException)
    if error.status_code == HTTPStatus.NOT_FOUND:
        return NotFound()
    return MethodRefused()


class MethodRefused(Refusal):
    """This address does not do that."""

    status = 405
    code = "method-not-allowed"


def problem(trouble: Trouble) -> JSONResponse:
    """A trouble as RFC 9457 writes it."""
    body = {
        "type": "about:blank",
        "title": HTTPStatus(trouble.status).phrase,
        "status": trouble.status,
        "code": trouble.code,
        "detail": trouble.detail,
    }
    return JSONResponse(body, status_code=trouble.status, media_type="application/problem+json")
