"""Every page of the site that links lead to: its headers, its cookies, and nothing in it that a policy forbids."""

import re
from collections.abc import Mapping
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from catalog.making import film_row, person_row, write_folder
from cinema.kit.auth import COOKIE
from cinema.kit.clock import ManualClock
from cinema.kit.db import Database
from cinema.notifications.mailers import MemoryMailer
from cinema.payments.providers.fake import FakeProvider
from scenarios.house import PASSWORD, URL, House
from web.crawling import Answered, Crawl, cookies_of

SECURE = URL.replace("http:", "https:")
FILMS = 38
"""More than a page of a list holds."""

SOLD = {1, 2}
BEGUN_S, LASTS_S = 2_000, 5_400

STRICT = {
    "default-src": "'none'",
    "base-uri": "'none'",
    "font-src": "'self'",
    "frame-ancestors": "'none'",
    "img-src": "'self' data:",
    "media-src": "'self' blob:",
    "script-src": "'self'",
    "style-src": "'self'",
    "worker-src": "'self'",
}
"""The most that a page's policy may allow."""

SENT_ON = re.compile(r"'none'|'self'( https: http://127\.0\.0\.1:\* http://localhost:\*)?")
"""Where forms lead: to us and, where one leaves for a provider, to pages with TLS; to the stand-in in development."""

KEPT_BY_ALL = re.compile(r"/static/|/v1/films/|/manifest\.webmanifest|/robots\.txt|/sitemap")
"""Addresses that say the same to everybody, and may be kept."""


@pytest.fixture
async def house(db: Database, clock: ManualClock, tmp_path: Path) -> House:
    house = await House(db=db, clock=clock, provider=FakeProvider(clock=clock), mailer=MemoryMailer()).open()
    people = [person_row(f"person-{number}") for number in range(3)]
    folder = write_folder(tmp_path, films=[row(number) for number in range(FILMS)], persons=people)
    await house.cinema.catalog.importer.import_folder(folder=folder)
    return house


def row(number: int) -> dict[str, object]:
    """A film of one of three genres; text that is hostile must do no harm; some are sold."""
    title = f"Film {number} </script><script>alert({number})</script>"
    prices = {"prices": {"currency": "RUB", "buy": 29_900, "rent": 9_900}} if number in SOLD else {}
    return film_row(
        f"film-{number}",
        title={"ru": title, "en": title, "original": "Film"},
        genres=[("drama", "comedy", "science-fiction")[number % 3]],
        directors=[f"person-{number % 3}"],
        actors=[{"person": f"person-{(number + 1) % 3}", "role": {"ru": "<i>", "en": "<i>"}}],
        **prices,
    )


async def crawled(house: House, *, origin: str, cookies: Mapping[str, str] | None = None) -> Crawl:
    crawl = Crawl(app=house.cinema.app, origin=origin, home=URL, cookies=dict(cookies or {}))
    return await crawl.walk("/", "/ru/", "/en/")


async def signed_in(house: House) -> dict[str, str]:
    """The cookie of a subscriber who is in the middle of a film."""
    viewer = await house.subscribed("anna")
    film = await house.ok(None, "GET", "/v1/films/film-0")
    place = {"position_s": BEGUN_S, "duration_s": LASTS_S}
    await house.ok(viewer, "PUT", f"/v1/films/{film['id']}/position", json=place)
    login = {"login": "anna", "password": PASSWORD, "cookie": True}
    answer = await house.call(None, "POST", "/v1/auth/login", json=login)
    return {COOKIE: answer.cookies[COOKIE]}


async def test_what_a_stranger_reaches_is_there_and_safe(house: House) -> None:
    crawl = await crawled(house, origin=SECURE)

    assert not (found := troubles(crawl)), "\n".join(found)
    assert {path for path in crawl.answers if re.fullmatch(r"/(ru|en)/films/film-\d+", path)} == {
        f"/{language}/films/film-{number}" for language in ("ru", "en") for number in range(FILMS)
    }


async def test_what_a_subscriber_reaches_is_there_and_safe_and_no_form_can_be_sent_from_elsewhere(house: House) -> None:
    cookies = await signed_in(house)
    before = await house.events()

    crawl = await crawled(house, origin=SECURE, cookies=cookies)
    sent = [await crawl.post_from_elsewhere(path) for path in sorted(crawl.forms())]

    assert not (found := troubles(crawl)), "\n".join(found)
    assert {"/ru/account", "/ru/account/subscription/cancel", "/ru/checkout?plan=month"} <= {
        path.partition("&next")[0] for path in crawl.answers
    }
    assert [(one.path, one.status) for one in sent if one.status != 403] == []
    assert {"/ru/continue", "/ru/sign-out", "/ru/theme"} <= {one.path for one in sent}
    assert await house.events() == before


async def test_without_tls_nothing_promises_it(house: House) -> None:
    answered = await Crawl(app=house.cinema.app, origin=URL, home=URL).get("/en/")

    assert "strict-transport-security" not in answered.headers
    assert cookies_of(answered) == [
        ("cinema-language", {"path": "/", "max-age": "31536000", "httponly": "True", "samesite": "lax"})
    ]


async def test_a_page_that_says_nothing_of_all_this_is_found_out() -> None:
    async def bare(_: Request) -> Response:
        policy = "default-src *; script-src 'self' blob:; style-src 'unsafe-inline'; form-action https://a.example"
        answer = HTMLResponse("<p style=''>", headers={"Content-Security-Policy": policy})
        answer.set_cookie("cinema", "1", domain="cinema.test", samesite="none")
        return answer

    crawl = await Crawl(app=Starlette(routes=[Route("/", bare)]), origin=SECURE, home=URL).walk("/")

    assert [line.partition(": ")[2] for line in troubles(crawl)] == [
        "no nosniff",
        "Referrer-Policy: None",
        "no HSTS",
        "Cache-Control: None",
        "cookie cinema: {'path': '/', 'domain': 'cinema.test', 'samesite': 'none'}",
        "policy default-src: *",
        "policy base-uri: ",
        "policy font-src: *",
        "policy frame-ancestors: ",
        "policy img-src: *",
        "policy media-src: *",
        "policy script-src: 'self' blob:",
        "policy style-src: 'unsafe-inline'",
        "policy worker-src: *",
        "policy default-src is loose",
        "policy style-src is loose",
        "policy form-action is loose",
        "<p style>",
    ]


def troubles(crawl: Crawl) -> list[str]:
    """A line for everything that is not as it has to be."""
    found = []
    for path, one in crawl.answers.items():
        lines = [*_of_answer(one), *(_of_page(one) if one.is_page else ())]
        found += [f"{path} (named by {crawl.named_by.get(path, 'nobody')}): {line}" for line in lines]
    return found


def _of_answer(one: Answered) -> list[str]:
    wrong = [] if one.status < 400 else [f"answers {one.status}"]
    said = one.headers
    if said.get("x-content-type-options") != "nosniff":
        wrong.append("no nosniff")
    if not re.fullmatch(r"no-referrer|same-origin|strict-origin", said.get("referrer-policy", "")):
        wrong.append(f"Referrer-Policy: {said.get('referrer-policy')}")
    if said.get("strict-transport-security") != "max-age=31536000":
        wrong.append("no HSTS")
    if not KEPT_BY_ALL.match(one.path) and one.status != 301 and said.get("cache-control") != "private, no-store":
        wrong.append(f"Cache-Control: {said.get('cache-control')}")
    for name, its in cookies_of(one):
        usual = {"path": "/", "httponly": "True", "samesite": "lax", "secure": "True"}
        if not name.startswith("__Host-") or {key: its.get(key) for key in usual} != usual or "domain" in its:
            wrong.append(f"cookie {name}: {its}")
    return wrong


def _of_page(one: Answered) -> list[str]:
    assert one.seen is not None
    said = dict(part.strip().split(" ", 1) for part in one.headers["content-security-policy"].split(";"))
    rest = said["default-src"]
    told = {name: said.get(name, rest if name.endswith("-src") else "") for name in STRICT}
    wrong = [f"policy {name}: {text}" for name, text in told.items() if text not in {STRICT[name], "'none'"}]
    loose = [name for name, text in said.items() if re.search(r"unsafe|\*|https?:", text) and name != "form-action"]
    if not SENT_ON.fullmatch(said.get("form-action", "")):
        loose.append("form-action")
    return wrong + [f"policy {name} is loose" for name in loose] + one.seen.wrong
