import asyncio
import re
import sqlite3
from collections.abc import AsyncIterator
from datetime import timedelta
from email.header import Header
from pathlib import Path

import httpx2
import pytest

from cinema.kit.clock import ManualClock
from cinema.sandbox.mailbox import Mailbox
from cinema.sandbox.mailbox.words import WORDS, language
from sandbox.mailing import HTML, NOON, browsing, make_mail, messages, running, send


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


# Receiving


async def test_a_sent_mail_is_kept_with_its_envelope_and_the_time_of_the_clock(
    mailbox: Mailbox, browser: httpx2.AsyncClient
) -> None:
    await send(mailbox, make_mail(message_id="<one@example.org>"), recipients=["Viewer@example.org", "bcc@example.org"])

    [mail] = await messages(browser)
    assert mail["from"] == "cinema@example.org"
    assert mail["to"] == ["Viewer@example.org", "bcc@example.org"]
    assert mail["subject"] == "Your receipt"
    assert mail["message_id"] == "<one@example.org>"
    assert mail["received_at"] == NOON.isoformat()
    assert mail["copies"] == 1


async def test_a_russian_mail_is_shown_in_russian(mailbox: Mailbox, browser: httpx2.AsyncClient) -> None:
    subject = "Подписка оплачена: 399 ₽ за месяц, спасибо, что вы с нами, и приятного просмотра"
    mail = make_mail(text="Здравствуйте!", html="<p>Привет</p>", attachment=("Чек № 7.pdf", b"%PDF"))

    raw = mail.as_bytes().replace(b"Your receipt", Header(subject, "utf-8").encode().encode())

    await send(mailbox, raw, sender="cinema@example.org", recipients=["viewer@example.org"])

    [brief] = await messages(browser)
    whole = (await browser.get(f"/messages/{brief['id']}")).json()
    assert raw.count(b"=?utf-8?") > 2
    assert brief["subject"] == subject
    assert whole["text"].strip() == "Здравствуйте!"
    assert whole["html"].strip() == "<p>Привет</p>"
    assert whole["attachments"] == [{"name": "Чек № 7.pdf", "type": "application/pdf", "size_bytes": 4}]
    assert ["To", "viewer@example.org"] in whole["headers"]


@pytest.mark.parametrize(
    ("header", "shown"),
    [
        (b"=?koi8-r?B?8NLJ18XU?=", "Привет"),
        (b"=?utf-8?Q?=D0=9F?= =?utf-8?Q?=D1=80?=", "Пр"),
        (b"Re: =?utf-8?Q?=D0=9F?= ok", "Re: П ok"),
        ("Прямо".encode(), "Прямо"),
        (b"=?no-such-charset?Q?abc?=", "abc"),
        (b"=?utf-8?B?A?=", "=?utf-8?B?A?="),
        (b"caf\xe9", "caf\ufffd"),
        (b"folded\r\n over two lines", "folded over two lines"),
    ],
)
async def test_a_header_is_decoded_as_far_as_it_can_be(
    mailbox: Mailbox, browser: httpx2.AsyncClient, header: bytes, shown: str
) -> None:
    raw = b"Subject: " + header + b"\r\n\r\ntext\r\n"

    await send(mailbox, raw, sender="cinema@example.org", recipients=["viewer@example.org"])

    [mail] = await messages(browser)
    assert mail["subject"] == shown


async def test_text_in_an_unknown_charset_is_still_shown(mailbox: Mailbox, browser: httpx2.AsyncClient) -> None:
    raw = b"Subject: odd\r\nContent-Type: text/plain; charset=no-such\r\n\r\nplain\r\n"

    await send(mailbox, raw, sender="cinema@example.org", recipients=["viewer@example.org"])

    [brief] = await messages(browser)
    assert (await browser.get(f"/messages/{brief['id']}")).json()["text"] == "plain\r\n"


async def test_a_forwarded_mail_is_an_attachment(mailbox: Mailbox, browser: httpx2.AsyncClient) -> None:
    outer = make_mail(subject="Outer", text="See below.")
    outer.add_attachment(make_mail(subject="Inner", text="The inner text."))

    await send(mailbox, outer)

    [brief] = await messages(browser)
    whole = (await browser.get(f"/messages/{brief['id']}")).json()
    assert whole["text"].strip() == "See below."
    assert [part["type"] for part in whole["attachments"]] == ["message/rfc822"]


async def test_the_same_message_twice_is_kept_twice_and_shown_so(mailbox: Mailbox, browser: httpx2.AsyncClient) -> None:
    mail = make_mail(message_id="<twin@example.org>")

    await send(mailbox, mail)
    await send(mailbox, mail)
    await send(mailbox, make_mail(message_id="<other@example.org>"))

    listed = await messages(browser)
    page = (await browser.get("/", headers=HTML)).text
    assert [mail["copies"] for mail in listed] == [1, 2, 2]
    assert page.count("×2") == 2


async def test_mails_without_a_message_id_are_no_copies_of_each_other(
    mailbox: Mailbox, browser: httpx2.AsyncClient
) -> None:
    for _ in range(2):
        await send(mailbox, b"Subject: x\r\n\r\ny\r\n", sender="a@example.org", recipients=["b@example.org"])

    assert [mail["copies"] for mail in await messages(browser)] == [1, 1]


# The API


async def test_mails_are_found_by_recipient_in_any_case(mailbox: Mailbox, browser: httpx2.AsyncClient) -> None:
    await send(mailbox, make_mail(to="one@example.org", subject="first"))
    await send(mailbox, make_mail(to="two@example.org", subject="second"))

    found = await messages(browser, to="ONE@Example.org")

    assert [mail["subject"] for mail in found] == ["first"]


async def test_since_is_inclusive(mailbox: Mailbox, browser: httpx2.AsyncClient, clock: ManualClock) -> None:
    for number in range(3):
        await send(mailbox, make_mail(subject=f"minute {number}"))
        clock.advance(timedelta(minutes=1))

    found = await messages(browser, since="2026-11-21T14:01:00+02:00")

    assert [mail["subject"] for mail in found] == ["minute 2", "minute 1"]


async def test_pages_join_without_a_gap_while_mails_arrive(mailbox: Mailbox, browser: httpx2.AsyncClient) -> None:
    for number in range(3):
        await send(mailbox, make_mail(subject=f"mail {number}"))

    first = (await browser.get("/messages", params={"limit": "2"})).json()
    await send(mailbox, make_mail(subject="late"))
    second = (await browser.get("/messages", params={"limit": "2", "cursor": first["next_cursor"]})).json()

    assert [mail["subject"] for mail in first["items"]] == ["mail 2", "mail 1"]
    assert [mail["subject"] for mail in second["items"]] == ["mail 0"]
    assert second["next_cursor"] is None


@pytest.mark.parametrize(
    "params",
    [
        {"since": "yesterday"},
        {"since": "2026-11-21T12:00:00"},
        {"limit": "0"},
        {"limit": "201"},
        {"cursor": "last"},
        {"to": "x" * 321},
        {"sort": "subject"},
    ],
)
async def test_a_list_that_cannot_be_is_refused(browser: httpx2.AsyncClient, params: dict[str, str]) -> None:
    answer = await browser.get("/messages", params=params)

    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["code"] == "invalid"
    assert next(iter(params)) in answer.json()["detail"]


async def test_an_unknown_mail_is_a_problem_for_programs_and_a_page_for_people(browser: httpx2.AsyncClient) -> None:
    unknown = "01939f00-0000-7000-8000-000000000000"

    as_json = await browser.get(f"/messages/{unknown}")
    as_page = await browser.get(f"/mails/{unknown}", headers=HTML | {"Accept-Language": "ru"})

    assert (as_json.status_code, as_json.json()["code"]) == (404, "mail-missing")
    assert as_page.status_code == 404
    assert WORDS["ru"]["missing"] in as_page.text


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [("GET", "/nothing", 404, "not-found"), ("PUT", "/messages", 405, "method-not-allowed")],
)
async def test_what_is_not_there_is_a_problem(
    browser: httpx2.AsyncClient, method: str, path: str, status: int, code: str
) -> None:
    answer = await browser.request(method, path)

    assert (answer.status_code, answer.json()["code"]) == (status, code)


async def test_deleting_empties_the_mailbox(mailbox: Mailbox, browser: httpx2.AsyncClient) -> None:
    await send(mailbox, make_mail())
    await send(mailbox, make_mail())

    answer = await browser.delete("/messages")

    assert answer.json() == {"deleted": 2}
    assert await messages(browser) == []


@pytest.mark.parametrize(("method", "path"), [("DELETE", "/messages"), ("POST", "/clearance")])
async def test_another_sites_page_cannot_empty_the_mailbox(
    mailbox: Mailbox, browser: httpx2.AsyncClient, method: str, path: str
) -> None:
    await send(mailbox, make_mail())

    answer = await browser.request(method, path, headers={"Origin": "http://elsewhere.example"})

    assert (answer.status_code, answer.json()["code"]) == (403, "foreign-origin")
    assert len(await messages(browser)) == 1


# The pages


async def test_the_list_shows_recipient_subject_and_time(mailbox: Mailbox, browser: httpx2.AsyncClient) -> None:
    await send(mailbox, make_mail(subject="Welcome"))
    [mail] = await messages(browser)

    page = (await browser.get("/", headers=HTML)).text

    assert "viewer@example.org" in page
    assert "Welcome" in page
    assert "21 Nov 2026, 12:00:00 UTC" in page
    assert f'href="/mail/mails/{mail["id"]}"' in page


async def test_every_link_of_the_pages_leads_somewhere(mailbox: Mailbox, browser: httpx2.AsyncClient) -> None:
    await send(mailbox, make_mail(html="<p>Hi</p>", attachment=("a.pdf", b"%PDF")))
    [mail] = await messages(browser)
    followed = {}

    for path in ("/", f"/mails/{mail['id']}"):
        page = (await browser.get(path, headers=HTML)).text
        targets = {piece.split('"')[0] for mark in ('href="/', 'src="/') for piece in page.split(mark)[1:]}
        for target in targets:
            followed["/" + target] = (await browser.get(f"http://localhost/{target}")).status_code

    assert len(followed) == 6
    assert set(followed.values()) == {200}


async def test_what_a_mail_says_is_escaped(mailbox: Mailbox, browser: httpx2.AsyncClient) -> None:
    evil = '<script>alert(1)</script>"><img src=x onerror=alert(2)>'
    await send(mailbox, make_mail(subject=evil, text=evil, attachment=(evil, b"%PDF")))
    [mail] = await messages(browser)

    for path in ("/", f"/mails/{mail['id']}", f"/?to={evil}"):
        page = (await browser.get(path, headers=HTML)).text

        assert "<script" not in page
        assert "<img" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in (await browser.get(f"/mails/{mail['id']}")).text


async def test_the_html_of_a_mail_is_shut_in(mailbox: Mailbox, browser: httpx2.AsyncClient) -> None:
    html = (
        '<html><head><title>x</title></head><body><a href="https://example.org/">Go</a><script>1</script></body></html>'
    )
    await send(mailbox, make_mail(html=html))
    [mail] = await messages(browser)

    page = await browser.get(f"/mails/{mail['id']}", headers=HTML)
    framed = await browser.get(f"/mails/{mail['id']}/html")

    assert 'sandbox="allow-popups allow-popups-to-escape-sandbox"' in page.text
    assert "<script>" not in page.text
    assert framed.headers["content-security-policy"].startswith("sandbox allow-popups")
    assert "script-src" not in framed.headers["content-security-policy"]
    assert "default-src 'none'" in framed.headers["content-security-policy"]
    assert '<head><base target="_blank"><title>' in framed.text


async def test_an_image_that_comes_with_the_mail_is_shown(mailbox: Mailbox, browser: httpx2.AsyncClient) -> None:
    raw = (
        b"Subject: x\r\nMIME-Version: 1.0\r\nContent-Type: multipart/related; boundary=b\r\n\r\n"
        b'--b\r\nContent-Type: text/html\r\n\r\n<img src="cid:logo@x"><img src="cid:none">\r\n'
        b"--b\r\nContent-Type: image/png\r\nContent-ID: <logo@x>\r\n"
        b"Content-Transfer-Encoding: base64\r\n\r\nQUJD\r\n--b--\r\n"
    )
    await send(mailbox, raw, sender="a@example.org", recipients=["b@example.org"])
    [mail] = await messages(browser)

    framed = (await browser.get(f"/mails/{mail['id']}/html")).text

    assert 'src="data:image/png;base64,QUJD"' in framed
    assert 'src="cid:none"' in framed


async def test_the_source_and_attachments_come_as_they_were_sent(mailbox: Mailbox, browser: httpx2.AsyncClient) -> None:
    await send(mailbox, make_mail(attachment=("чек.pdf", b"%PDF\x00\xff")))
    [mail] = await messages(browser)

    source = await browser.get(f"/mails/{mail['id']}/source")
    attachment = await browser.get(f"/mails/{mail['id']}/attachments/1")
    missing = await browser.get(f"/mails/{mail['id']}/attachments/2")

    assert source.headers["content-type"].startswith("text/plain")
    assert "Subject: Your receipt\r\n" in source.text
    assert len(source.content) == mail["size_bytes"]
    assert attachment.content == b"%PDF\x00\xff"
    assert attachment.headers["content-disposition"] == "attachment; filename*=UTF-8''%D1%87%D0%B5%D0%BA.pdf"
    assert missing.status_code == 404


@pytest.mark.parametrize(
    ("accepted", "expected"),
    [
        ("", "en"),
        ("ru", "ru"),
        ("ru-RU,ru;q=0.9,en;q=0.8", "ru"),
        ("en-GB,en;q=0.9,ru;q=0.5", "en"),
        ("de,ru;q=0.3", "ru"),
        ("en;q=0.1, ru;q=0.2", "ru"),
        ("en;q=x, ru;q=0", "en"),
        ("de", "en"),
    ],
)
def test_the_language_is_the_one_that_the_reader_likes_best(accepted: str, expected: str) -> None:
    assert language(accepted) == expected


async def test_the_page_speaks_russian_to_russian_readers(mailbox: Mailbox, browser: httpx2.AsyncClient) -> None:
    await send(mailbox, make_mail())

    answer = await browser.get("/", headers=HTML | {"Accept-Language": "ru"})

    assert '<html lang="ru">' in answer.text
    assert "Почтовый ящик" in answer.text
    assert "21 нояб. 2026, 12:00:00 UTC" in answer.text
    assert answer.headers["vary"] == "Accept-Language"


def test_both_languages_have_the_same_words() -> None:
    assert WORDS["ru"].keys() == WORDS["en"].keys()


def test_no_word_hides_behind_a_method_of_its_mapping() -> None:
    assert [word for word in WORDS["en"] if hasattr({}, word)] == []


async def test_the_button_empties_the_mailbox_and_returns_to_the_list(
    mailbox: Mailbox, browser: httpx2.AsyncClient
) -> None:
    await send(mailbox, make_mail())

    answer = await browser.post("/clearance", headers=HTML | {"Origin": "http://localhost"})

    assert (answer.status_code, answer.headers["location"]) == (303, "/mail/")
    assert await messages(browser) == []


async def test_the_page_leads_to_older_mails_and_keeps_the_filter(
    mailbox: Mailbox, browser: httpx2.AsyncClient
) -> None:
    for number in range(3):
        await send(mailbox, make_mail(to="a+b@example.org", subject=f"mail {number}"))

    first = (await browser.get("/?to=a%2Bb@example.org&limit=2", headers=HTML)).text
    older = first.split('href="/mail/?to=')[1].split('"')[0].replace("&amp;", "&")
    second = (await browser.get(f"/?to={older}", headers=HTML)).text

    assert "mail 2" in first
    assert "mail 0" not in first
    assert "mail 0" in second
    assert "mail 2" not in second


@pytest.mark.parametrize("path", ["/", "/messages", "/style.css", "/nothing"])
async def test_every_answer_has_a_strict_policy(browser: httpx2.AsyncClient, path: str) -> None:
    answer = await browser.get(path)

    policy = answer.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'")
    assert "unsafe" not in policy
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["cache-control"] == "no-store"


def test_the_store_is_closed_with_the_mailbox(tmp_path: Path) -> None:
    path = tmp_path / "mails.sqlite"

    async def live() -> None:
        async with running(path=path):
            pass

    asyncio.run(live())

    with sqlite3.connect(path) as connection:
        assert connection.execute("PRAGMA journal_mode = DELETE").fetchone() == ("delete",)
    connection.close()


async def test_one_reader_s_list_counts_their_mails_and_offers_to_delete_nobody_else_s(
    mailbox: Mailbox, browser: httpx2.AsyncClient
) -> None:
    for to in ("anna@example.org", "boris@example.org", "Anna@example.org"):
        await send(mailbox, make_mail(to=to), recipients=[to])

    every = (await browser.get("/", headers=HTML)).text
    anna = (await browser.get("/?to=anna@example.org", headers=HTML)).text

    assert re.findall(r'<p class="count">(.*?)</p>', every) == ["Mails: 3"]
    assert re.findall(r'<p class="count">(.*?)</p>', anna) == ["Mails: 2"]
    assert ['/clearance"' in page for page in (every, anna)] == [True, False]
    assert re.findall(r"<h1.*?>(.*?)</h1>", every) == ["Mailbox"]
