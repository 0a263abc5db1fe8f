import asyncio
import socket
from collections.abc import AsyncIterator
from pathlib import Path

import aiosmtplib
import httpx2
import pytest
import uvloop

from cinema.kit.clock import ManualClock
from cinema.kit.errors import Unavailable
from cinema.sandbox.mailbox import Mailbox, MailboxSettings, build_mailbox
from cinema.sandbox.mailbox.api import BODY_BYTES_MAX
from sandbox.mailing import NOON, browsing, make_mail, messages, running, send


@pytest.fixture
async def clock() -> ManualClock:
    return ManualClock(NOON)


@pytest.fixture
async def mailbox(clock: ManualClock) -> AsyncIterator[Mailbox]:
    async with running(clock=clock) as mailbox:
        yield mailbox


@pytest.fixture
async def browser(mailbox: Mailbox) -> AsyncIterator[httpx2.AsyncClient]:
    async with browsing(mailbox) as client:
        yield client


# Limits


async def test_a_mail_above_the_size_limit_is_refused_for_good(clock: ManualClock) -> None:
    async with running(clock=clock, mail_bytes_max=2_000) as mailbox, browsing(mailbox) as browser:
        await send(mailbox, make_mail(text="x" * 60))
        with pytest.raises(aiosmtplib.SMTPResponseException) as refused:
            await send(mailbox, make_mail(text="long line of text\n" * 200))

        assert refused.value.code == 552
        assert len(await messages(browser)) == 1


async def test_the_oldest_mail_makes_room_for_the_newest(clock: ManualClock) -> None:
    async with running(clock=clock, mails_max=3) as mailbox, browsing(mailbox) as browser:
        for number in range(5):
            await send(mailbox, make_mail(subject=f"mail {number}"))

        assert [mail["subject"] for mail in await messages(browser)] == ["mail 4", "mail 3", "mail 2"]


async def test_recipients_above_the_limit_are_told_to_come_later(clock: ManualClock) -> None:
    async with running(clock=clock, recipients_max=2) as mailbox, browsing(mailbox) as browser:
        recipients = [f"viewer{number}@example.org" for number in range(3)]
        async with aiosmtplib.SMTP(hostname="127.0.0.1", port=mailbox.smtp_port, start_tls=False) as sender:
            errors, _ = await sender.send_message(make_mail(), recipients=recipients)

        [mail] = await messages(browser)
        assert {address: answer.code for address, answer in errors.items()} == {recipients[2]: 452}
        assert mail["to"] == recipients[:2]


async def test_a_connection_above_the_limit_is_told_to_come_later(clock: ManualClock) -> None:
    async with running(clock=clock, connections_max=1) as mailbox:
        async with aiosmtplib.SMTP(hostname="127.0.0.1", port=mailbox.smtp_port, start_tls=False):
            with pytest.raises(aiosmtplib.SMTPConnectResponseError) as refused:
                await send(mailbox, make_mail())

        assert refused.value.code == 421


async def test_an_idle_connection_is_ended(clock: ManualClock) -> None:
    async with running(clock=clock, idle_s_max=1) as mailbox:
        reader, writer = await asyncio.open_connection("127.0.0.1", mailbox.smtp_port)

        greeting = await reader.readline()
        rest = await asyncio.wait_for(reader.read(), timeout=5)

        writer.close()
        assert greeting.startswith(b"220 ")
        assert rest == b""


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.1.4", "example.org"])  # noqa: S104 (the point is to refuse it)
def test_the_mailbox_refuses_to_listen_to_a_network(host: str) -> None:
    with pytest.raises(ValueError, match=host.replace(".", r"\.")):
        MailboxSettings(host=host)


@pytest.mark.parametrize("name", ["mail_bytes_max", "mails_max", "recipients_max", "connections_max", "idle_s_max"])
def test_a_limit_of_nothing_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="at least 1"):
        MailboxSettings(**{name: 0})  # type: ignore[arg-type]  # the name is a parameter


@pytest.mark.parametrize("port", [-1, 65_536])
def test_a_port_that_is_none_is_refused(port: int) -> None:
    with pytest.raises(ValueError, match="is no port"):
        MailboxSettings(smtp_port=port)


# Lifetime


async def test_a_taken_port_is_named_in_the_refusal(clock: ManualClock) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        mailbox = build_mailbox(settings=MailboxSettings(smtp_port=port), clock=clock)

        with pytest.raises(Unavailable, match=f"127.0.0.1:{port}"):
            await mailbox.start()

        await mailbox.aclose()


async def test_a_restart_keeps_the_mails_of_a_file(clock: ManualClock, tmp_path: Path) -> None:
    path = tmp_path / "sandbox" / "mails.sqlite"
    async with running(clock=clock, path=path) as mailbox:
        await send(mailbox, make_mail(subject="Before"))

    async with running(clock=clock, path=path) as mailbox, browsing(mailbox) as browser:
        await send(mailbox, make_mail(subject="After"))
        listed = await messages(browser)

    assert [mail["subject"] for mail in listed] == ["After", "Before"]


async def test_without_a_file_a_restart_begins_empty(clock: ManualClock) -> None:
    async with running(clock=clock) as mailbox:
        await send(mailbox, make_mail())

    async with running(clock=clock) as mailbox, browsing(mailbox) as browser:
        assert await messages(browser) == []


async def test_closing_ends_open_connections_and_frees_the_port(clock: ManualClock) -> None:
    mailbox = build_mailbox(settings=MailboxSettings(), clock=clock)
    await mailbox.start()
    port = mailbox.smtp_port
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    await reader.readline()

    await mailbox.aclose()

    assert await reader.read() == b""
    with pytest.raises(ConnectionRefusedError):
        await asyncio.open_connection("127.0.0.1", port)
    writer.close()


def test_the_mailbox_runs_in_the_loop_that_the_server_uses() -> None:
    async def receive() -> int:
        async with running() as mailbox, browsing(mailbox) as browser:
            await browser.post("/control/faults", json={"drops": 1})
            with pytest.raises(aiosmtplib.SMTPException):
                await send(mailbox, make_mail())
            await send(mailbox, make_mail())
            return len(await messages(browser))

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        assert runner.run(receive()) == 2


async def test_the_address_for_senders_names_the_port(mailbox: Mailbox) -> None:
    assert mailbox.smtp_url == f"smtp://127.0.0.1:{mailbox.smtp_port}"


# Faults


@pytest.mark.parametrize("pattern", ["viewer@example.org", "VIEWER@example.org", "@example.org", "*"])
@pytest.mark.parametrize(("switch", "code"), [("refused", 550), ("deferred", 451)])
async def test_a_recipient_is_turned_away_while_the_switch_is_on(
    mailbox: Mailbox, browser: httpx2.AsyncClient, pattern: str, switch: str, code: int
) -> None:
    await browser.post("/control/faults", json={switch: [pattern]})
    with pytest.raises(aiosmtplib.SMTPRecipientsRefused) as turned_away:
        await send(mailbox, make_mail())
    kept_meanwhile = len(await messages(browser))

    await browser.post("/control/faults", json={})
    await send(mailbox, make_mail())

    assert [answer.code for answer in turned_away.value.recipients] == [code]
    assert kept_meanwhile == 0
    assert len(await messages(browser)) == 1


async def test_only_the_named_recipients_are_turned_away(mailbox: Mailbox, browser: httpx2.AsyncClient) -> None:
    await browser.post("/control/faults", json={"refused": ["other@example.org", "@example.com", "example.org"]})

    await send(mailbox, make_mail())

    assert len(await messages(browser)) == 1


async def test_a_dropped_connection_leaves_the_mail_behind(mailbox: Mailbox, browser: httpx2.AsyncClient) -> None:
    mail = make_mail(message_id="<again@example.org>")
    await browser.post("/control/faults", json={"drops": 1})
    with pytest.raises(aiosmtplib.SMTPException):
        await send(mailbox, mail)

    await send(mailbox, mail)

    assert [mail["copies"] for mail in await messages(browser)] == [2, 2]
    assert (await browser.get("/control/faults")).json()["drops"] == 0


async def test_a_sender_that_does_not_wait_for_a_slow_answer_has_sent_all_the_same(
    mailbox: Mailbox, browser: httpx2.AsyncClient
) -> None:
    await browser.post("/control/faults", json={"delay_s": 30})

    with pytest.raises(aiosmtplib.SMTPReadTimeoutError):
        await send(mailbox, make_mail(), timeout=0.3)

    assert len(await messages(browser)) == 1


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"no json",
        b'{"delay_s": -1}',
        b'{"delay_s": 61}',
        b'{"delay_s": NaN}',
        b'{"drops": -1}',
        b'{"drops": 1001}',
        b'{"drops": true}',
        b'{"refused": "all"}',
        b'{"refused": [""]}',
        b'{"deferred": [' + b'"a@b",' * 100 + b'"a@b"]}',
        b'{"unknown": 1}',
        b'{"drops": 2' + b" " * BODY_BYTES_MAX + b"}",
    ],
)
async def test_switches_that_cannot_be_are_refused_and_change_nothing(browser: httpx2.AsyncClient, body: bytes) -> None:
    await browser.post("/control/faults", json={"drops": 7})

    answer = await browser.post("/control/faults", content=body)

    assert (answer.status_code, answer.json()["code"]) == (422, "invalid")
    assert (await browser.get("/control/faults")).json() == {"refused": [], "deferred": [], "delay_s": 0, "drops": 7}
