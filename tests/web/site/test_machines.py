"""What machines read, and the site as an application on a device."""

import json
import re
from datetime import timedelta
from xml.etree import ElementTree as ET

import httpx2
import pytest
from starlette.applications import Starlette

from cinema.kit.clock import ManualClock
from cinema.web.memory import Memory
from cinema.web.services import About
from cinema.web.site.machines import machine_routes
from scenarios.house import URL, House
from web.site.shelves import fill, fill_with_people
from web.stage import Browser

SITEMAP = "{http://www.sitemaps.org/schemas/sitemap/0.9}"
XHTML = "{http://www.w3.org/1999/xhtml}"


def about(*, is_production: bool = True) -> About:
    return About(
        public_url=URL,
        support="help@cinema.example",
        version="1",
        is_production=is_production,
        mailbox_url=None,
        test_cards_url=None,
    )


def addresses(text: str) -> list[str]:
    return [one.text or "" for one in ET.fromstring(text).iter(f"{SITEMAP}loc")]  # noqa: S314 - our own


async def asked(house: House, path: str, *, about: About, pages_per_map: int = 10_000) -> httpx2.Response:
    routes = machine_routes(
        catalog=house.cinema.catalog.reader,
        about=about,
        memory=Memory(clock=house.clock),
        pages_per_map=pages_per_map,
    )
    transport = httpx2.ASGITransport(app=Starlette(routes=routes))
    async with httpx2.AsyncClient(transport=transport, base_url=URL) as client:
        return await client.get(path)


async def test_the_map_has_every_public_page_in_both_languages(browser: Browser, house: House) -> None:
    await fill(house, films=3)
    await fill_with_people(house)

    page = await browser.get("/sitemap.xml")

    assert page.headers["content-type"].startswith("application/xml")
    assert page.headers["cache-control"] == "public, max-age=3600"
    found = addresses(page.html)
    films = ["film-00", "film-01", "film-02", "metropolis", "nosferatu", "spies", "alraune"]
    wanted = {f"{URL}/{language}/films/{slug}" for language in ("ru", "en") for slug in films}
    assert wanted == {one for one in found if "/films/" in one}
    assert {f"{URL}/ru/people/lang", f"{URL}/en/genres/drama", f"{URL}/ru/", f"{URL}/en/plans"} <= set(found)
    assert len(found) == len(set(found))


async def test_each_page_of_the_map_names_itself_in_the_other_language(browser: Browser) -> None:
    text = (await browser.get("/sitemap.xml")).html

    (entry,) = [
        one
        for one in ET.fromstring(text)  # noqa: S314 - our own
        if one.findtext(f"{SITEMAP}loc") == f"{URL}/ru/films/metropolis"
    ]
    assert [(one.get("hreflang"), one.get("href")) for one in entry.iter(f"{XHTML}link")] == [
        ("ru", f"{URL}/ru/films/metropolis"),
        ("en", f"{URL}/en/films/metropolis"),
    ]


async def test_every_page_of_the_map_is_there(browser: Browser, house: House) -> None:
    await fill_with_people(house)

    for address in addresses((await browser.get("/sitemap.xml")).html):
        if not address.endswith("/plans"):  # another part of the site
            assert (await browser.get(address.removeprefix(URL))).status == 200, address


async def test_a_map_that_would_be_too_long_is_a_list_of_maps(house: House) -> None:
    await fill(house, films=10)
    whole = addresses((await asked(house, "/sitemap.xml", about=about())).text)

    listed = await asked(house, "/sitemap.xml", about=about(), pages_per_map=20)
    parts = [
        addresses((await asked(house, address.removeprefix(URL), about=about(), pages_per_map=20)).text)
        for address in addresses(listed.text)
    ]

    assert [len(part) for part in parts[:-1]] == [20] * (len(parts) - 1)
    assert [address for part in parts for address in part] == whole
    for number in ("0", "99", "x", "-1"):
        answer = await asked(house, f"/sitemap.xml?page={number}", about=about(), pages_per_map=20)
        assert answer.status_code == 404


async def test_a_new_film_is_on_the_map_within_the_hour(browser: Browser, house: House, clock: ManualClock) -> None:
    before = addresses((await browser.get("/sitemap.xml")).html)
    await fill(house, films=1)

    still = addresses((await browser.get("/sitemap.xml")).html)
    clock.advance(timedelta(hours=1))
    after = addresses((await browser.get("/sitemap.xml")).html)

    assert still == before
    assert f"{URL}/ru/films/film-00" in set(after) - set(before)


async def test_machines_may_visit_the_catalogue_and_nothing_of_accounts(house: House) -> None:
    text = (await asked(house, "/robots.txt", about=about())).text

    lines = text.splitlines()
    assert lines[0] == "User-agent: *"
    assert lines[-1] == f"Sitemap: {URL}/sitemap.xml"
    for path in ("/v1/", "/ru/account", "/en/account", "/ru/checkout", "/en/sign-in", "/ru/watch"):
        assert f"Disallow: {path}" in lines
    assert "Allow: /v1/films/" in lines
    assert not [line for line in lines if line.startswith("Disallow: /ru/films")]


async def test_a_cinema_that_is_being_developed_is_not_to_be_found(house: House) -> None:
    answer = await asked(house, "/robots.txt", about=about(is_production=False))

    assert answer.text == "User-agent: *\nDisallow: /\n"


@pytest.mark.parametrize(("language", "name"), [("ru", "Синема"), ("en", "Cinema")])
async def test_the_site_can_be_installed_under_its_name(browser: Browser, language: str, name: str) -> None:
    page = await browser.get(f"/{language}/")
    (link,) = re.findall(r'<link rel="manifest" href="([^"]+)">', page.html)

    manifest = await browser.get(link)

    told = json.loads(manifest.html)
    assert manifest.headers["content-type"].startswith("application/manifest+json")
    assert (told["name"], told["lang"], told["start_url"], told["display"]) == (
        name,
        language,
        f"/{language}/",
        "standalone",
    )
    for icon in told["icons"]:
        found = await browser.get(icon["src"])
        assert (found.status, found.headers["content-type"].partition(";")[0]) == (200, icon["type"])
        assert "immutable" in found.headers["cache-control"]
    assert {icon["sizes"] for icon in told["icons"]} == {"192x192", "512x512", "any"}


async def test_a_manifest_without_a_language_is_in_the_browsers(browser: Browser) -> None:
    told = json.loads((await browser.get("/manifest.webmanifest?language=de", **{"Accept-Language": "en"})).html)

    assert told["lang"] == "en"


async def test_the_service_worker_keeps_the_page_for_no_connection_and_files_alone(browser: Browser) -> None:
    script = await browser.get("/sw.js")

    pages = json.loads(re.findall(r"^const PAGES = (.*);$", script.html, re.MULTILINE)[0])
    files = json.loads(re.findall(r"^const FILES = (.*);$", script.html, re.MULTILINE)[0])
    assert script.headers["content-type"].startswith("text/javascript")
    assert script.headers["cache-control"] == "no-cache"
    assert "connect-src 'self'" in script.headers["content-security-policy"]
    assert pages == {"ru": "/ru/offline", "en": "/en/offline"}
    assert all(one.startswith("/static/") for one in files)
    for path in [*pages.values(), *files]:
        assert (await browser.get(path)).status == 200


async def test_the_page_for_no_connection_says_nothing_of_who_is_signed_in(browser: Browser) -> None:
    await browser.sign_up("anna")

    page = await browser.get("/ru/offline")

    assert page.h1 == "Нет соединения"
    assert page.links["Повторить"] == ""
    assert "anna" not in page.html
    assert "Войти" in page.links
