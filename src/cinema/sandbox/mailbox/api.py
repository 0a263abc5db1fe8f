"""The mailbox as JSON: what tests and demonstrations ask it."""

from typing import Annotated, Any, TypeVar
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from cinema.kit.errors import Invalid, NotFound
from cinema.sandbox.mailbox.faults import Faults, Switches
from cinema.sandbox.mailbox.letter import Letter, read
from cinema.sandbox.mailbox.store import Mail, MailStore

PAGE_SIZE = 50
PAGE_SIZE_MAX = 200
BODY_BYTES_MAX = 65_536

Model = TypeVar("Model", bound=BaseModel)


class MailMissing(NotFound):
    """There is no such mail; it may have been dropped as the oldest."""

    code = "mail-missing"


class Wanted(BaseModel):
    """Which mails a list shows. ``cursor`` is a page's ``next_cursor``."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    to: Annotated[str | None, Field(max_length=320)] = None
    since: AwareDatetime | None = None
    cursor: UUID | None = None
    limit: Annotated[int, Field(ge=1, le=PAGE_SIZE_MAX)] = PAGE_SIZE

    def page(self, store: MailStore) -> tuple[list[Mail], UUID | None]:
        """The mails, newest first, and the cursor of the next page."""
        mails = store.newest(to=self.to, since=self.since, before=self.cursor, limit=self.limit + 1)
        page = mails[: self.limit]
        return page, page[-1].id if len(mails) > self.limit else None


class MailboxApi:
    """``/messages`` and ``/control/faults``."""

    def __init__(self, *, store: MailStore, switches: Switches) -> None:
        self._store = store
        self._switches = switches

    def routes(self) -> list[Route]:
        return [
            Route("/messages", self.list, methods=["GET"]),
            Route("/messages", self.clear, methods=["DELETE"]),
            Route("/messages/{mail_id:uuid}", self.one, methods=["GET"]),
            Route("/control/faults", self.faults, methods=["GET"]),
            Route("/control/faults", self.set_faults, methods=["POST"]),
        ]

    async def list(self, request: Request) -> Response:
        page, next_cursor = parsed(Wanted, dict(request.query_params)).page(self._store)
        return JSONResponse({"items": [brief(mail) for mail in page], "next_cursor": next_cursor and str(next_cursor)})

    async def one(self, request: Request) -> Response:
        mail, raw = found(self._store, request.path_params["mail_id"])
        return JSONResponse(brief(mail) | opened(read(raw)) | {"source": raw.decode("utf-8", "replace")})

    async def clear(self, request: Request) -> Response:
        del request
        return JSONResponse({"deleted": self._store.clear()})

    async def faults(self, request: Request) -> Response:
        del request
        return JSONResponse(self._switches.faults.model_dump())

    async def set_faults(self, request: Request) -> Response:
        body = await bounded_body(request)
        try:
            self._switches.faults = Faults.model_validate_json(body)
        except ValidationError as error:
            raise Invalid(plainly(error)) from error
        return await self.faults(request)


def found(store: MailStore, mail_id: UUID) -> tuple[Mail, bytes]:
    """A mail and its source. Raises `MailMissing`."""
    mail = store.one(mail_id)
    if mail is None:
        raise MailMissing
    return mail


def parsed(model: type[Model], values: dict[str, str]) -> Model:
    """``values`` as a ``model``. Raises `Invalid` with one sentence per bad field."""
    try:
        return model.model_validate(values)
    except ValidationError as error:
        raise Invalid(plainly(error)) from error


async def bounded_body(request: Request) -> bytes:
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > BODY_BYTES_MAX:
            msg = f"A body is at most {BODY_BYTES_MAX} bytes long."
            raise Invalid(msg)
    return bytes(body)


def plainly(error: ValidationError) -> str:
    return "; ".join(f"{'.'.join(map(str, fault['loc'])) or 'body'}: {fault['msg']}" for fault in error.errors())


def brief(mail: Mail) -> dict[str, Any]:
    return {
        "id": str(mail.id),
        "received_at": mail.received_at.isoformat(),
        "from": mail.sender,
        "to": list(mail.recipients),
        "subject": mail.subject,
        "message_id": mail.message_id,
        "copies": mail.copies,
        "size_bytes": mail.size_bytes,
    }


def opened(letter: Letter) -> dict[str, Any]:
    return {
        "headers": [list(header) for header in letter.headers],
        "text": letter.text,
        "html": letter.html,
        "attachments": [
            {"name": part.name, "type": part.kind, "size_bytes": len(part.content)} for part in letter.attachments
        ],
    }
