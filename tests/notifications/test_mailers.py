"""How a mail travels: over real SMTP to the sandbox's mailbox, and what each answer means."""

import asyncio
import base64
from collections.abc import AsyncIterator
from dataclasses import replace
from email import message_from_bytes, policy
from email.message import EmailMessage

import aiosmtplib
import pytest

from cinema.contracts.text import Language
from cinema.kit.clock import ManualClock
from cinema.kit.db import Database
from cinema.kit.guard import TransactionOpen, held
from cinema.notifications.domain.mail import DETAIL_MAX, Accepted, Answer, Deferred, Mail, Refused, without_addresses
from cinema.notifications.domain.message import masked
from cinema.notifications.mailers import Mailer, MemoryMailer, SmtpMailer, composed, refusal
from cinema.sandbox.mailbox import Mailbox
from cinema.sandbox.mailbox.letter import read
from notifications.facts import NOON, activated, make_contact
from notifications.office import make_settings, open_office
from sandbox.mailing import browsing, messages, running


def make_mail(*, to: str = "viewer@example.org", subject: str = "Оплата получена") -> Mail:
    return Mail(
        message_id="019bc0de-0000-7000-8000-000000000001@cinema.example.org",
        sender_name="Кино, и точка",
        sender_address="mail@cinema.example.org",
        to=to,
        subject=subject,
        text="Спасибо.\n",
        html="<p>Спасибо.</p>\n",
        language=Language.RU,
        date=NOON,
    )


def opened(mail: Mail) -> EmailMessage:
    return message_from_bytes(composed(mail).as_bytes(), policy=policy.default)


@pytest.fixture
async def mailbox() -> AsyncIterator[Mailbox]:
    async with running() as mailbox:
        yield mailbox


def smtp(mailbox: Mailbox) -> SmtpMailer:
    return SmtpMailer(settings=make_settings(url=mailbox.smtp_url, timeout_s=5))


async def test_a_message_reaches_a_real_mailbox(db: Database, clock: ManualClock, mailbox: Mailbox) -> None:
    office = await open_office(db, clock, mailer=smtp(mailbox))
    office.people.set(make_contact(language=Language.EN))
    await office.say(activated())
    await office.work()

    async with browsing(mailbox) as browser:
        [brief] = await messages(browser)
        whole = (await browser.get(f"/messages/{brief['id']}")).json()
    headers = dict(whole["headers"])
    [message] = await office.rows("SELECT id FROM notifications.messages")
    assert await office.standing() == [("subscription_activated", "sent")]
    assert brief["to"] == ["viewer@example.org"]
    assert brief["from"] == "mail@cinema.example.org"
    assert brief["subject"].replace("\N{NO-BREAK SPACE}", " ") == "Payment received: A month of films, RUB 399.00"
    assert headers["Message-ID"] == f"<{message['id']}@cinema.example.org>"
    assert headers["Date"] == "Thu, 15 Jan 2026 09:00:00 +0000"
    assert headers["Auto-Submitted"] == "auto-generated"
    assert headers["Content-Language"] == "en"
    assert headers["Content-Type"].startswith("multipart/alternative")
    assert "A month of films" in whole["text"]
    assert "A month of films" in whole["html"]


async def test_the_mailbox_recognises_a_mail_that_came_twice(mailbox: Mailbox) -> None:
    mailer = smtp(mailbox)
    async with browsing(mailbox) as browser:
        await browser.post("/control/faults", json={"drops": 1})
        lost = await mailer.send(make_mail())
        again = await mailer.send(make_mail())
        mails = await messages(browser)

    assert isinstance(lost, Deferred)
    assert isinstance(again, Accepted)
    assert {mail["message_id"] for mail in mails} == {"<019bc0de-0000-7000-8000-000000000001@cinema.example.org>"}


async def test_a_server_that_is_away_or_too_slow_puts_off(mailbox: Mailbox) -> None:
    away = await SmtpMailer(settings=make_settings(url="smtp://127.0.0.1:1")).send(make_mail())
    hasty = SmtpMailer(settings=make_settings(url=mailbox.smtp_url, timeout_s=1))
    async with browsing(mailbox) as browser:
        await browser.post("/control/faults", json={"delay_s": 3})
        slow = await hasty.send(make_mail())

    assert isinstance(away, Deferred)
    assert isinstance(slow, Deferred)


async def test_a_server_without_the_security_that_we_demand_gets_nothing(mailbox: Mailbox) -> None:
    url = mailbox.smtp_url.replace("smtp://", "smtp+starttls://")
    answer = await SmtpMailer(settings=make_settings(url=url, timeout_s=5)).send(make_mail())

    async with browsing(mailbox) as browser:
        mails = await messages(browser)
    assert isinstance(answer, Deferred)
    assert mails == []


async def guarded(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """A mail server's side of one talk; it wants user ``cinema`` with the password ``p:w`` (RFC 4954)."""
    is_known = False
    writer.write(b"220 mx.example.org\r\n")
    while line := (await reader.readline()).strip():
        match line.split():
            case [b"EHLO", _]:
                writer.write(b"250-mx.example.org\r\n250 AUTH PLAIN\r\n")
            case [b"AUTH", b"PLAIN", given]:
                is_known = base64.b64decode(given) == b"\0cinema\0p:w"
                writer.write(b"235 welcome\r\n" if is_known else b"535 5.7.8 wrong\r\n")
            case [b"DATA"]:
                writer.write(b"354 go on\r\n")
                await reader.readuntil(b"\r\n.\r\n")
                writer.write(b"250 taken\r\n")
            case _:
                writer.write(b"250 fine\r\n" if is_known else b"530 5.7.0 who are you\r\n")
    writer.close()
    await writer.wait_closed()


@pytest.mark.parametrize(
    ("user", "answer"),
    [
        ("", Deferred(detail="530 5.7.0 who are you")),
        ("cinema:wrong@", Deferred(detail="SMTPAuthenticationError: (535, '5.7.8 wrong')")),
        ("cinema:p%3Aw@", Accepted(detail="taken")),
    ],
)
async def test_a_server_that_asks_who_we_are_is_told(user: str, answer: Answer) -> None:
    over = asyncio.Event()

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await guarded(reader, writer)
        over.set()

    async with await asyncio.start_server(talk, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        mailer = SmtpMailer(settings=make_settings(url=f"smtp://{user}127.0.0.1:{port}", timeout_s=5))

        answered = await mailer.send(make_mail())
        await over.wait()

    assert answered == answer


# Each mailer keeps the same promises


@pytest.fixture(params=["smtp", "memory"])
async def mailers(request: pytest.FixtureRequest, mailbox: Mailbox) -> Mailer:
    """A mailer that refuses refused@example.org and puts deferred@example.org off."""
    if request.param == "memory":
        memory = MemoryMailer()
        memory.refused.add("refused@example.org")
        memory.deferred.add("deferred@example.org")
        return memory
    async with browsing(mailbox) as browser:
        await browser.post(
            "/control/faults", json={"refused": ["refused@example.org"], "deferred": ["deferred@example.org"]}
        )
    return smtp(mailbox)


@pytest.mark.parametrize(
    ("to", "answer"),
    [
        ("viewer@example.org", Accepted),
        ("refused@example.org", Refused),
        ("deferred@example.org", Deferred),
        ("зритель@example.org", Accepted),
        ("o'hara@example.org", Accepted),
        ("!#$%&'*+-/=?^_`{|}~.a@example.org", Accepted),
        ("no address", Refused),
        ("", Refused),
        ("viewer@example.org\r\nBcc: all@example.org", Refused),
        ("viewer@example.org, all@example.org", Refused),
        ("viewer@example.org> SIZE=1 <all@example.org", Refused),
    ],
)
async def test_a_mailer_answers(mailers: Mailer, to: str, answer: type) -> None:
    assert type(await mailers.send(make_mail(to=to))) is answer


async def test_a_mailer_is_not_called_inside_a_transaction(mailers: Mailer) -> None:
    with held("test"), pytest.raises(TransactionOpen):
        await mailers.send(make_mail())


# What travels


def test_a_mail_is_text_and_html_of_equal_worth() -> None:
    mail = opened(make_mail())

    assert mail["From"].addresses[0].display_name == "Кино, и точка"
    assert mail["From"].addresses[0].addr_spec == "mail@cinema.example.org"
    assert mail["Subject"] == "Оплата получена"
    assert [part.get_content_type() for part in mail.iter_parts()] == ["text/plain", "text/html"]
    assert [part.get_content().replace("\r\n", "\n") for part in mail.iter_parts()] == [
        "Спасибо.\n",
        "<p>Спасибо.</p>\n",
    ]


def test_a_header_cannot_grow_another_one() -> None:
    for text in ("Hello\r\nBcc: all@example.org", "Hello\nBcc: all@example.org", "Hello\rBcc: all@example.org"):
        with pytest.raises(ValueError, match="linefeed or carriage return"):
            composed(make_mail(subject=text))
        with pytest.raises(ValueError, match="CR or LF"):
            composed(replace(make_mail(), sender_name=text))


@pytest.mark.parametrize("length", range(1, 60, 7))
def test_a_long_subject_or_name_comes_out_whole(length: int) -> None:
    words = ("Очень длинное название " * 8)[:length].strip()
    subject = (f"{words}, 399,00 ₽ " * 3).strip()
    mail = replace(make_mail(subject=subject), sender_name=words)

    raw = composed(mail).as_bytes()
    assert max(len(line) for line in raw.splitlines()) < 100
    assert read(raw).subject == subject
    assert read(raw).header("from") == f"{words} <mail@cinema.example.org>"


def test_an_address_in_other_letters_travels_as_it_is() -> None:
    mail = make_mail(to="зритель@example.org")

    assert "To: зритель@example.org\r\n".encode() in composed(mail).as_bytes()
    assert "Subject: Оплата получена\r\n".encode() in composed(mail).as_bytes()


# What answers mean

NEVER = {aiosmtplib.SMTPRecipientRefused, aiosmtplib.SMTPDataError}
TROUBLE: dict[type[aiosmtplib.SMTPException], aiosmtplib.SMTPException] = {
    type(one): one
    for one in (
        aiosmtplib.SMTPServerDisconnected("gone"),
        aiosmtplib.SMTPConnectError("away"),
        aiosmtplib.SMTPTimeoutError("slow"),
        aiosmtplib.SMTPConnectTimeoutError("slow"),
        aiosmtplib.SMTPReadTimeoutError("slow"),
        aiosmtplib.SMTPNotSupported("no SMTPUTF8"),
        aiosmtplib.SMTPResponseException(554, "no"),
        aiosmtplib.SMTPConnectResponseError(554, "no"),
        aiosmtplib.SMTPHeloError(554, "no"),
        aiosmtplib.SMTPAuthenticationError(535, "no"),
        aiosmtplib.SMTPSenderRefused(550, "no", "mail@cinema.example.org"),
        aiosmtplib.SMTPRecipientRefused(550, "no", "viewer@example.org"),
        aiosmtplib.SMTPDataError(554, "no"),
        aiosmtplib.SMTPRecipientsRefused([aiosmtplib.SMTPRecipientRefused(550, "no", "viewer@example.org")]),
    )
}


def every(kind: type[aiosmtplib.SMTPException]) -> set[type[aiosmtplib.SMTPException]]:
    return {kind}.union(*(every(child) for child in kind.__subclasses__()))


def test_every_trouble_of_the_library_below_is_known() -> None:
    drawn = set(every(aiosmtplib.SMTPException)) - {aiosmtplib.SMTPException}

    assert drawn == set(TROUBLE)
    assert [kind.__name__ for kind in drawn if kind.__name__ not in (refusal.__doc__ or "")] == []


def test_only_a_refusal_of_this_mail_is_for_good() -> None:
    refused = {kind for kind, trouble in TROUBLE.items() if isinstance(refusal(trouble), Refused)}

    assert refused == NEVER | {aiosmtplib.SMTPRecipientsRefused, aiosmtplib.SMTPNotSupported}


def test_a_temporary_refusal_puts_off() -> None:
    busy = aiosmtplib.SMTPRecipientRefused(451, "busy", "viewer@example.org")

    assert refusal(busy) == Deferred(detail="451 busy")
    assert refusal(aiosmtplib.SMTPDataError(452, "full")) == Deferred(detail="452 full")
    assert refusal(aiosmtplib.SMTPRecipientsRefused([busy])) == Deferred(detail="451 busy")


def test_what_a_server_says_is_kept_without_addresses() -> None:
    said = "550 5.1.1 <viewer.name@example.org>:\r\nno such user (viewer.name@example.org)" + "x" * 1_000

    kept = without_addresses(said)

    assert kept.startswith("550 5.1.1 <v***@example.org>: no such user (v***@example.org)xxx")
    assert len(kept) == DETAIL_MAX
    assert masked("viewer") == "***"
