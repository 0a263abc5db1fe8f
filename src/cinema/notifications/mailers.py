"""How a mail leaves: by SMTP, or into memory where nothing is to leave.

A mail is handed over at least once. When the mail server's answer is lost, or we stop
between its answer and our record of it, the mail is handed over again with the same
Message-ID, by which the receiving side can tell that it is the same one.
"""

import asyncio
from collections import deque
from contextlib import suppress
from email.header import Header
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import EmailPolicy
from email.utils import format_datetime
from typing import Protocol

import aiosmtplib

from cinema.kit.guard import forbid_transaction
from cinema.notifications.domain.mail import ADDRESS, Accepted, Answer, Deferred, Mail, Refused
from cinema.notifications.settings import NotificationsSettings, Security

FOR_GOOD_FROM = 500
"""Replies from here on are permanent (RFC 5321, 4.2.1)."""

START_TLS = {Security.WHERE_OFFERED: None, Security.STARTTLS: True, Security.TLS: False}

QUIT_S = 2


class Mailer(Protocol):
    """Hands mails over to whoever carries them on."""

    async def send(self, mail: Mail) -> Answer:
        """Hands one mail over. Trouble is an answer, not an exception. Never called inside a transaction."""
        ...


class SmtpMailer:
    """Hands mails to a mail server, one connection for each."""

    def __init__(self, *, settings: NotificationsSettings) -> None:
        self._server = settings.server
        self._name = settings.from_address.rpartition("@")[2]
        self._timeout_s = settings.timeout_s

    async def send(self, mail: Mail) -> Answer:
        forbid_transaction("sending a mail")
        try:
            message = composed(mail)
        except ValueError as error:
            return Refused(detail=f"the mail cannot be written: {error}")
        line = aiosmtplib.SMTP(
            hostname=self._server.host,
            port=self._server.port,
            username=self._server.username,
            password=self._server.password,
            local_hostname=self._name,
            use_tls=self._server.security is Security.TLS,
            start_tls=START_TLS[self._server.security],
            timeout=self._timeout_s,
        )
        try:
            return await self._hand_over(line, mail, message)
        finally:
            line.close()

    async def _hand_over(self, line: aiosmtplib.SMTP, mail: Mail, message: EmailMessage) -> Answer:
        try:
            async with asyncio.timeout(self._timeout_s):
                await line.connect()
                try:
                    _, said = await line.sendmail(
                        mail.sender_address,
                        [mail.to],
                        message.as_bytes(),
                        mail_options=[] if mail.to.isascii() else ["SMTPUTF8"],
                    )
                except (aiosmtplib.SMTPException, ValueError) as trouble:
                    return refusal(trouble)
        except (aiosmtplib.SMTPException, OSError, TimeoutError) as trouble:
            return Deferred(detail=f"{type(trouble).__name__}: {trouble}")
        with suppress(aiosmtplib.SMTPException, OSError, TimeoutError):  # the mail is theirs already
            await line.quit(timeout=QUIT_S)
        return Accepted(detail=said)


def refusal(trouble: aiosmtplib.SMTPException | ValueError) -> Answer:
    """What trouble after the greeting means for the mail.

    ::

        SMTPException
        ├── SMTPServerDisconnected      later
        ├── SMTPConnectError            later
        ├── SMTPTimeoutError            later
        │   ├── SMTPConnectTimeoutError
        │   └── SMTPReadTimeoutError
        ├── SMTPNotSupported            never: the address needs what the server has not (SMTPUTF8)
        ├── SMTPResponseException       later
        │   ├── SMTPConnectResponseError  later
        │   ├── SMTPHeloError           later
        │   ├── SMTPAuthenticationError later: an operator sets another password
        │   ├── SMTPSenderRefused       later: an operator sets another sender
        │   ├── SMTPRecipientRefused    never, with a 5xx reply
        │   └── SMTPDataError           never, with a 5xx reply
        └── SMTPRecipientsRefused       as the one refusal in it
    """
    said = f"{type(trouble).__name__}: {trouble}"
    match trouble:
        case aiosmtplib.SMTPRecipientsRefused(recipients=[one, *_]):
            return refusal(one)
        case aiosmtplib.SMTPRecipientRefused(code=code) | aiosmtplib.SMTPDataError(code=code):
            return Refused(detail=f"{code} {trouble.message}") if code >= FOR_GOOD_FROM else _later(code, trouble)
        case aiosmtplib.SMTPResponseException(code=code):
            return _later(code, trouble)
        case aiosmtplib.SMTPNotSupported() | ValueError():
            return Refused(detail=said)
        case _:
            return Deferred(detail=said)


def _later(code: int, trouble: aiosmtplib.SMTPResponseException) -> Deferred:
    return Deferred(detail=f"{code} {trouble.message}")


class MemoryMailer:
    """A mail server in memory, which keeps the last mails. Addresses can be refused or put off.

    ``lost_answers`` mails are kept, and the sender is told that the line broke.
    """

    def __init__(self, *, mails_max: int = 1_000) -> None:
        self.mails: deque[Mail] = deque(maxlen=mails_max)
        self.refused: set[str] = set()
        self.deferred: set[str] = set()
        self.lost_answers = 0

    async def send(self, mail: Mail) -> Answer:
        forbid_transaction("sending a mail")
        try:
            composed(mail)
        except ValueError as error:
            return Refused(detail=f"the mail cannot be written: {error}")
        if mail.to in self.refused:
            return Refused(detail=f"550 no such mailbox: {mail.to}")
        if mail.to in self.deferred:
            return Deferred(detail="451 try again later")
        self.mails.append(mail)
        if self.lost_answers:
            self.lost_answers -= 1
            return Deferred(detail="the connection was lost")
        return Accepted(detail="kept")


def composed(mail: Mail) -> EmailMessage:
    """The mail as it travels (RFC 5322, 2045, 3834): text and HTML of equal worth.

    Raises ValueError for an address or a header that could not be told from another.
    """
    policy = Folding(utf8=not mail.to.isascii())
    message = EmailMessage(policy=policy)
    message["From"] = Address(mail.sender_name, addr_spec=mail.sender_address)
    message["To"] = written(mail.to)
    message["Subject"] = mail.subject
    message["Date"] = format_datetime(mail.date)
    message["Message-ID"] = f"<{mail.message_id}>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(mail.text)
    message.add_alternative(mail.html, subtype="html")
    message["Content-Language"] = mail.language.value
    return message


class Folding(EmailPolicy):
    """Writes headers for SMTP. Long subjects are encoded as a whole.

    The standard library splits them into encoded words and forgets the space between two
    of them (python/cpython#92081, in Python 3.11).
    """

    linesep = "\r\n"

    def fold_binary(self, name: str, value: str) -> bytes:
        if self.utf8 or value.isascii() or name != "Subject":
            return super().fold_binary(name, value)
        encoded = Header(value, "utf-8", header_name=name).encode(linesep=self.linesep)
        return f"{name}: {encoded}{self.linesep}".encode("ascii")


def written(address: str) -> Address:
    """The address, if it is one that can be written down as one; else raises ValueError."""
    if not ADDRESS.fullmatch(address):
        raise ValueError("the address is no address")
    name, _, domain = address.rpartition("@")
    return Address(username=name, domain=domain)
