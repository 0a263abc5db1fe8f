"""The stand-ins for the outside world in development: a payment provider and a mailbox."""

import asyncio
import socket
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import RedirectResponse
from starlette.routing import Mount, Route
from starlette.types import ASGIApp, Receive, Scope, Send

from cinema.billing.settings import BillingSettings
from cinema.kit.clock import Clock
from cinema.kit.errors import Unavailable
from cinema.main.ports import bound
from cinema.main.sandbox_settings import provider_lines, sandbox_key
from cinema.main.serving import served
from cinema.main.settings import AllSettings
from cinema.sandbox.mailbox import MailboxSettings, build_mailbox
from cinema.sandbox.yookassa import YookassaSandboxSettings, build_yookassa


class SandboxForbidden(Unavailable):
    """The stand-ins do not run in production."""

    code = "sandbox-forbidden"


@dataclass(frozen=True, slots=True, kw_only=True)
class Addresses:
    """Where the stand-ins answer."""

    url: str
    smtp_url: str
    shop_id: str
    secret_key: str = field(repr=False)

    def lines(self) -> list[str]:
        """``NAME=value``, to be put into another process's environment."""
        return [
            *provider_lines(url=self.url, shop_id=self.shop_id, secret_key=self.secret_key),
            f"CINEMA_SMTP_URL={self.smtp_url}",
            f"MAILBOX_URL={self.url}/mail",
        ]


@asynccontextmanager
async def sandbox(
    settings: AllSettings, *, clock: Clock, door: socket.socket | None = None
) -> AsyncIterator[Addresses]:
    """The payment provider and the mailbox of development, behind ``door`` if it is open already.

    Raises `SandboxForbidden` in production, `PortTaken` when something else listens there.
    """
    if settings.process.is_production:
        raise SandboxForbidden
    chosen = settings.sandbox
    folder = settings.process.data_folder / "sandbox"
    folder.mkdir(parents=True, exist_ok=True)
    url = chosen.url
    key = sandbox_key(chosen, settings.process.data_folder)
    async with AsyncExitStack() as stack:
        listening = stack.enter_context(
            door or bound(host="127.0.0.1", port=chosen.port, setting=chosen.variable("port"))
        )
        mailbox = build_mailbox(
            settings=MailboxSettings(smtp_port=chosen.smtp_port, path=folder / "mail.sqlite3"), clock=clock
        )
        stack.push_async_callback(mailbox.aclose)
        await mailbox.start()
        shop = build_yookassa(
            settings=YookassaSandboxSettings(
                shop_id=chosen.shop_id,
                secret_key=key,
                public_url=url,
                webhook_url=chosen.webhook_url or f"http://127.0.0.1:{settings.process.port}/v1/webhooks/yookassa",
                state_path=folder / "yookassa.sqlite3",
                receipts_required=True,
                currency=settings.of(BillingSettings).currency,
            ),
            clock=clock,
        )
        stack.push_async_callback(shop.aclose)
        await stack.enter_async_context(_at_work(shop.run))
        await stack.enter_async_context(served(beside(shop.app, mail=mailbox.app), listening))
        yield Addresses(url=url, smtp_url=mailbox.smtp_url, shop_id=chosen.shop_id, secret_key=key)


@asynccontextmanager
async def _at_work(run: Callable[[], Coroutine[Any, Any, None]]) -> AsyncIterator[None]:
    """``run`` goes on for the length of the block, and ends the block if it fails."""
    async with asyncio.TaskGroup() as tasks:
        task = tasks.create_task(run())
        yield
        task.cancel()


def beside(shop: ASGIApp, *, mail: ASGIApp) -> ASGIApp:
    """The mailbox under ``/mail``, the provider everywhere else, which must hold the connection itself to cut it."""
    to_mail = Starlette(routes=[Route("/", _to_mail), Mount("/mail", app=mail)])

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        path = scope.get("path", "")
        is_mail = path in {"/", "/mail"} or path.startswith("/mail/")
        await (to_mail if is_mail else shop)(scope, receive, send)

    return app


async def _to_mail(_: Request) -> RedirectResponse:
    return RedirectResponse("/mail/", status_code=303)
