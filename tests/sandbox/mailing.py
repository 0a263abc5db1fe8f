"""What the mailbox's tests share: a mail, a running mailbox, a browser that looks at it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from email.message import EmailMessage
from typing import Any

import aiosmtplib
import httpx2
from starlette.applications import Starlette
from starlette.routing import Mount

from cinema.kit.clock import ManualClock
from cinema.sandbox.mailbox import Mailbox, MailboxSettings, build_mailbox

NOON = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
HTML = {"Accept": "text/html"}


def make_mail(
    *,
    to: str = "viewer@example.org",
    subject: str = "Your receipt",
    text: str | None = "Thank you.",
    html: str | None = None,
    attachment: tuple[str, bytes] | None = None,
    message_id: str | None = None,
) -> EmailMessage:
    mail = EmailMessage()
    mail["From"] = "Cinema <cinema@example.org>"
    mail["To"] = to
    mail["Subject"] = subject
    if message_id:
        mail["Message-ID"] = message_id
    if text is not None:
        mail.set_content(text)
    if html is not None:
        mail.add_alternative(html, subtype="html")
    if attachment is not None:
        name, content = attachment
        mail.add_attachment(content, maintype="application", subtype="pdf", filename=name)
    return mail


@asynccontextmanager
async def running(*, clock: ManualClock | None = None, **settings: Any) -> AsyncIterator[Mailbox]:
    mailbox = build_mailbox(settings=MailboxSettings(**settings), clock=clock or ManualClock(NOON))
    await mailbox.start()
    try:
        yield mailbox
    finally:
        await mailbox.aclose()


def browsing(mailbox: Mailbox) -> httpx2.AsyncClient:
    site = Starlette(routes=[Mount("/mail", mailbox.app)])
    return httpx2.AsyncClient(transport=httpx2.ASGITransport(app=site), base_url="http://localhost/mail")


async def send(mailbox: Mailbox, mail: EmailMessage | bytes, **options: Any) -> None:
    await aiosmtplib.send(mail, hostname="127.0.0.1", port=mailbox.smtp_port, start_tls=False, **options)


async def messages(browser: httpx2.AsyncClient, **params: str) -> list[dict[str, Any]]:
    answer = await browser.get("/messages", params=params)
    assert answer.status_code == 200, answer.text
    items: list[dict[str, Any]] = answer.json()["items"]
    return items
