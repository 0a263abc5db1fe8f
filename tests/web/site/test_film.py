"""The page of a film as a person sees it: what it is, what opens it, and who made it."""

import json
import re
from datetime import timedelta
from html import unescape
from typing import Any

import pytest

from catalog.making import make_batch, make_film, make_part, make_person
from cinema.contracts.enums import FilmPart
from cinema.contracts.text import Text
from cinema.kit.db import Database
from scenarios.house import URL, House
from statements import counted
from web.site.shelves import fill_with_people, film_id, play
from web.stage import Browser, Shown, plain

SIGNED_IN = 9
"""Who asks (2), the film (2), its facts, rights (2), the place, and similar ones."""

HOSTILE = "</script><script>alert(1)</script>\"'<b>&"


def standing(shown: Shown) -> str:
    """What the box beside the title says."""
    (box,) = re.findall(r'<div class="box standing".*?</div>\n<div class="row">', shown.html, re.DOTALL)
    return plain(re.sub(r"<[^>]+>", " ", box))


def data(shown: Shown) -> dict[str, Any]:
    """The film as search engines read it."""
    (found,) = re.findall(r'<script type="application/ld\+json">(.*?)</script>', shown.html, re.DOTALL)
    read: dict[str, Any] = json.loads(found)
    return read


async def order_film(house: House, browser: Browser, goods: str) -> None:
    """Anna, who is signed in, pays for Metropolis."""
    viewer = await browser.sign_up("anna")
    body = {"film_id": str(await film_id(house, "metropolis")), "goods": goods, "return_url": f"{URL}/back"}
    await house.pay(await house.ok(viewer, "POST", "/v1/orders", json=body))
    await house.drain()


async def test_a_film_says_what_it_is_what_it_costs_and_who_made_it(browser: Browser) -> None:
    page = await browser.get("/ru/films/metropolis")

    assert (page.status, page.h1) == (200, "Метрополис")
    assert "<title>Метрополис (1927) · Синема</title>" in page.html
    for told in ("Metropolis", "1927", "Фантастика", "153 мин", "12+", "немой", "Германия", "без слов, с титрами"):
        assert told in page.text
    assert "Город на двух этажах." in page.text
    assert standing(page) == "Входит в подписку 399,00 ₽ за месяц · прокат 99,00 ₽ · навсегда 299,00 ₽"
    assert page.links["Взять напрокат за 99,00 ₽"].startswith("/ru/checkout?film=metropolis&goods=film_rental&next=")
    assert page.links["Уже есть доступ? Войдите"] == "/ru/sign-in?next=%2Fru%2Ffilms%2Fmetropolis"
    assert page.links["brigitte-helm"] == "/ru/people/brigitte-helm"
    assert "Мария" in page.text


async def test_the_same_in_the_other_language(browser: Browser) -> None:
    page = await browser.get("/en/films/metropolis")

    assert page.h1 == "Metropolis"
    prices = "RUB 399.00 for a month · RUB 99.00 to rent · RUB 299.00 for good"
    assert standing(page) == f"Included in a subscription {prices}"
    for told in ("Science fiction", "153 min", "silent", "Germany", "no speech, with intertitles", "Maria"):
        assert told in page.text
    assert '<a class="button button-quiet" href="/ru/films/metropolis" hreflang="ru" lang="ru">' in page.html


async def test_a_subscriber_reads_until_when_it_is_theirs_and_is_sold_nothing(browser: Browser, house: House) -> None:
    await house.subscribed("anna")
    await browser.sign_in("anna")

    page = await browser.get("/ru/films/metropolis")

    assert standing(page) == "Доступно до 15 февраля, 12:00 По вашей подписке."
    assert page.links["Смотреть"] == "/ru/watch/metropolis"
    assert "checkout" not in page.html
    assert "Как посмотреть" not in page.text


@pytest.mark.parametrize(
    ("goods", "told"),
    [
        ("film_rental", "Yours until 17 January, 12:00 You rented this film."),
        ("film_purchase", "Yours for good You bought this film."),
    ],
)
async def test_who_paid_for_the_film_itself_reads_for_how_long(
    browser: Browser, house: House, goods: str, told: str
) -> None:
    await order_film(house, browser, goods)

    page = await browser.get("/en/films/metropolis")

    assert standing(page) == told
    assert page.links["Watch"] == "/en/watch/metropolis"


async def test_after_its_time_a_rental_is_sold_again(browser: Browser, house: House) -> None:
    await order_film(house, browser, "film_rental")
    await house.pass_time(timedelta(hours=48))
    await browser.sign_in("anna")

    page = await browser.get("/en/films/metropolis")

    assert standing(page).startswith("Included in a subscription")
    assert "Is it yours already?" not in page.text


async def test_a_film_that_was_begun_says_where_and_one_that_was_seen_says_so(browser: Browser, house: House) -> None:
    viewer = await house.subscribed("anna")
    await browser.sign_in("anna")
    await play(house, viewer, "metropolis", position_s=760)
    begun = await browser.get("/ru/films/metropolis")

    await play(house, viewer, "metropolis", position_s=5_900)
    watched = await browser.get("/ru/films/metropolis")

    assert "Вы остановились на 12:40, осталось 88 мин" in begun.text
    assert '<progress class="bar" value="12"' in begun.html
    assert "Продолжить с 12:40" in begun.links
    assert "Досмотрено до конца" in watched.text
    assert "<progress" not in watched.html
    assert "Смотреть" in watched.links


async def test_an_id_leads_to_the_one_address_of_the_film(browser: Browser, house: House) -> None:
    answer = await browser.get(f"/ru/films/{await film_id(house, 'metropolis')}")

    assert (answer.status, answer.leads_to) == (301, "/ru/films/metropolis")


@pytest.mark.parametrize(
    "name", ["no-such-film", "%00", "a%20b", "x" * 101, "..%2F..", "Metropolis", "0" * 32, "метрополис", "-"]
)
async def test_what_is_no_film_is_a_page_with_a_way_to_all_films(browser: Browser, name: str) -> None:
    page = await browser.get(f"/ru/films/{name}")

    assert (page.status, page.h1) == (404, "Такой страницы нет")
    assert page.links["Все фильмы"] == "/ru/films"


async def test_similar_films_say_in_what_they_are_alike(browser: Browser, house: House) -> None:
    await fill_with_people(house)

    russian, english = await browser.get("/ru/films/spies"), await browser.get("/en/films/alraune")

    assert "Тот же режиссёр: Фриц Ланг" in russian.text
    assert "Genre in common: drama" in english.text


async def test_text_that_people_wrote_is_shown_as_text(browser: Browser, house: House) -> None:
    film = make_film(
        "hostile", ru=HOSTILE, en=HOSTILE, parts=(make_part(FilmPart.ACTOR, "eve", role=Text(ru=HOSTILE, en=HOSTILE)),)
    )
    batch = make_batch(film, persons=(make_person("eve", ru=HOSTILE, en=HOSTILE),))
    await house.cinema.catalog.importer.import_batch(batch=batch)

    for path in ("/en/films/hostile", "/ru/people/eve", "/en/films", "/en/", "/en/people"):
        page = await browser.get(path)

        assert page.status == 200
        assert "<script>alert" not in page.html
        assert "<b>&" not in page.html
    assert data(await browser.get("/en/films/hostile"))["name"] == HOSTILE


async def test_machines_read_the_film_its_address_and_its_languages(browser: Browser) -> None:
    page = await browser.get("/en/films/metropolis?utm_source=letter")

    assert f'<link rel="canonical" href="{URL}/en/films/metropolis">' in page.html
    assert f'<link rel="alternate" hreflang="ru" href="{URL}/ru/films/metropolis?utm_source=letter">' in page.html
    assert '<meta property="og:type" content="video.movie">' in page.html
    assert '<meta property="og:title" content="Metropolis (1927)">' in page.html
    assert '<meta property="og:description" content="A city on two floors.">' in page.html
    assert f'<meta property="og:url" content="{URL}/en/films/metropolis">' in page.html
    assert '<meta name="twitter:card" content="summary_large_image">' in page.html
    (picture,) = re.findall(r'<meta property="og:image" content="([^"]+)">', page.html)
    shown = await browser.get(unescape(picture).removeprefix(URL))
    assert (shown.status, shown.headers["content-type"]) == (200, "image/png")
    assert "immutable" in shown.headers["cache-control"]
    assert data(page) == {
        "@context": "https://schema.org",
        "@type": "Movie",
        "name": "Metropolis",
        "url": f"{URL}/en/films/metropolis",
        "image": unescape(picture),
        "description": "A city on two floors.",
        "dateCreated": "1927",
        "duration": "PT153M",
        "contentRating": "12+",
        "genre": ["Science fiction"],
        "countryOfOrigin": ["DE"],
        "director": [{"@type": "Person", "name": "fritz-lang"}],
        "actor": [{"@type": "Person", "name": "brigitte-helm"}],
    }


async def test_the_page_of_a_film_asks_little_of_the_database(browser: Browser, house: House, db: Database) -> None:
    await fill_with_people(house)
    await house.subscribed("anna")
    await browser.sign_in("anna")

    async with counted(db) as statements:
        await browser.get("/en/films/spies")

    assert statements.total == SIGNED_IN, statements.texts
