"""The catalogue over HTTP."""

from dataclasses import replace
from itertools import pairwise
from typing import Any
from uuid import UUID

import httpx2
import pytest

from catalog.making import make_batch, make_film, make_part, make_person
from cinema.catalog.module import CatalogFacades
from cinema.catalog.store import films as film_store
from cinema.catalog.store import people
from cinema.contracts.enums import FilmPart, FilmSort
from cinema.contracts.text import Language, Text
from cinema.kit.clock import ManualClock
from cinema.kit.db import Database
from cinema.kit.keyset import Keyset

FILMS = [
    ("kid", "Малыш", "The Kid", 1921, ("comedy", "drama")),
    ("general", "Генерал", "The General", 1926, ("comedy",)),
    ("hedgehog", "Ёж", "A Hedgehog", 1926, ("animation",)),
    ("lemon", "Ель", "Élan", 1895, ("drama",)),
    ("zvenigora", "Звенигора", "Zvenigora", 1927, ("drama",)),
]


@pytest.fixture
async def films(catalog: CatalogFacades) -> None:
    """Five films, of which one has all kinds of credits."""
    persons = tuple(make_person(slug, ru=ru, en=en) for slug, ru, en in PERSONS)
    parts = (
        make_part(FilmPart.DIRECTOR, "keaton"),
        make_part(FilmPart.DIRECTOR, "bruckman"),
        make_part(FilmPart.WRITER, "bruckman"),
        make_part(FilmPart.ACTOR, "keaton", role=Text(ru="Джонни Грэй", en="Johnnie Gray")),
        make_part(FilmPart.ACTOR, "mack"),
    )
    await catalog.importer.import_batch(
        batch=make_batch(
            *(
                make_film(slug, ru=ru, en=en, year=year, genres=genres, parts=parts if slug == "general" else ())
                for slug, ru, en, year, genres in FILMS
            ),
            persons=persons,
        )
    )


PERSONS = [
    ("keaton", "Бастер Китон", "Buster Keaton"),
    ("bruckman", "Клайд Брукман", "Clyde Bruckman"),
    ("mack", "Мэрион Мэк", "Marion Mack"),
    ("yolkin", "Иван Ёлкин", "Ivan Yolkin"),
]


async def get(client: httpx2.AsyncClient, path: str, **query: Any) -> Any:
    answer = await client.get(path, params=query)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def walk(client: httpx2.AsyncClient, path: str, *, limit: int, **query: Any) -> list[Any]:
    """All items of all pages; every page but the last is full."""
    items: list[Any] = []
    cursor: dict[str, str] = {}
    while True:
        page = await get(client, path, limit=limit, **query, **cursor)
        items += page["items"]
        if page["next_cursor"] is None:
            return items
        assert len(page["items"]) == limit
        cursor = {"cursor": page["next_cursor"]}


def code(answer: httpx2.Response) -> tuple[int, str]:
    assert answer.headers["content-type"] == "application/problem+json"
    return answer.status_code, answer.json()["code"]


@pytest.mark.usefixtures("films")
@pytest.mark.parametrize(
    ("sort", "language", "slugs"),
    [
        ("title", "ru", ["general", "hedgehog", "lemon", "zvenigora", "kid"]),
        ("title", "en", ["lemon", "general", "hedgehog", "kid", "zvenigora"]),
        ("year", "ru", ["lemon", "kid", "general", "hedgehog", "zvenigora"]),
        ("-year", "ru", ["zvenigora", "general", "hedgehog", "kid", "lemon"]),
        ("-year", "en", ["zvenigora", "general", "hedgehog", "kid", "lemon"]),
    ],
)
@pytest.mark.parametrize("limit", [1, 2, 5, 100])
async def test_films_are_listed_in_order_page_by_page(
    client: httpx2.AsyncClient, sort: str, language: str, slugs: list[str], limit: int
) -> None:
    items = await walk(client, "/v1/films", sort=sort, language=language, limit=limit)

    assert [item["slug"] for item in items] == slugs


async def test_the_newest_arrivals_come_first(
    client: httpx2.AsyncClient, catalog: CatalogFacades, clock: ManualClock
) -> None:
    for slug in ("one", "two", "three"):
        await catalog.importer.import_batch(batch=make_batch(make_film(slug)))
        clock.advance(clock.now() - clock.now().replace(microsecond=0, second=0, hour=0))

    items = await walk(client, "/v1/films", sort="-added", limit=1)

    assert [item["slug"] for item in items] == ["three", "two", "one"]


async def test_films_of_one_import_have_a_total_order(client: httpx2.AsyncClient, catalog: CatalogFacades) -> None:
    films = [make_film(f"film-{number}", ru="Одно имя", en="One name") for number in range(30)]
    await catalog.importer.import_batch(batch=make_batch(*films))

    for sort in ("title", "year", "-year", "-added"):
        items = await walk(client, "/v1/films", sort=sort, limit=7)

        assert len({item["slug"] for item in items}) == len(items) == 30
        ids = [UUID(item["id"]) for item in items]
        assert all((a > b) if sort == "-added" else (a < b) for a, b in pairwise(ids))


@pytest.mark.parametrize("letter", ["a", "ж", "蠅", "𐐨", '"', "\\"])
async def test_the_longest_titles_and_names_break_no_list(
    client: httpx2.AsyncClient, catalog: CatalogFacades, letter: str
) -> None:
    films = [make_film(f"film-{number}", ru=letter * 300, en=letter * 300, year=2200) for number in range(3)]
    persons = tuple(make_person(f"person-{number}", ru=letter * 200, en=letter * 200) for number in range(3))
    parts = tuple(make_part(FilmPart.ACTOR, person.slug) for person in persons[:1])
    await catalog.importer.import_batch(
        batch=make_batch(*(replace(film, parts=parts) for film in films), persons=persons)
    )

    for sort in ("title", "year", "-year", "-added"):
        assert len(await walk(client, "/v1/films", sort=sort, limit=1)) == 3
    assert len(await walk(client, "/v1/persons", limit=1)) == 3
    assert len(await walk(client, "/v1/persons/person-0/films", limit=1)) == 3


@pytest.mark.usefixtures("films")
async def test_a_page_stays_in_place_when_films_are_added(client: httpx2.AsyncClient, catalog: CatalogFacades) -> None:
    first = await get(client, "/v1/films", language="en", limit=2)
    await catalog.importer.import_batch(batch=make_batch(make_film("first-of-all", en="AAA")))

    second = await get(client, "/v1/films", language="en", limit=2, cursor=first["next_cursor"])

    assert [item["slug"] for item in first["items"] + second["items"]] == ["lemon", "general", "hedgehog", "kid"]


@pytest.mark.usefixtures("films")
async def test_films_are_filtered_by_genre(client: httpx2.AsyncClient) -> None:
    dramas = await walk(client, "/v1/films", genre="drama", language="ru", limit=2)

    assert [item["slug"] for item in dramas] == ["lemon", "zvenigora", "kid"]


@pytest.mark.usefixtures("films")
@pytest.mark.parametrize("sort", FilmSort)
async def test_a_large_genre_is_listed_like_a_small_one(db: Database, sort: FilmSort) -> None:
    async with db.read() as tx:
        drama = await people.genre_of_list(tx, slug="drama")
        assert drama is not None
        lists = []
        for genre in (drama, replace(drama, is_large=True)):
            first = await film_store.films(tx, language=Language.EN, sort=sort, genre=genre, after=None, limit=2)
            after = first[-1].place
            second = await film_store.films(tx, language=Language.EN, sort=sort, genre=genre, after=after, limit=2)
            lists.append([one.item.slug for one in (*first, *second)])

    assert not drama.is_large
    assert sorted(lists[0]) == ["kid", "lemon", "zvenigora"]
    assert lists[0] == lists[1]


async def test_a_genre_of_many_films_is_large(db: Database, catalog: CatalogFacades) -> None:
    films = [make_film(f"film-{number}") for number in range(2000)]
    found = []

    for batch in (films[:-1], films[-1:]):
        await catalog.importer.import_batch(batch=make_batch(*batch))
        async with db.read() as tx:
            found.append(await people.genre_of_list(tx, slug="drama"))

    assert [genre.is_large for genre in found if genre] == [False, True]


@pytest.mark.usefixtures("films")
async def test_a_film_in_a_list_tells_what_a_list_shows(client: httpx2.AsyncClient) -> None:
    items = (await get(client, "/v1/films", language="ru"))["items"]

    found = next(item for item in items if item["slug"] == "kid")
    genres = [(genre["slug"], genre["name"]) for genre in found.pop("genres")]
    assert genres == [("comedy", "Комедия"), ("drama", "Драма")]
    assert UUID(found.pop("id")).version == 7
    assert found == {
        "slug": "kid",
        "title": "Малыш",
        "title_original": "The Kid",
        "year": 1921,
        "minutes": 60,
        "countries": ["DE"],
        "colour": False,
        "silent": True,
        "age": 12,
        "access": "subscription",
        "poster": "/v1/films/kid/poster.svg?language=ru",
        "backdrop": "/v1/films/kid/backdrop.svg?language=ru",
    }


@pytest.mark.usefixtures("films")
async def test_a_film_is_shown_by_slug_and_by_id(client: httpx2.AsyncClient) -> None:
    card = await get(client, "/v1/films/general", language="en")

    same = await get(client, f"/v1/films/{card['id'].upper()}", language="en")
    russian = await get(client, "/v1/films/general", language="ru")

    assert card == same
    assert (card["title"], card["description"]) == ("The General", "About general.")
    assert [person["name"] for person in card["directors"]] == ["Buster Keaton", "Clyde Bruckman"]
    assert [person["name"] for person in card["writers"]] == ["Clyde Bruckman"]
    assert [(actor["slug"], actor["character"]) for actor in card["actors"]] == [
        ("keaton", "Johnnie Gray"),
        ("mack", None),
    ]
    assert (russian["title"], russian["actors"][0]["character"]) == ("Генерал", "Джонни Грэй")
    assert card["added_at"] == card["updated_at"] == "2026-01-15T09:00:00Z"


@pytest.mark.usefixtures("films")
async def test_genres_are_listed_with_the_number_of_their_films(client: httpx2.AsyncClient) -> None:
    page = await get(client, "/v1/genres", language="en")

    assert [(genre["slug"], genre["name"], genre["film_count"]) for genre in page["items"]] == [
        ("animation", "Animation", 1),
        ("comedy", "Comedy", 2),
        ("drama", "Drama", 3),
    ]
    assert page["next_cursor"] is None
    for name in (page["items"][2]["id"], "drama"):
        assert await get(client, f"/v1/genres/{name}", language="en") == page["items"][2]


@pytest.mark.usefixtures("films")
@pytest.mark.parametrize(
    ("language", "slugs"),
    [("ru", ["bruckman", "yolkin", "keaton", "mack"]), ("en", ["bruckman", "keaton", "mack", "yolkin"])],
)
async def test_persons_are_listed_by_last_name(client: httpx2.AsyncClient, language: str, slugs: list[str]) -> None:
    persons = await walk(client, "/v1/persons", language=language, limit=3)

    assert [person["slug"] for person in persons] == slugs
    for name in (persons[0]["id"], "bruckman"):
        assert await get(client, f"/v1/persons/{name}", language=language) == persons[0]


async def test_a_filmography_is_listed_newest_first_with_the_parts(
    client: httpx2.AsyncClient, catalog: CatalogFacades
) -> None:
    role = Text(ru="он сам", en="himself")
    parts = (make_part(FilmPart.ACTOR, "keaton", role=role), make_part(FilmPart.DIRECTOR, "keaton"))
    films = [make_film(f"film-{year}", year=year, parts=parts) for year in range(1920, 1925)]
    batch = make_batch(*films, make_film("another"), persons=(make_person("keaton"), make_person("idle")))
    await catalog.importer.import_batch(batch=batch)

    items = await walk(client, "/v1/persons/keaton/films", language="en", limit=2)
    idle = await walk(client, "/v1/persons/idle/films", language="en", limit=2)

    assert [item["film"]["year"] for item in items] == [1924, 1923, 1922, 1921, 1920]
    assert items[0]["parts"] == [{"part": "director", "character": None}, {"part": "actor", "character": "himself"}]
    assert idle == []


@pytest.mark.usefixtures("films")
async def test_the_language_comes_from_the_query_or_the_header(client: httpx2.AsyncClient) -> None:
    header = {"Accept-Language": "en-GB,en;q=0.9"}

    by_header = await client.get("/v1/films/kid", headers=header)
    by_query = await client.get("/v1/films/kid", headers=header, params={"language": "ru"})
    silent = await client.get("/v1/films/kid")

    titles = [answer.json()["title"] for answer in (by_header, by_query, silent)]
    assert titles == ["The Kid", "Малыш", "Малыш"]
    assert by_header.headers["content-language"] == "en"
    assert by_header.headers["vary"] == "Accept-Language"


@pytest.mark.usefixtures("films")
@pytest.mark.parametrize(
    "path",
    [
        "/v1/films",
        "/v1/films/kid",
        "/v1/films/kid/poster.svg",
        "/v1/films/kid/backdrop.svg",
        "/v1/genres",
        "/v1/genres/drama",
        "/v1/persons",
        "/v1/persons/keaton",
        "/v1/persons/keaton/films",
    ],
)
async def test_what_is_known_already_is_not_sent_again(
    client: httpx2.AsyncClient, catalog: CatalogFacades, path: str
) -> None:
    first = await client.get(path)
    tag = first.headers["etag"]

    same = await client.get(path, headers={"If-None-Match": f'"other", W/{tag}'})
    other = await client.get(path, headers={"If-None-Match": '"other"'})
    await catalog.importer.import_batch(batch=changed_batch())
    changed = await client.get(path, headers={"If-None-Match": tag})

    assert (same.status_code, same.content, same.headers["etag"]) == (304, b"", tag)
    seconds = 86_400 if path.endswith(".svg") else 60
    assert (other.status_code, other.content) == (200, first.content)
    assert first.headers["cache-control"] == same.headers["cache-control"] == f"public, max-age={seconds}"
    assert changed.status_code == 200
    assert changed.headers["etag"] != tag


def changed_batch() -> Any:
    """Changes all of what the test above reads."""
    keaton = make_person("keaton", ru="Китон", en="Keaton")
    film = make_film("kid", ru="Новое имя", genres=("drama",), parts=(make_part(FilmPart.WRITER, "keaton"),))
    drama = make_film("new-drama", genres=("drama",))
    return make_batch(film, drama, persons=(keaton,))


@pytest.mark.usefixtures("films")
@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/v1/films/no-such-film", (404, "film-not-found")),
        ("/v1/films/no-such-film/poster.svg", (404, "film-not-found")),
        ("/v1/films/kid/photograph.svg", (422, "input-invalid")),
        ("/v1/films/kid/poster.gif", (404, "route-not-found")),
        ("/v1/films/01900000-0000-7000-8000-000000000001", (404, "film-not-found")),
        ("/v1/genres/no-such-genre", (404, "genre-not-found")),
        ("/v1/persons/no-such-person", (404, "person-not-found")),
        ("/v1/persons/no-such-person/films", (404, "person-not-found")),
        ("/v1/films?genre=no-such-genre", (422, "genre-unknown")),
        ("/v1/films?genre=%00", (422, "input-invalid")),
        ("/v1/films?sort=rating", (422, "input-invalid")),
        ("/v1/films?language=de", (422, "input-invalid")),
        ("/v1/films?limit=0", (422, "input-invalid")),
        ("/v1/films?limit=101", (422, "input-invalid")),
        ("/v1/films?limit=many", (422, "input-invalid")),
        ("/v1/films/" + "a" * 101, (422, "input-invalid")),
        ("/v1/films/%00", (422, "input-invalid")),
        ("/v1/films/a%20b", (422, "input-invalid")),
        ("/v1/films/a%2F..%2Fb", (404, "route-not-found")),
        ("/v1/persons/-/films", (422, "input-invalid")),
        ("/v1/films?cursor=nonsense", (400, "cursor-invalid")),
        ("/v1/films?cursor=" + "a" * 501, (422, "input-invalid")),
        ("/v1/persons?cursor=nonsense", (400, "cursor-invalid")),
        ("/v1/persons/keaton/films?cursor=nonsense", (400, "cursor-invalid")),
    ],
)
async def test_what_cannot_be_right_is_refused(
    client: httpx2.AsyncClient, path: str, expected: tuple[int, str]
) -> None:
    answer = await client.get(path)

    assert code(answer) == expected


@pytest.mark.usefixtures("films")
async def test_the_cursor_of_another_order_is_refused(client: httpx2.AsyncClient) -> None:
    cursors = {
        (sort, language): (await get(client, "/v1/films", sort=sort, language=language, limit=1))["next_cursor"]
        for sort in ("title", "year", "-year", "-added")
        for language in ("ru", "en")
    }
    cursors["persons", "ru"] = (await get(client, "/v1/persons", language="ru", limit=1))["next_cursor"]

    for made_for, cursor in cursors.items():
        for sort in ("title", "year", "-year", "-added"):
            answer = await client.get("/v1/films", params={"sort": sort, "language": "ru", "cursor": cursor})
            assert answer.status_code == (200 if made_for == (sort, "ru") else 400)
            assert answer.status_code == 200 or code(answer) == (400, "cursor-invalid")


ID = "01900000-0000-7000-8000-000000000001"


@pytest.mark.usefixtures("films")
@pytest.mark.parametrize(
    ("sort", "values"),
    [
        ("title", ["a\x00b", ID]),
        ("title", ["a", "no-id"]),
        ("year", [10**12, "a", ID]),
        ("year", ["x", "a", ID]),
        ("-year", [-(2**31), "a", ID]),
        ("-added", ["2026-01-15", ID]),
        ("-added", ["0001-01-01T00:00:00+14:00", ID]),
        ("-added", ["9999-12-31T23:59:59-14:00", ID]),
    ],
)
async def test_a_forged_place_is_refused(client: httpx2.AsyncClient, sort: str, values: list[Any]) -> None:
    cursor = Keyset(f"films {sort} ru").cursor(*values)

    answer = await client.get("/v1/films", params={"sort": sort, "language": "ru", "cursor": cursor})

    assert code(answer) == (400, "cursor-invalid")


@pytest.mark.usefixtures("films")
async def test_a_cursor_names_its_order_and_place(client: httpx2.AsyncClient) -> None:
    page = await get(client, "/v1/films", sort="year", language="en", limit=1)

    assert Keyset("films year en", int, str, UUID).after(page["next_cursor"]) == (
        1895,
        "elan",
        UUID(page["items"][0]["id"]),
    )


@pytest.mark.usefixtures("films")
async def test_the_address_of_a_picture_leads_to_it_in_the_language_of_the_list(client: httpx2.AsyncClient) -> None:
    card = await get(client, "/v1/films/general", language="ru")

    poster = await client.get(card["poster"], headers={"Accept-Language": "en"})
    backdrop = await client.get(card["backdrop"])

    for picture in (poster, backdrop):
        assert (picture.status_code, picture.headers["content-type"]) == (200, "image/svg+xml")
        assert picture.headers["content-security-policy"] == "default-src 'none'; style-src 'unsafe-inline'"
        assert picture.text.startswith('<svg xmlns="http://www.w3.org/2000/svg"')
    assert "Генерал" in poster.text
    assert "The General" not in poster.text
