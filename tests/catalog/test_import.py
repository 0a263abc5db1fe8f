"""Importing films: everything or nothing, and nothing twice."""

import asyncio
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from catalog.making import PEOPLE, film_row, make_batch, make_film, make_part, make_person, person_row, write_folder
from cinema.catalog.domain.film import usual_access
from cinema.catalog.module import CatalogFacades
from cinema.catalog.service.importing import DATA, Counts, ImportRefused
from cinema.contracts.catalog import FilmNotFound
from cinema.contracts.enums import Access, FilmPart
from cinema.contracts.ids import FilmId
from cinema.contracts.text import Language, Text
from cinema.kit.clock import ManualClock
from cinema.kit.db import Database
from cinema.kit.ids import uuid7
from rivals import held_up


async def counted(db: Database) -> tuple[int, int, int, int, int]:
    async with db.read() as tx:
        row = await tx.one(
            """SELECT (SELECT count(*) FROM catalog.films), (SELECT count(*) FROM catalog.persons),
                 (SELECT count(*) FROM catalog.genres), (SELECT count(*) FROM catalog.film_genres),
                 (SELECT count(*) FROM catalog.film_persons)"""
        )
    assert row is not None
    return tuple(row)


async def changes(db: Database) -> dict[str, int]:
    async with db.read() as tx:
        rows = await tx.all("SELECT slug, change FROM catalog.films UNION ALL SELECT slug, change FROM catalog.persons")
    return {row["slug"]: row["change"] for row in rows}


async def test_the_films_that_come_with_the_product_are_imported_once(
    catalog: CatalogFacades, db: Database, clock: ManualClock
) -> None:
    first = await catalog.importer.import_folder(folder=DATA)
    rows = await counted(db)
    numbers = await changes(db)

    clock.advance(timedelta(days=1))
    second = await catalog.importer.import_folder(folder=DATA)

    assert first.films.added >= 120
    assert first.films == Counts(added=rows[0], changed=0, unchanged=0)
    assert second.films == Counts(added=0, changed=0, unchanged=rows[0])
    assert not second.is_change
    assert second.sentence() == f"Nothing has changed: all {rows[0]} films are as they were."
    assert await counted(db) == rows
    assert await changes(db) == numbers


async def test_a_changed_film_keeps_its_id_and_gets_a_new_change_number(
    catalog: CatalogFacades, db: Database, clock: ManualClock
) -> None:
    persons = (make_person("lang"), make_person("helm"))
    kept = make_film("kept", parts=(make_part(FilmPart.DIRECTOR, "lang"),))
    old = make_film("metropolis", year=1926, genres=("drama", "crime"), parts=(make_part(FilmPart.DIRECTOR, "lang"),))
    await catalog.importer.import_batch(batch=make_batch(kept, old, persons=persons))
    before = await catalog.catalog.film(await film_id(db, "metropolis"))
    numbers = await changes(db)

    clock.advance(timedelta(hours=1))
    actor = make_part(FilmPart.ACTOR, "helm", role=Text(ru="Мария", en="Maria"))
    fresh = make_film("metropolis", year=1927, genres=("science-fiction",), parts=(actor,))
    report = await catalog.importer.import_batch(batch=make_batch(kept, fresh, persons=persons))

    assert report.films == Counts(added=0, changed=1, unchanged=1)
    assert report.persons == Counts(added=0, changed=0, unchanged=2)
    assert report.sentence() == "Films: 0 added, 1 changed, 1 as they were; persons: 0 added, 0 changed."
    after = await changes(db)
    assert after.pop("metropolis") > max(numbers.values())
    assert after == {slug: number for slug, number in numbers.items() if slug != "metropolis"}
    card = await reader_card(catalog, "metropolis")
    assert (card.id, card.year, card.updated_at - card.added_at) == (before.film_id, 1927, timedelta(hours=1))
    assert [genre.slug for genre in card.genres] == ["science-fiction"]
    assert (card.directors, [actor.character for actor in card.actors]) == ((), ["Maria"])


async def test_two_imports_at_once_add_a_film_once(catalog: CatalogFacades, db: Database) -> None:
    batch = make_batch(make_film("general", genres=("comedy",)))

    async with held_up(db, "LOCK TABLE catalog.genres IN SHARE MODE", rivals=2):
        imports = [asyncio.create_task(catalog.importer.import_batch(batch=batch)) for _ in range(2)]
    reports = await asyncio.gather(*imports)

    assert sorted((report.films.added, report.films.unchanged) for report in reports) == [(0, 1), (1, 0)]
    async with db.read() as tx:
        assert await tx.value("SELECT count(*) FROM catalog.film_genres") == 1


async def test_what_is_not_in_a_later_import_stays(catalog: CatalogFacades, db: Database) -> None:
    await catalog.importer.import_batch(batch=make_batch(make_film("one")))

    report = await catalog.importer.import_batch(batch=make_batch(make_film("two")))

    assert report.films == Counts(added=1, changed=0, unchanged=0)
    assert set(await changes(db)) == {"one", "two"}


async def test_a_later_import_may_name_persons_who_are_there(catalog: CatalogFacades, db: Database) -> None:
    await catalog.importer.import_batch(batch=make_batch(persons=(make_person("lang"),)))

    film = make_film("m", parts=(make_part(FilmPart.DIRECTOR, "lang"),))
    report = await catalog.importer.import_batch(batch=make_batch(film))

    assert report.films.added == 1
    assert await counted(db) == (1, 1, 1, 1, 1)


async def test_a_film_with_strangers_is_refused_with_everything_else(catalog: CatalogFacades, db: Database) -> None:
    good = make_film("good")
    bad = make_film("bad", genres=("no-genre",), parts=(make_part(FilmPart.WRITER, "nobody"),))

    with pytest.raises(ImportRefused) as refusal:
        await catalog.importer.import_batch(batch=make_batch(good, bad))

    assert refusal.value.mistakes == ("bad: there is no genre no-genre", "bad: there is no person nobody")
    assert await counted(db) == (0, 0, 0, 0, 0)


def bad_rows() -> Iterator[tuple[str, Any, str]]:
    place = "films.json, row 1 (metropolis): "
    yield "a number as text", film_row("metropolis", year="1927"), place + "year: input should be a valid integer"
    yield (
        "a year before film",
        film_row("metropolis", year=1800),
        (place + "year: input should be greater than or equal to 1878"),
    )
    for price in (True, "9900", 299.0):
        yield (
            f"a price like {price!r}",
            film_row("metropolis", prices={"currency": "RUB", "buy": price}),
            place + "prices.buy: input should be a valid integer",
        )
    yield (
        "prices without a price",
        film_row("metropolis", prices={"currency": "RUB"}),
        place + "prices: value error, there is neither a price to buy nor one to rent",
    )
    yield (
        "a price of what is free",
        film_row("metropolis", access="free", prices={"currency": "RUB", "rent": 9_900}),
        place + "prices: nobody pays for what is free",
    )
    yield "no minutes", film_row("metropolis", minutes=0), place + "minutes: input should be greater than or equal to 1"
    yield "a colour as number", film_row("metropolis", colour=1), place + "colour: input should be a valid boolean"
    yield (
        "an unknown rating",
        film_row("metropolis", age_rating="13+"),
        (place + "age_rating: string should match pattern '^(0|6|12|16|18)\\+$'"),
    )
    yield (
        "no genre",
        film_row("metropolis", genres=[]),
        (place + "genres: list should have at least 1 item after validation, not 0"),
    )
    yield (
        "a genre twice",
        film_row("metropolis", genres=["drama", "drama"]),
        (place + "genres: drama stands there twice"),
    )
    yield (
        "a writer twice",
        film_row("metropolis", writers=["fritz-lang", "fritz-lang"]),
        (place + "writers: fritz-lang stands there twice"),
    )
    yield (
        "a field that we do not know",
        film_row("metropolis", rating=5),
        (place + "rating: extra inputs are not permitted"),
    )
    yield (
        "a language too few",
        film_row("metropolis", title={"ru": "Да", "original": "Ja"}),
        (place + "title.en: field required"),
    )
    yield (
        "a space at the end",
        film_row("metropolis", public_domain="yes "),
        (place + "public_domain: string should match pattern '^[^\\s\\p{Cc}]([^\\p{Cc}]*[^\\s\\p{Cc}])?$'"),
    )
    yield (
        "an id as slug",
        film_row("01900000-0000-7000-8000-000000000001"),
        ("films.json, row 1 (01900000-0000-7000-8000-000000000001): slug: this looks like an id"),
    )
    yield "no object", 7, "films.json, row 1: the row: input should be a valid dictionary or instance of FilmSource"


@pytest.mark.parametrize(("row", "sentence"), [pytest.param(row, text, id=name) for name, row, text in bad_rows()])
async def test_a_bad_row_is_named_and_nothing_is_imported(
    catalog: CatalogFacades, db: Database, tmp_path: Path, row: Any, sentence: str
) -> None:
    folder = write_folder(tmp_path, films=[row, film_row("good")], persons=PEOPLE)

    with pytest.raises(ImportRefused) as refusal:
        await catalog.importer.import_folder(folder=folder)

    assert refusal.value.mistakes == (sentence,)
    assert await counted(db) == (0, 0, 0, 0, 0)


async def test_all_mistakes_are_told_at_once(catalog: CatalogFacades, tmp_path: Path) -> None:
    films = [film_row("one", year=1), film_row("two"), film_row("two", year=1928), film_row("three", minutes=-1)]
    folder = write_folder(tmp_path, films=films, persons=PEOPLE)

    with pytest.raises(ImportRefused) as refusal:
        await catalog.importer.import_folder(folder=folder)

    assert refusal.value.mistakes == (
        "films.json, row 1 (one): year: input should be greater than or equal to 1878",
        "films.json, row 4 (three): minutes: input should be greater than or equal to 1",
        "films.json, row 3 (two): slug: the same slug stands with another content at films.json, row 2 (two)",
    )
    assert refusal.value.facts["mistakes_count"] == 3


async def test_a_person_may_stand_in_two_files_word_for_word(
    catalog: CatalogFacades, db: Database, tmp_path: Path
) -> None:
    folder = write_folder(tmp_path, films=[film_row("metropolis")], persons_a=PEOPLE, persons_b=PEOPLE)

    report = await catalog.importer.import_folder(folder=folder)

    assert report.persons == Counts(added=2, changed=0, unchanged=0)
    assert await counted(db) == (1, 2, 1, 1, 2)


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("films.json", b"{", "films.json: this is not JSON in UTF-8"),
        ("films.json", b"\xff\xfe", "films.json: this is not JSON in UTF-8"),
        ("films.json", b"{}", "films.json: the file has to hold a list"),
        ("other.json", b"[]", "there is no film in any films*.json"),
    ],
)
async def test_a_file_that_cannot_be_read_is_named(
    catalog: CatalogFacades, tmp_path: Path, name: str, content: bytes, sentence: str
) -> None:
    (tmp_path / name).write_bytes(content)

    with pytest.raises(ImportRefused) as refusal:
        await catalog.importer.import_folder(folder=tmp_path)

    assert len(refusal.value.mistakes) == 1
    assert sentence in refusal.value.mistakes[0]


async def test_what_is_no_file_is_named(catalog: CatalogFacades, tmp_path: Path) -> None:
    (tmp_path / "films-folder.json").mkdir()
    (tmp_path / "films-gone.json").symlink_to(tmp_path / "nowhere")

    with pytest.raises(ImportRefused) as refusal:
        await catalog.importer.import_folder(folder=tmp_path)

    assert [mistake.partition(" (")[0] for mistake in refusal.value.mistakes] == [
        "films-folder.json: the file cannot be read",
        "films-gone.json: the file cannot be read",
    ]


async def test_a_folder_that_is_not_there_is_named(catalog: CatalogFacades, tmp_path: Path) -> None:
    with pytest.raises(ImportRefused) as refusal:
        await catalog.importer.import_folder(folder=tmp_path / "nowhere")

    assert refusal.value.mistakes == (f"{tmp_path / 'nowhere'}: there is no such folder",)


async def test_genres_may_be_named_by_the_files(catalog: CatalogFacades, db: Database, tmp_path: Path) -> None:
    genres = [{"slug": "peplum", "name": {"ru": "Пеплум", "en": "Sword and sandal"}}]
    films = [film_row("metropolis", genres=["peplum", "drama"])]
    folder = write_folder(tmp_path, films=films, persons=PEOPLE, genres=genres)

    await catalog.importer.import_folder(folder=folder)

    async with db.read() as tx:
        names = await tx.all("SELECT slug, name_ru, name_en FROM catalog.genres ORDER BY slug")
    assert [tuple(row) for row in names] == [("drama", "Драма", "Drama"), ("peplum", "Пеплум", "Sword and sandal")]


@pytest.mark.parametrize(
    ("minutes", "year", "access"),
    [
        (1, 1895, Access.FREE),
        (3, 1899, Access.FREE),
        (4, 1899, Access.SUBSCRIPTION),
        (3, 1900, Access.SUBSCRIPTION),
    ],
)
def test_the_first_minutes_of_cinema_are_free(minutes: int, year: int, access: Access) -> None:
    assert usual_access(minutes=minutes, year=year) is access


async def test_a_row_may_state_its_terms(catalog: CatalogFacades, db: Database, tmp_path: Path) -> None:
    folder = write_folder(tmp_path, films=[film_row("metropolis", access="free")], persons=[*PEOPLE, person_row("x")])

    await catalog.importer.import_folder(folder=folder)

    facts = await catalog.catalog.film(await film_id(db, "metropolis"))
    assert facts.access is Access.FREE


async def test_other_contexts_are_told_the_facts_of_a_film(catalog: CatalogFacades, db: Database) -> None:
    await catalog.importer.import_batch(batch=make_batch(make_film("m", ru="М", en="M", age=16)))

    facts = await catalog.catalog.film(await film_id(db, "m"))

    assert (facts.slug, facts.title, facts.access, facts.age) == ("m", Text(ru="М", en="M"), Access.SUBSCRIPTION, 16)


async def test_a_film_that_is_not_there_is_refused(catalog: CatalogFacades, clock: ManualClock) -> None:
    with pytest.raises(FilmNotFound):
        await catalog.catalog.film(FilmId(uuid7(clock.now())))


async def film_id(db: Database, slug: str) -> FilmId:
    async with db.read() as tx:
        return FilmId(await tx.value("SELECT film_id FROM catalog.films WHERE slug = $1", slug))


async def reader_card(catalog: CatalogFacades, slug: str) -> Any:
    return await catalog.reader.card(film=slug, language=Language.EN)
