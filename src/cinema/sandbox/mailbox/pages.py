"""The mailbox as pages for a person: a list, a mail, its source, its attachments. They need no script."""

from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote, urlencode

from babel.dates import format_datetime
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from cinema.kit.errors import Trouble
from cinema.sandbox.mailbox.api import MailMissing, Wanted, found, parsed
from cinema.sandbox.mailbox.letter import framed, read
from cinema.sandbox.mailbox.store import MailStore
from cinema.sandbox.mailbox.words import WORDS, language

HERE = Path(__file__).parent
PAGE_POLICY = (
    "default-src 'none'; style-src 'self'; frame-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
LETTER_POLICY = (
    "sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'; style-src 'unsafe-inline'; "
    "img-src data:; form-action 'none'; base-uri 'none'; frame-ancestors 'self'"
)
SOURCE_POLICY = "default-src 'none'; sandbox; frame-ancestors 'none'"


class MailboxPages:
    """The pages and what they load."""

    def __init__(self, *, store: MailStore, mail_address: str) -> None:
        self._store = store
        self._mail_address = mail_address
        self._templates = Environment(
            loader=FileSystemLoader(HERE / "templates"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )

    def routes(self) -> list[Route]:
        return [
            Route("/", self.list, methods=["GET"]),
            Route("/clearance", self.clear, methods=["POST"]),
            Route("/mails/{mail_id:uuid}", self.mail, methods=["GET"]),
            Route("/mails/{mail_id:uuid}/html", self.html, methods=["GET"]),
            Route("/mails/{mail_id:uuid}/source", self.source, methods=["GET"]),
            Route("/mails/{mail_id:uuid}/attachments/{number:int}", self.attachment, methods=["GET"]),
            Route("/style.css", self.style, methods=["GET"]),
        ]

    async def list(self, request: Request) -> Response:
        wanted = parsed(Wanted, {name: value for name, value in request.query_params.items() if value})
        mails, next_cursor = wanted.page(self._store)
        older = urlencode(({"to": wanted.to} if wanted.to else {}) | {"cursor": str(next_cursor)})
        return self._page(
            request,
            "list.html",
            mails=mails,
            count=self._store.count(to=wanted.to),
            to=wanted.to or "",
            is_first=wanted.cursor is None,
            older=f"?{older}" if next_cursor else None,
        )

    async def mail(self, request: Request) -> Response:
        mail, raw = found(self._store, request.path_params["mail_id"])
        return self._page(request, "mail.html", mail=mail, letter=read(raw))

    async def html(self, request: Request) -> Response:
        _, raw = found(self._store, request.path_params["mail_id"])
        return HTMLResponse(framed(read(raw)), headers={"Content-Security-Policy": LETTER_POLICY})

    async def source(self, request: Request) -> Response:
        _, raw = found(self._store, request.path_params["mail_id"])
        return Response(raw, media_type="text/plain", headers={"Content-Security-Policy": SOURCE_POLICY})

    async def attachment(self, request: Request) -> Response:
        _, raw = found(self._store, request.path_params["mail_id"])
        attachments = read(raw).attachments
        number = request.path_params["number"]
        if not 1 <= number <= len(attachments):
            raise MailMissing
        part = attachments[number - 1]
        headers = {
            "Content-Security-Policy": SOURCE_POLICY,
            "Content-Disposition": f"attachment; filename*=UTF-8''{quote(part.name, safe='')}",
        }
        return Response(part.content, media_type="application/octet-stream", headers=headers)

    async def clear(self, request: Request) -> Response:
        self._store.clear()
        return RedirectResponse(root(request) + "/", status_code=303)

    async def style(self, request: Request) -> Response:
        del request
        return FileResponse(HERE / "templates" / "style.css", media_type="text/css")

    def trouble(self, request: Request, trouble: Trouble) -> Response:
        """A refusal as a page."""
        return self._page(request, "trouble.html", status_code=trouble.status, trouble=trouble)

    def _page(self, request: Request, name: str, *, status_code: int = 200, **values: object) -> Response:
        locale = language(request.headers.get("accept-language", ""))
        html = self._templates.get_template(name).render(
            values,
            root=root(request),
            locale=locale,
            words=WORDS[locale],
            moment=lambda value: moment(value, locale),
            mail_address=self._mail_address,
        )
        headers = {"Content-Security-Policy": PAGE_POLICY, "Content-Language": locale, "Vary": "Accept-Language"}
        return HTMLResponse(html, status_code=status_code, headers=headers)


def root(request: Request) -> str:
    """The path that the mailbox is mounted under, without a slash at its end."""
    return str(request.scope.get("root_path", "")).rstrip("/")


def moment(value: datetime, locale: str) -> str:
    """A moment as people write it, in UTC, because a mailbox does not know its reader's zone."""
    return f"{format_datetime(value, 'd MMM y, HH:mm:ss', tzinfo=UTC, locale=locale)} UTC"
