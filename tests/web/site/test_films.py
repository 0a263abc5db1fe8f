"""Lists of films, of genres and of people, as a person sees them."""

import re

import pytest

from catalog.making import make_batch, make_film
from cinema.contracts.enums import FilmSort
from cinema.kit.clock import ManualClock
from cinema.kit.db import Database
from cinema.notifications.mailers import MemoryMailer
from cinema.payments.providers.fake import FakeProvider
from scenarios.house import House
from web.site.shelves import fill, fill_with_people
from web.stage import Browser, Shown


@pytest.fixture
async def house(db: Database, clock: ManualClock) -> House:
    house = await House(db=db, clock=clock, provider=FakeProvider(clock=clock), mailer=MemoryMailer()).open()
    await fill(house, films=40)
    return house


def titles(shown: Shown) -> list[str]:
    return re.findall(r"<h2><a href=[^>]+>(.*?)</a>", shown.html)


def chosen(shown: Shown) -> list[str]:
    """The chips that are marked as the ones in use."""
    return re.findall(r'<a class="chip" href="[^"]*" aria-current="true">(.*?)</a>', shown.html)


@pytest.mark.parametrize(
    ("sort", "chip", "first", "last"),
    [
        ("title", "По названию", "Фильм 00", "Фильм 35"),
        ("-year", "Сначала новые", "Фильм 39", "Фильм 04"),
        ("year", "Сначала старые", "Фильм 00", "Фильм 35"),
    ],
)
async def test_films_are_listed_in_the_order_that_is_chosen(
    browser: Browser, sort: str, chip: str, first: str, last: str
) -> None:
    page = await browser.get(f"/ru/films?sort={sort}")

    assert (page.h1, chosen(page)) == ("Фильмы", [chip])
    assert (len(titles(page)), titles(page)[0], titles(page)[-1]) == (36, first, last)


async def test_a_list_goes_on_where_its_page_ended(browser: Browser) -> None:
    first = await browser.get("/en/films?sort=title")

    second = await browser.get(first.links["Show more"])

    assert titles(second) == ["Film 36", "Film 37", "Film 38", "Film 39"]
    assert "Show more" not in second.links
    assert second.links["To the beginning of the list"] == "/en/films?sort=title"
    assert '<meta name="robots" content="noindex, follow">' in second.html
    assert "noindex" not in first.html


async def test_another_language_begins_the_list_anew(browser: Browser) -> None:
    first = await browser.get("/en/films?sort=title")
    second = await browser.get(first.links["Show more"])

    (place,) = re.findall(r'<a [^>]*href="([^"]+)" hreflang="ru"', second.html)
    russian = await browser.get(place)

    assert place == "/ru/films?sort=title"
    assert titles(russian)[0] == "Фильм 00"


@pytest.mark.parametrize("query", ["", "?sort=", "?sort=price", "?sort=-added", "?utm_source=letter&sort=%00"])
async def test_an_order_that_there_is_not_is_the_usual_one(browser: Browser, query: str) -> None:
    page = await browser.get(f"/ru/films{query}")

    assert (page.status, chosen(page), len(titles(page))) == (200, ["Новое в каталоге"], 36)


@pytest.mark.parametrize("cursor", ["zz", "%00", "x" * 5_000])
async def test_a_link_into_no_list_says_so(browser: Browser, cursor: str) -> None:
    page = await browser.get(f"/ru/films?cursor={cursor}")

    assert page.status == 400
    assert "Эта ссылка ведёт в середину списка, которого больше нет." in page.text


async def test_the_first_pictures_of_a_list_come_at_once(browser: Browser) -> None:
    page = await browser.get("/en/films")

    pictures = re.findall(r"<img [^>]*>", page.html)
    assert ['loading="lazy"' in one for one in pictures] == [False] * 6 + [True] * 30
    assert all('width="200" height="300"' in one for one in pictures)


async def test_every_order_can_be_chosen(browser: Browser) -> None:
    page = await browser.get("/en/films")

    assert [page.links[name] for name in ("New here", "By title", "Newest first", "Oldest first")] == [
        "/en/films",
        f"/en/films?sort={FilmSort.TITLE}",
        f"/en/films?sort={FilmSort.NEWEST}",
        f"/en/films?sort={FilmSort.OLDEST}",
    ]


async def test_a_genre_has_its_films_the_newest_first(browser: Browser) -> None:
    page = await browser.get("/ru/genres/drama")

    assert (page.h1, chosen(page)) == ("Драма", ["Сначала новые"])
    assert "11 фильмов" in page.text
    assert (len(titles(page)), titles(page)[0]) == (11, "Фильм 35")
    assert page.links["Жанры"] == "/ru/genres"


async def test_genres_are_told_with_the_number_of_their_films(browser: Browser) -> None:
    page = await browser.get("/ru/genres")

    assert page.h1 == "Жанры"
    assert re.findall(r"<h2><a[^>]*>([^<]+)</a></h2><p>([^<]+)</p>", page.html) == [
        ("Вестерн", "12 фильмов"),
        ("Военный", "11 фильмов"),
        ("Драма", "11 фильмов"),
        ("Комедия", "12 фильмов"),
        ("Мюзикл", "12 фильмов"),
        ("Спорт", "10 фильмов"),
        ("Ужасы", "12 фильмов"),
    ]
    assert len(re.findall(r"<img ", page.html)) == 7


async def test_a_genre_that_no_film_is_mainly_of_shows_one_that_is_of_it_too(house: House, browser: Browser) -> None:
    whodunit = make_film("whodunit", ru="Тайна", en="Whodunit", genres=("comedy", "mystery"))
    await house.cinema.catalog.importer.import_batch(batch=make_batch(whodunit))

    page = await browser.get("/en/genres")

    tiles = re.findall(r'<li class="tile">(.*?)</li>', page.html, re.DOTALL)
    assert [tile.count("<img") for tile in tiles] == [1] * 8
    assert "whodunit" in next(tile for tile in tiles if "Mystery" in tile)


async def test_an_id_leads_to_the_one_address_of_a_genre(browser: Browser, house: House) -> None:
    found = await house.ok(None, "GET", "/v1/genres/drama")

    answer = await browser.get(f"/en/genres/{found['id']}")

    assert (answer.status, answer.leads_to) == (301, "/en/genres/drama")


@pytest.mark.parametrize("path", ["/ru/genres/nothing", "/ru/people/nobody", "/ru/genres/%00", "/ru/people/%27"])
async def test_what_is_not_there_is_a_page_with_a_way_on(browser: Browser, path: str) -> None:
    page = await browser.get(path)

    assert page.status == 404
    assert page.links["Все фильмы"] == "/ru/films"


async def test_somebody_has_their_films_by_what_they_did_for_them(browser: Browser, house: House) -> None:
    await fill_with_people(house)

    lang, helm = await browser.get("/ru/people/lang"), await browser.get("/en/people/helm")

    heading = r'<h2[^>]*>(\S+) <span class="soft">(\d+)</span></h2>'
    parts = re.findall(rf"<section [^>]*>\n{heading}(.*?)</section>", lang.html, re.DOTALL)
    assert lang.h1 == "Фриц Ланг"
    assert [(name, count, re.findall(r"<h3><a[^>]*>(.*?)</a>", films)) for name, count, films in parts] == [
        ("Режиссёр", "2", ["Шпионы", "Метрополис"]),
        ("Сценарий", "1", ["Метрополис"]),
    ]
    assert helm.h1 == "Brigitte Helm"
    assert "1927 · Maria" in helm.text


async def test_an_id_leads_to_the_one_address_of_somebody(browser: Browser, house: House) -> None:
    await fill_with_people(house)
    found = await house.ok(None, "GET", "/v1/persons/lang")

    answer = await browser.get(f"/en/people/{found['id']}")

    assert (answer.status, answer.leads_to) == (301, "/en/people/lang")


async def test_all_people_are_listed_by_their_last_names(browser: Browser, house: House) -> None:
    await fill_with_people(house)

    page = await browser.get("/en/people")

    assert re.findall(r'<li><a href="/en/people/\w+">(.*?)</a></li>', page.html) == [
        "Thea von Harbou",
        "Brigitte Helm",
        "Fritz Lang",
    ]
