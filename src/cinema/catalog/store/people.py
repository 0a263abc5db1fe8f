"""Reading genres and persons."""

from dataclasses import dataclass
from uuid import UUID

from cinema.contracts.ids import GenreId, PersonId
from cinema.contracts.text import Language
from cinema.contracts.views.catalog import GenreView, PersonView
from cinema.kit.db import ReadTx

GENRES_MAX = 500
"""Genres that are listed; they fit one page."""


GENRE_LARGE_FROM = 2_000
"""Films from which on a genre is large: so many are fetched and sorted in 5 ms at most."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Genre:
    """A genre that films are listed by."""

    id: GenreId
    is_large: bool


async def genres(tx: ReadTx, *, language: Language) -> list[GenreView]:
    """All genres in order of their names."""
    rows = await tx.all(
        """SELECT g.genre_id, g.slug, CASE $1 WHEN 'ru' THEN g.name_ru ELSE g.name_en END AS name,
             (SELECT count(*) FROM catalog.film_genres AS x WHERE x.genre_id = g.genre_id) AS film_count
           FROM catalog.genres AS g
           ORDER BY CASE $1 WHEN 'ru' THEN g.sort_ru ELSE g.sort_en END, g.genre_id LIMIT $2""",
        language,
        GENRES_MAX,
    )
    return [
        GenreView(id=GenreId(row["genre_id"]), slug=row["slug"], name=row["name"], film_count=row["film_count"])
        for row in rows
    ]


async def genre(tx: ReadTx, *, genre_id: UUID | None, slug: str | None, language: Language) -> GenreView | None:
    """The genre with this id, or else with this slug."""
    row = await tx.one(
        """SELECT g.genre_id, g.slug, CASE $1 WHEN 'ru' THEN g.name_ru ELSE g.name_en END AS name,
             (SELECT count(*) FROM catalog.film_genres AS x WHERE x.genre_id = g.genre_id) AS film_count
           FROM catalog.genres AS g WHERE g.genre_id = $2 OR ($2 IS NULL AND g.slug = $3)""",
        language,
        genre_id,
        slug,
    )
    if row is None:
        return None
    return GenreView(id=GenreId(row["genre_id"]), slug=row["slug"], name=row["name"], film_count=row["film_count"])


async def genre_of_list(tx: ReadTx, *, slug: str) -> Genre | None:
    """The genre with this slug, and whether it has many films."""
    row = await tx.one(
        """SELECT g.genre_id, (
             SELECT count(*) FROM (SELECT FROM catalog.film_genres AS x WHERE x.genre_id = g.genre_id LIMIT $2) AS found
           ) AS film_count
           FROM catalog.genres AS g WHERE g.slug = $1""",
        slug,
        GENRE_LARGE_FROM,
    )
    return None if row is None else Genre(id=GenreId(row["genre_id"]), is_large=row["film_count"] == GENRE_LARGE_FROM)


async def persons(
    tx: ReadTx, *, language: Language, after: tuple[str, UUID] | None, limit: int
) -> list[tuple[PersonView, tuple[object, ...]]]:
    """At most ``limit`` persons in order of their last names, each with its place."""
    rows = await tx.all(PERSONS[language, after is None], limit, *(after or ()))
    return [
        (PersonView(id=PersonId(row["person_id"]), slug=row["slug"], name=row["name"]), (row["sort"], row["person_id"]))
        for row in rows
    ]


async def person(tx: ReadTx, *, person_id: UUID | None, slug: str | None, language: Language) -> PersonView | None:
    """The person with this id, or else with this slug."""
    row = await tx.one(
        """SELECT person_id, slug, CASE $1 WHEN 'ru' THEN name_ru ELSE name_en END AS name
           FROM catalog.persons WHERE person_id = $2 OR ($2 IS NULL AND slug = $3)""",
        language,
        person_id,
        slug,
    )
    return None if row is None else PersonView(id=PersonId(row["person_id"]), slug=row["slug"], name=row["name"])


def _persons(language: Language, *, is_first: bool) -> str:
    return f"""
SELECT person_id, slug, name_{language} AS name, sort_{language} AS sort
FROM catalog.persons
WHERE {"true" if is_first else f"(sort_{language}, person_id) > ($2::text, $3::uuid)"}
ORDER BY sort_{language}, person_id LIMIT $1"""  # noqa: S608 - made of constants of this file


PERSONS = {
    (language, is_first): _persons(language, is_first=is_first) for language in Language for is_first in (True, False)
}
"""The list in every language, written out once: nothing of a request becomes SQL."""
