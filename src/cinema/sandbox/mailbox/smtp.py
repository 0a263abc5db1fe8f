"""The SMTP side: takes every mail that keeps the limits, unless a fault switch says otherwise (RFC 5321)."""

import asyncio
from typing import cast

from aiosmtpd.smtp import SMTP, Envelope, Session

from cinema.kit.clock import Clock
from cinema.kit.errors import Unavailable
from cinema.kit.ids import uuid7
from cinema.sandbox.mailbox.faults import Switches, is_meant
from cinema.sandbox.mailbox.letter import read
from cinema.sandbox.mailbox.settings import MailboxSettings
from cinema.sandbox.mailbox.store import MailStore

IDENT = "cinema mailbox"


class Postman:
    """Decides about recipients and keeps the mails. The method names are aiosmtpd's."""

    def __init__(self, *, store: MailStore, switches: Switches, clock: Clock, recipients_max: int) -> None:
        self._store = store
        self._switches = switches
        self._clock = clock
        self._recipients_max = recipients_max

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        del server, session
        if is_meant(address, self._switches.faults.refused):
            return "550 5.1.1 No such mailbox here"
        if is_meant(address, self._switches.faults.deferred):
            return "451 4.3.0 Mailbox busy, try again later"
        if len(envelope.rcpt_tos) >= self._recipients_max:
            return "452 4.5.3 Too many recipients"
        envelope.rcpt_tos.append(address)
        envelope.rcpt_options.extend(options)
        return "250 2.1.5 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        del session
        raw = bytes(envelope.original_content or b"")
        letter = read(raw)
        now = self._clock.now()
        mail_id = uuid7(now)
        self._store.keep(
            id=mail_id,
            received_at=now,
            sender=envelope.mail_from or "",
            recipients=envelope.rcpt_tos,
            subject=letter.subject,
            message_id=letter.message_id,
            raw=raw,
        )
        if self._switches.faults.delay_s:
            await asyncio.sleep(self._switches.faults.delay_s)
        if self._switches.take_drop():
            hang_up(server)
        return f"250 2.0.0 Kept as {mail_id}"


class Line(SMTP):
    """One connection, which can be waited for."""

    def __init__(self, postman: Postman, *, settings: MailboxSettings) -> None:
        super().__init__(
            postman,
            data_size_limit=settings.mail_bytes_max,
            enable_SMTPUTF8=True,
            hostname="localhost",
            ident=IDENT,
            timeout=settings.idle_s_max,
        )
        self.ended = asyncio.Event()

    def connection_lost(self, error: Exception | None) -> None:
        super().connection_lost(error)
        self.ended.set()


def hang_up(line: SMTP) -> None:
    """Drops a connection at once, without a word."""
    if line.transport is not None:
        cast("asyncio.WriteTransport", line.transport).abort()


class Busy(asyncio.Protocol):
    """Answers a connection above the limit (RFC 5321, 3.1)."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        writing = cast("asyncio.WriteTransport", transport)
        writing.write(b"421 4.3.2 Too many connections\r\n")
        writing.close()


class Exchange:
    """The listening socket and its connections, in the running loop."""

    def __init__(self, *, postman: Postman, settings: MailboxSettings) -> None:
        self._postman = postman
        self._settings = settings
        self._lines: list[Line] = []
        self._server: asyncio.Server | None = None

    async def start(self) -> None:
        """Listens. Raises `Unavailable` when the port is taken or not allowed."""
        loop = asyncio.get_running_loop()
        host, port = self._settings.host, self._settings.smtp_port
        try:
            self._server = await loop.create_server(self._answer, host, port)
        except OSError as error:
            msg = f"The mailbox cannot listen on {host}:{port}: {error.strerror}."
            raise Unavailable(msg) from error

    async def aclose(self) -> None:
        """Stops listening and ends what is still connected."""
        if self._server is None:
            return
        self._server.close()
        await asyncio.sleep(0)  # a connection that was just accepted gets its transport now
        for line in self._lines:
            hang_up(line)
        for line in self._lines:
            await line.ended.wait()
        await self._server.wait_closed()
        self._server = None

    @property
    def port(self) -> int:
        """The port that it listens on, also when the system chose it."""
        if self._server is None:
            msg = "the mailbox has not been started"
            raise RuntimeError(msg)
        return int(self._server.sockets[0].getsockname()[1])

    def _answer(self) -> asyncio.BaseProtocol:
        self._lines = [line for line in self._lines if not line.ended.is_set()]
        if len(self._lines) >= self._settings.connections_max:
            return Busy()
        line = Line(self._postman, settings=self._settings)
        self._lines.append(line)
        return line
