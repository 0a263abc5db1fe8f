"""The first page as a person sees it: the film of the day, what they go on with, and shelves."""

import re
from datetime import timedelta
from itertools import pairwise
from uuid import UUID

import pytest

from cinema.kit.clock import ManualClock
from cinema.kit.db import Database
from cinema.notifications.mailers import MemoryMailer
from cinema.payments.providers.fake import FakeProvider
from scenarios.house import House
from statements import counted
from web.site.shelves import fill, film_id, play
from web.stage import Browser, FormSeen, Shown

ANONYMOUS_FIRST = 17
"""The newest, the film of the day (2), the genres, and each of five (2); then what every visit asks."""

ANONYMOUS = 3
"""The film's facts, what it costs, and the plans."""

SIGNED_IN = 9
"""Who asks (2), the row (2), and of the film of the day its facts, rights (2), what is offered, and the place."""


@pytest.fixture
async def house(db: Database, clock: ManualClock) -> House:
    house = await House(db=db, clock=clock, provider=FakeProvider(clock=clock), mailer=MemoryMailer()).open()
    await fill(house)
    return house


def shelves(shown: Shown) -> dict[str, list[str]]:
    """The headings of the shelves, with the films that stand on each."""
    found = re.findall(r'<section class="shelf.*?</section>', shown.html, re.DOTALL)
    return {
        re.findall(r'<h2 id="[^"]+">(.*?)</h2>', one)[0]: re.findall(r"<h3><a href=[^>]+>(.*?)</a>", one)
        for one in found
    }


def form_for(shown: Shown, film: UUID, *, button: str) -> FormSeen:
    """The form that does something to one film of the row."""
    (found,) = [one for one in shown.forms if one.fields.get("film") == str(film) and one.buttons == [button]]
    return found


async def test_the_first_page_has_a_film_of_the_day_and_shelves_of_others(browser: Browser) -> None:
    page = await browser.get("/ru/")

    assert page.status == 200
    assert "Фильм дня" in page.text
    assert re.fullmatch(r"Фильм \d\d", page.h1)
    assert list(shelves(page)) == ["Новое", "Комедия", "Драма", "Ужасы", "Вестерн", "Военный"]
    assert len(shelves(page)["Новое"]) == 18
    assert page.links["Все Комедия"] == "/ru/genres/comedy"


async def test_the_first_two_shelves_and_the_film_of_the_day_repeat_no_film(browser: Browser) -> None:
    page = await browser.get("/ru/")

    first, second, *_ = shelves(page).values()
    shown = [page.h1, *first, *second]
    assert sorted(shown) == sorted(set(shown))


async def test_another_day_has_another_film(browser: Browser, clock: ManualClock) -> None:
    days = []
    for _ in range(4):
        days.append((await browser.get("/en/")).h1)
        clock.advance(timedelta(days=1))

    assert all(one != other for one, other in pairwise(days))


async def test_who_is_new_reads_what_it_is_and_what_it_costs_in_one_line(browser: Browser) -> None:
    russian, english = await browser.get("/ru/"), await browser.get("/en/")

    assert "Все фильмы по подписке: 399,00 ₽ за месяц." in russian.text
    assert "All films by subscription: RUB 399.00 for a month." in english.text
    assert russian.links["Сравнить тарифы"] == "/ru/plans"


async def test_who_is_signed_in_is_not_told_what_it_is(browser: Browser) -> None:
    await browser.sign_up("anna")

    page = await browser.get("/en/")

    assert "All films by subscription" not in page.text


async def test_the_button_of_the_film_of_the_day_sells_it_to_who_has_no_right(browser: Browser) -> None:
    page = await browser.get("/en/")

    slug = page.h1.lower().replace(" ", "-")
    assert page.links["Subscribe"] == f"/en/checkout?plan=month&next=%2Fen%2Ffilms%2F{slug}"
    assert page.links[f"About the film «{page.h1}»"] == f"/en/films/{slug}"


async def test_the_button_plays_it_for_who_has_and_goes_on_where_they_stopped(browser: Browser, house: House) -> None:
    viewer = await house.subscribed("anna")
    await browser.sign_in("anna")
    before = await browser.get("/en/")
    slug = before.h1.lower().replace(" ", "-")

    await play(house, viewer, slug, position_s=760)
    after = await browser.get("/en/")

    assert before.links["Watch"] == f"/en/watch/{slug}"
    assert after.links["Go on from 12:40"] == f"/en/watch/{slug}"


async def test_what_was_begun_stands_first_with_what_is_left_of_it(browser: Browser, house: House) -> None:
    viewer = await browser.sign_up("anna")
    await play(house, viewer, "film-03", position_s=3_661)
    await play(house, viewer, "film-02", position_s=100)

    page = await browser.get("/ru/")

    assert next(iter(shelves(page).items())) == ("Продолжить просмотр", ["Фильм 03"])
    assert "осталось 39 мин" in page.text
    assert '<progress class="bar" value="61" max="100" aria-label="Просмотрено 61\N{NO-BREAK SPACE}%">' in page.html
    assert '<h3><a href="/ru/watch/film-03">Фильм 03</a></h3>' in page.html
    begun, new = list(shelves(page).values())[:2]
    assert set(begun) & set(new) == set()


async def test_a_film_taken_out_of_the_row_keeps_its_place_and_can_be_put_back(browser: Browser, house: House) -> None:
    viewer = await browser.sign_up("anna")
    for slug in ("film-03", "film-04"):
        await play(house, viewer, slug, position_s=3_000)
    film = await film_id(house, "film-04")
    page = await browser.get("/en/")

    removed = await browser.submit(form_for(page, film, button="Remove from this row"))
    without = await browser.follow(removed)
    kept = await house.ok(viewer, "GET", f"/v1/films/{film}/position")
    back = await browser.submit(form_for(without, film, button="Put it back"), back="")
    again = await browser.follow(back)

    assert removed.leads_to == f"/en/?removed={film}#continue"
    assert shelves(without)["Continue watching"] == ["Film 03"]
    assert "“Film 04” is no longer in this row." in without.text
    assert (kept["position_s"], kept["in_row"]) == (3_000, False)
    assert back.leads_to == "/en/#continue"
    assert sorted(shelves(again)["Continue watching"]) == ["Film 03", "Film 04"]
    assert "no longer in this row" not in again.text


async def test_the_row_of_others_is_neither_seen_nor_changed(browser: Browser, house: House) -> None:
    anna = await house.sign_up("anna")
    await play(house, anna, "film-03", position_s=3_000)
    await browser.sign_up("boris")
    film = await film_id(house, "film-03")

    page = await browser.get(f"/en/?removed={film}")
    answer = await browser.post("/en/continue", {"film": str(film), "next": "/en/"})

    assert "Continue watching" not in shelves(page)
    assert answer.status == 404
    assert (await house.ok(anna, "GET", f"/v1/films/{film}/position"))["in_row"] is True


async def test_who_is_not_signed_in_is_led_to_sign_in_and_changes_nothing(browser: Browser, house: House) -> None:
    film = await film_id(house, "film-03")

    answer = await browser.post("/ru/continue", {"film": str(film), "next": "/ru/"})

    assert answer.status == 303
    assert answer.leads_to == "/ru/sign-in?next=%2Fru%2Fcontinue"


@pytest.mark.parametrize("fields", [{}, {"film": "no id"}, {"film": "0" * 32}])
async def test_a_film_that_is_not_there_is_told_so(browser: Browser, fields: dict[str, str]) -> None:
    await browser.sign_up("anna")

    assert (await browser.post("/en/continue", fields)).status == 404


async def test_the_form_leads_back_to_pages_of_the_site_only(browser: Browser, house: House) -> None:
    viewer = await browser.sign_up("anna")
    await play(house, viewer, "film-03", position_s=3_000)
    film = str(await film_id(house, "film-03"))

    for bad in ("https://evil.example/", "//evil.example", "/\\evil.example", ""):
        answer = await browser.post("/en/continue", {"film": film, "next": bad})

        assert answer.leads_to == f"/en/?removed={film}#continue"


async def test_the_whole_row_has_a_page_of_its_own(browser: Browser, house: House) -> None:
    empty_handed = await browser.get("/en/continue")
    viewer = await browser.sign_up("anna")
    nothing = await browser.get("/en/continue")
    for number in range(13):
        await play(house, viewer, f"film-{number:02}", position_s=3_000)

    page, home = await browser.get("/en/continue"), await browser.get("/en/")

    assert empty_handed.leads_to == "/en/sign-in?next=%2Fen%2Fcontinue"
    assert "Films that you began to watch will appear here." in nothing.text
    assert page.h1 == "Continue watching"
    assert len(re.findall(r"<progress", page.html)) == 13
    assert len(shelves(home)["Continue watching"]) == 12
    assert home.links["All Continue watching"] == "/en/continue"


async def test_a_film_without_a_place_in_the_row_is_not_offered_back(browser: Browser, house: House) -> None:
    await browser.sign_up("anna")

    for removed in ("no-id", str(await film_id(house, "film-03")), "0" * 32):
        page = await browser.get(f"/en/?removed={removed}")

        assert page.status == 200


async def test_the_first_page_asks_little_of_the_database(browser: Browser, house: House, db: Database) -> None:
    async with counted(db) as first:
        await browser.get("/en/")
    async with counted(db) as again:
        await browser.get("/en/")
    viewer = await browser.sign_up("anna")
    await play(house, viewer, "film-03", position_s=3_000)
    async with counted(db) as signed_in:
        await browser.get("/en/")

    assert first.total == ANONYMOUS_FIRST, first.texts
    assert again.total == ANONYMOUS, again.texts
    assert signed_in.total == SIGNED_IN, signed_in.texts


async def test_a_new_film_is_on_the_first_page_within_half_a_minute(
    browser: Browser, house: House, clock: ManualClock
) -> None:
    await browser.get("/en/")
    clock.advance(timedelta(seconds=1))
    await fill(house, films=31)

    clock.advance(timedelta(seconds=30))
    page = await browser.get("/en/")

    assert "Film 30" in [page.h1, *shelves(page)["New"]]


async def test_a_cinema_without_films_says_so(db: Database, clock: ManualClock) -> None:
    empty = await House(db=db, clock=clock, provider=FakeProvider(clock=clock), mailer=MemoryMailer()).open()

    page = await Browser(house=empty).get("/ru/")

    assert (page.status, page.h1) == (200, "Кино онлайн")
    assert "Здесь пока нет фильмов." in page.text
    assert shelves(page) == {}


async def test_the_page_shows_its_large_picture_at_once_and_the_others_when_they_come_near(browser: Browser) -> None:
    page = await browser.get("/en/")

    pictures = re.findall(r"<img [^>]*>", page.html)
    assert all(re.search(r'alt="" width="\d+" height="\d+"', one) for one in pictures)
    assert [('fetchpriority="high"' in one, 'loading="lazy"' in one) for one in pictures] == [
        (True, False),
        *[(False, True)] * (len(pictures) - 1),
    ]
