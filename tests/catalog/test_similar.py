"""Films as others show them: many by their ids, those that are similar to one, and pictures."""

from uuid import UUID

import httpx2
import pytest

from catalog.making import make_batch, make_film, make_part, make_person
from cinema.catalog.domain.film import FilmEntry
from cinema.catalog.module import CatalogFacades
from cinema.catalog.store.similar import similar_films
from cinema.contracts.catalog import CatalogReader, FilmNotFound
from cinema.contracts.enums import FilmPart, FilmSort
from cinema.contracts.ids import FilmId
from cinema.contracts.text import Language
from cinema.kit.db import Database
from statements import counted

LANG, MURNAU, HELM = "fritz-lang", "f-w-murnau", "brigitte-helm"
DIRECTOR, WRITER, ACTOR = FilmPart.DIRECTOR, FilmPart.WRITER, FilmPart.ACTOR


@pytest.fixture
def reader(catalog: CatalogFacades) -> CatalogReader:
    return catalog.reader


async def bring_in(catalog: CatalogFacades, *films: FilmEntry) -> None:
    persons = tuple(make_person(slug) for slug in (LANG, MURNAU, HELM))
    await catalog.importer.import_batch(batch=make_batch(*films, persons=persons))


async def slugs_similar_to(reader: CatalogReader, film: str, *, limit: int = 10) -> list[str]:
    return [one.film.slug for one in await reader.similar(film=film, language=Language.EN, limit=limit)]


async def ids(reader: CatalogReader) -> dict[str, FilmId]:
    page = await reader.films(language=Language.EN, sort=FilmSort.TITLE, genre=None, cursor=None, limit=50)
    return {film.slug: film.id for film in page.items}


ASKED = make_film("metropolis", year=1927, genres=("drama",), parts=(make_part(DIRECTOR, LANG), make_part(ACTOR, HELM)))


async def test_a_director_says_more_than_an_actor_and_an_actor_more_than_a_genre(
    catalog: CatalogFacades, reader: CatalogReader
) -> None:
    await bring_in(
        catalog,
        ASKED,
        make_film("same-genre", year=1927),
        make_film("same-actor", year=1927, genres=("comedy",), parts=(make_part(ACTOR, HELM),)),
        make_film("same-director", year=1927, genres=("comedy",), parts=(make_part(DIRECTOR, LANG),)),
        make_film("nothing-in-common", year=1927, genres=("comedy",), parts=(make_part(DIRECTOR, MURNAU),)),
    )

    assert await slugs_similar_to(reader, "metropolis") == ["same-director", "same-actor", "same-genre"]
    assert await slugs_similar_to(reader, "metropolis", limit=1) == ["same-director"]


async def test_who_directed_both_is_told(catalog: CatalogFacades, reader: CatalogReader) -> None:
    both = (make_part(DIRECTOR, MURNAU), make_part(DIRECTOR, LANG))
    await bring_in(
        catalog,
        make_film("asked", year=1927, parts=(*both, make_part(ACTOR, HELM))),
        make_film("by-both", year=1927, parts=tuple(reversed(both))),
        make_film("by-one", year=1927, parts=(make_part(DIRECTOR, LANG), make_part(DIRECTOR, HELM))),
        make_film("written-by-one", year=1927, parts=(make_part(WRITER, LANG), make_part(ACTOR, HELM))),
    )

    similar = await reader.similar(film="asked", language=Language.EN, limit=10)

    card = await reader.card(film="asked", language=Language.EN)
    names = {person.id: person.slug for person in card.directors}
    assert {one.film.slug: [names[it] for it in one.directors] for one in similar} == {
        "by-both": [MURNAU, LANG],
        "by-one": [LANG],
        "written-by-one": [],
    }


async def test_who_did_something_else_for_another_film_is_not_shared(
    catalog: CatalogFacades, reader: CatalogReader
) -> None:
    other = make_film("written-by-lang", genres=("comedy",), parts=(make_part(WRITER, LANG),))

    await bring_in(catalog, ASKED, other)

    assert await slugs_similar_to(reader, "metropolis") == []


async def test_of_films_that_share_as_much_the_nearest_years_come_first(
    catalog: CatalogFacades, reader: CatalogReader
) -> None:
    years = (1895, 1926, 1930, 1968)

    await bring_in(catalog, ASKED, *(make_film(f"of-{year}", year=year) for year in years))

    assert await slugs_similar_to(reader, "metropolis") == ["of-1926", "of-1930", "of-1895", "of-1968"]


async def test_a_film_is_compared_with_the_years_around_it_and_with_some_films_of_its_people(
    db: Database, catalog: CatalogFacades
) -> None:
    by_lang = (make_film(f"by-lang-{year}", year=year, parts=(make_part(DIRECTOR, LANG),)) for year in (1966, 1967))
    await bring_in(catalog, ASKED, *(make_film(f"of-{year}", year=year) for year in range(1920, 1935)), *by_lang)

    async with db.read() as tx:
        found = await similar_films(
            tx, film_id=None, slug="metropolis", language=Language.EN, limit=50, by_person_max=1, by_year_max=2
        )

    assert found is not None
    years = [one.film.year for one in found]
    assert years[0] in {1966, 1967}
    assert years[1:] == [1927, 1926, 1925]


async def test_a_film_alone_has_nothing_similar_and_a_film_that_is_not_is_not_found(
    catalog: CatalogFacades, reader: CatalogReader
) -> None:
    await bring_in(catalog, ASKED)

    assert await slugs_similar_to(reader, "metropolis") == []
    for missing in ("nothing", str(UUID(int=1))):
        with pytest.raises(FilmNotFound):
            await slugs_similar_to(reader, missing)


async def test_similar_films_are_listed_over_http_by_id_and_slug(
    client: httpx2.AsyncClient, catalog: CatalogFacades, reader: CatalogReader
) -> None:
    await bring_in(catalog, ASKED, *(make_film(f"of-{year}", year=year) for year in (1925, 1926)))
    known = await ids(reader)

    answer = await client.get("/v1/films/metropolis/similar", params={"language": "en"})
    by_id = await client.get(f"/v1/films/{known['metropolis']}/similar", params={"language": "en", "limit": 1})
    again = await client.get(
        "/v1/films/metropolis/similar", params={"language": "en"}, headers={"If-None-Match": answer.headers["etag"]}
    )
    missing = await client.get("/v1/films/nothing/similar")

    listed = (await client.get("/v1/films", params={"language": "en", "sort": "-year"})).json()["items"]
    assert answer.json() == {"items": [listed[1], listed[2]], "next_cursor": None}
    assert by_id.json()["items"] == [listed[1]]
    assert again.status_code == 304
    assert (missing.status_code, missing.json()["code"]) == (404, "film-not-found")


async def test_many_films_and_similar_ones_are_read_by_one_statement_each(
    db: Database, catalog: CatalogFacades, reader: CatalogReader
) -> None:
    await bring_in(catalog, ASKED, *(make_film(f"of-{year}", year=year) for year in range(1900, 1930)))
    known = await ids(reader)
    missing = FilmId(UUID(int=1))

    async with counted(db) as statements:
        items = await reader.items(film_ids=[*known.values(), missing], language=Language.EN)
        await reader.similar(film="metropolis", language=Language.EN, limit=12)

    assert statements.total == 2
    assert {film.slug: film_id for film_id, film in items.items()} == known
    assert await reader.items(film_ids=[], language=Language.EN) == {}


async def test_the_picture_that_a_page_draws_is_that_of_the_address(
    client: httpx2.AsyncClient, catalog: CatalogFacades, reader: CatalogReader
) -> None:
    await bring_in(catalog, ASKED)

    drawn = [await reader.picture(film="metropolis", picture=one, language=Language.EN) for one in PICTURES]

    answers = [await client.get(f"/v1/films/metropolis/{one}.svg", params={"language": "en"}) for one in PICTURES]
    assert drawn == [answer.content for answer in answers]
    with pytest.raises(FilmNotFound):
        await reader.picture(film="nothing", picture="poster", language=Language.EN)


PICTURES = ("poster", "backdrop")
