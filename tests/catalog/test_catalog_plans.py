"""What a page shows is found by an index, in every order and language, with any filter and on any page."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest

from cinema.catalog.store import films, people
from cinema.catalog.store.people import Genre
from cinema.catalog.store.similar import similar_films
from cinema.contracts.enums import FilmSort
from cinema.contracts.ids import FilmId, GenreId, PersonId
from cinema.contracts.text import Language
from cinema.kit.db import Database
from plans import Plans

NOW = datetime(2026, 1, 15, 9, 0, tzinfo=UTC)
ID = UUID(int=1)

PLACES: dict[FilmSort, tuple[Any, ...]] = {
    FilmSort.TITLE: ("m", ID),
    FilmSort.OLDEST: (1920, "m", ID),
    FilmSort.NEWEST: (1920, "m", ID),
    FilmSort.ADDED: (NOW, ID),
}


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("sort", FilmSort)
@pytest.mark.parametrize("is_first", [True, False])
@pytest.mark.parametrize("genre", [None, Genre(id=GenreId(ID), is_large=True)])
async def test_a_page_of_films_is_found_by_an_index_and_not_sorted(
    db: Database, language: Language, sort: FilmSort, *, is_first: bool, genre: Genre | None
) -> None:
    after = None if is_first else PLACES[sort]

    async with db.write() as tx:
        plans = Plans(tx)
        await films.films(plans, language=language, sort=sort, genre=genre, after=after, limit=20)

    [plan] = plans.found
    assert plans.slow() == []
    assert "Sort" not in plan.partition("SubPlan")[0]


@pytest.mark.parametrize("sort", FilmSort)
async def test_the_films_of_a_small_genre_are_found_by_their_ids(db: Database, sort: FilmSort) -> None:
    genre = Genre(id=GenreId(ID), is_large=False)

    async with db.write() as tx:
        plans = Plans(tx)
        await people.genre_of_list(plans, slug="drama")
        await films.films(plans, language=Language.RU, sort=sort, genre=genre, after=None, limit=20)

    assert plans.slow() == []
    assert "Index Cond: (film_id = ANY" in plans.found[1]


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("is_first", [True, False])
async def test_people_and_single_things_are_found_by_an_index(
    db: Database, language: Language, *, is_first: bool
) -> None:
    async with db.write() as tx:
        plans = Plans(tx)
        await films.film_facts(plans, film_id=FilmId(ID))
        await films.film_card(plans, film_id=ID, slug=None, language=language)
        await films.items(plans, film_ids=[FilmId(ID)], language=language)
        await similar_films(plans, film_id=ID, slug=None, language=language, limit=12)
        await people.person(plans, person_id=ID, slug=None, language=language)
        await people.genre(plans, genre_id=ID, slug=None, language=language)
        await people.persons(plans, language=language, after=None if is_first else ("m", ID), limit=20)
        await films.films_of_person(
            plans, person_id=PersonId(ID), language=language, after=None if is_first else (1920, "m", ID), limit=20
        )

    assert (len(plans.found), plans.slow()) == (8, [])
