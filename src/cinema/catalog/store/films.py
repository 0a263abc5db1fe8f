"""Reading films."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import Enum
from uuid import UUID

from cinema.catalog.store.people import Genre
from cinema.contracts.catalog import FilmFacts
from cinema.contracts.enums import Access, FilmPart, FilmSort
from cinema.contracts.ids import FilmId, GenreId, PersonId
from cinema.contracts.text import Language, Text
from cinema.contracts.views.catalog import (
    CastView,
    FilmCard,
    FilmItem,
    FilmographyItem,
    GenreName,
    PartView,
    PersonView,
)
from cinema.kit.db import ReadTx, Row
from cinema.kit.money import Money


def select_items(more: str = "") -> str:
    """What every list shows of a film ``f`` in the language $1, and ``more`` columns."""
    return f"""
SELECT f.film_id, f.slug, CASE $1 WHEN 'ru' THEN f.title_ru ELSE f.title_en END AS title, f.title_original,
  f.year, f.minutes, f.countries, f.is_colour, f.is_silent, f.age, f.access, f.created_at,
  CASE $1 WHEN 'ru' THEN f.sort_ru ELSE f.sort_en END AS sort,
  (SELECT jsonb_agg(jsonb_build_array(g.genre_id, g.slug, CASE $1 WHEN 'ru' THEN g.name_ru ELSE g.name_en END)
     ORDER BY fg.position)
   FROM catalog.film_genres AS fg JOIN catalog.genres AS g USING (genre_id) WHERE fg.film_id = f.film_id) AS genres
  {more}
FROM catalog.films AS f
"""  # noqa: S608 - made of constants of this file


class Extent(Enum):
    """Of which films a list is made, as SQL; the genre is $3.

    Of a small genre the films are fetched and put in order; those of a large one are met
    soon enough on the way along the order. Either would be slow for the other, and the
    database, which plans once for every genre, does not choose.
    """

    ALL = "true"
    SMALL_GENRE = "f.film_id = ANY (ARRAY (SELECT film_id FROM catalog.film_genres WHERE genre_id = $3))"
    LARGE_GENRE = "(SELECT true FROM catalog.film_genres AS x WHERE x.film_id = f.film_id AND x.genre_id = $3)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """Columns that put films in a total order, as SQL, and forms that turn parameters into their values."""

    columns: str
    values: tuple[str, ...]
    is_descending: bool = False

    def query(self, *, extent: Extent, is_first: bool) -> str:
        """The first page, or the one after a place."""
        begin = 3 if extent is Extent.ALL else 4
        values = ", ".join(value.format(f"${number}") for number, value in enumerate(self.values, start=begin))
        after = f"({self.columns}) {'<' if self.is_descending else '>'} ({values})"
        direction = "DESC" if self.is_descending else "ASC"
        order = ", ".join(f"{column} {direction}" for column in self.columns.split(", "))
        return f"""{select_items()}
WHERE {extent.value} AND {"true" if is_first else after}
ORDER BY {order} LIMIT $2"""


def _orders(language: Language) -> dict[FilmSort, Order]:
    sort = f"f.sort_{language}"
    arrival = ("{}::timestamptz", "{}::uuid")
    return {
        FilmSort.TITLE: Order(columns=f"{sort}, f.film_id", values=("{}::text", "{}::uuid")),
        FilmSort.OLDEST: Order(columns=f"f.year, {sort}, f.film_id", values=("{}::int", "{}::text", "{}::uuid")),
        FilmSort.NEWEST: Order(columns=f"(-f.year), {sort}, f.film_id", values=("-{}::int", "{}::text", "{}::uuid")),
        FilmSort.ADDED: Order(columns="f.created_at, f.film_id", values=arrival, is_descending=True),
    }


QUERIES = {
    (language, sort, extent, is_first): order.query(extent=extent, is_first=is_first)
    for language in Language
    for sort, order in _orders(language).items()
    for extent in Extent
    for is_first in (True, False)
}
"""Every order in every language, written out once: nothing of a request becomes SQL."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """A film in a list, and the values that say where it stands in the list's order."""

    item: FilmItem
    place: tuple[object, ...]


async def films(
    tx: ReadTx, *, language: Language, sort: FilmSort, genre: Genre | None, after: Sequence[object] | None, limit: int
) -> list[Placed]:
    """At most ``limit`` films in order of ``sort``, from the place ``after`` on."""
    extent = Extent.ALL
    if genre is not None:
        extent = Extent.LARGE_GENRE if genre.is_large else Extent.SMALL_GENRE
    query = QUERIES[language, sort, extent, after is None]
    of_genre = () if genre is None else (genre.id,)
    rows = await tx.all(query, language, limit, *of_genre, *(after or ()))
    return [Placed(item=item(row, language=language), place=_place(row, sort)) for row in rows]


def _place(row: Row, sort: FilmSort) -> tuple[object, ...]:
    if sort is FilmSort.TITLE:
        return row["sort"], row["film_id"]
    if sort is FilmSort.ADDED:
        return row["created_at"], row["film_id"]
    return row["year"], row["sort"], row["film_id"]


async def film_card(tx: ReadTx, *, film_id: UUID | None, slug: str | None, language: Language) -> FilmCard | None:
    """The film with this id, or else with this slug."""
    row = await tx.one(CARD, language, film_id, slug)
    if row is None:
        return None
    people = await tx.all(CREDITS, language, row["film_id"])
    shown = item(row, language=language)
    return FilmCard(
        id=shown.id,
        slug=shown.slug,
        title=shown.title,
        title_original=shown.title_original,
        year=shown.year,
        minutes=shown.minutes,
        countries=shown.countries,
        languages=tuple(row["languages"]),
        colour=shown.colour,
        silent=shown.silent,
        age=shown.age,
        access=shown.access,
        description=row["description"],
        public_domain=row["public_domain"],
        genres=shown.genres,
        directors=tuple(_person(one) for one in people if one["part"] == FilmPart.DIRECTOR),
        writers=tuple(_person(one) for one in people if one["part"] == FilmPart.WRITER),
        actors=tuple(_cast(one) for one in people if one["part"] == FilmPart.ACTOR),
        poster=shown.poster,
        backdrop=shown.backdrop,
        added_at=row["created_at"],
        updated_at=row["updated_at"],
    )


async def is_empty(tx: ReadTx) -> bool:
    """Whether no film is stored."""
    return not await tx.value("SELECT EXISTS (SELECT FROM catalog.films)")


async def count(tx: ReadTx) -> int:
    """How many films are stored."""
    found: int = await tx.value("SELECT count(*) FROM catalog.films")
    return found


async def film_facts(tx: ReadTx, *, film_id: FilmId) -> FilmFacts | None:
    """What other contexts need to know of the film."""
    row = await tx.one(
        """SELECT film_id, slug, title_ru, title_en, access, age, buy_minor, rent_minor, price_currency
           FROM catalog.films WHERE film_id = $1""",
        film_id,
    )
    if row is None:
        return None
    return FilmFacts(
        film_id=FilmId(row["film_id"]),
        slug=row["slug"],
        title=Text(ru=row["title_ru"], en=row["title_en"]),
        access=Access(row["access"]),
        age=row["age"],
        buy=_price(row, "buy_minor"),
        rent=_price(row, "rent_minor"),
    )


def _price(row: Row, column: str) -> Money | None:
    return None if row[column] is None else Money(minor=row[column], currency=row["price_currency"])


async def items(tx: ReadTx, *, film_ids: Collection[FilmId], language: Language) -> dict[FilmId, FilmItem]:
    """These films as a list shows them, by one statement; those that are not there are left out."""
    rows = await tx.all(select_items() + "WHERE f.film_id = ANY ($2)", language, list(film_ids))
    return {FilmId(row["film_id"]): item(row, language=language) for row in rows}


async def films_of_person(
    tx: ReadTx, *, person_id: PersonId, language: Language, after: tuple[int, str, UUID] | None, limit: int
) -> list[tuple[FilmographyItem, tuple[object, ...]]]:
    """At most ``limit`` films that the person had a part in, newest first, each with its place."""
    rows = await tx.all(FILMOGRAPHY[language, after is None], language, limit, person_id, *(after or ()))
    found: list[tuple[FilmographyItem, tuple[object, ...]]] = []
    for row in rows:
        parts = tuple(PartView(part=FilmPart(part), character=role) for part, role in row["parts"])
        place = (row["year"], row["sort"], row["film_id"])
        found.append((FilmographyItem(film=item(row, language=language), parts=parts), place))
    return found


def item(row: Row, *, language: Language) -> FilmItem:
    """A film as a row of `select_items` tells it."""
    return FilmItem(
        id=FilmId(row["film_id"]),
        slug=row["slug"],
        title=row["title"],
        title_original=row["title_original"],
        year=row["year"],
        minutes=row["minutes"],
        countries=tuple(row["countries"]),
        colour=row["is_colour"],
        silent=row["is_silent"],
        age=row["age"],
        access=Access(row["access"]),
        genres=tuple(GenreName(id=GenreId(UUID(id_)), slug=slug, name=name) for id_, slug, name in row["genres"] or ()),
        poster=_picture(row["slug"], "poster", language),
        backdrop=_picture(row["slug"], "backdrop", language),
    )


def _picture(slug: str, kind: str, language: Language) -> str:
    return f"/v1/films/{slug}/{kind}.svg?language={language}"


def _person(row: Row) -> PersonView:
    return PersonView(id=PersonId(row["person_id"]), slug=row["slug"], name=row["name"])


def _cast(row: Row) -> CastView:
    return CastView(id=PersonId(row["person_id"]), slug=row["slug"], name=row["name"], character=row["role"])


CARD = (
    select_items(
        """, f.updated_at, f.languages, f.public_domain,
  CASE $1 WHEN 'ru' THEN f.description_ru ELSE f.description_en END AS description"""
    )
    + "WHERE f.film_id = $2 OR ($2 IS NULL AND f.slug = $3)"
)

CREDITS = """
SELECT p.person_id, p.slug, CASE $1 WHEN 'ru' THEN p.name_ru ELSE p.name_en END AS name, c.part,
  CASE $1 WHEN 'ru' THEN c.role_ru ELSE c.role_en END AS role
FROM catalog.film_persons AS c JOIN catalog.persons AS p USING (person_id)
WHERE c.film_id = $2 ORDER BY c.part, c.position
"""


def _filmography(language: Language, *, is_first: bool) -> str:
    sort = f"f.sort_{language}"
    parts = """, (SELECT jsonb_agg(jsonb_build_array(c.part, CASE $1 WHEN 'ru' THEN c.role_ru ELSE c.role_en END)
     ORDER BY array_position('{director,writer,actor}'::text[], c.part))
   FROM catalog.film_persons AS c WHERE c.film_id = f.film_id AND c.person_id = $3::uuid) AS parts"""
    after = f"((-f.year), {sort}, f.film_id) > (-$4::int, $5::text, $6::uuid)"
    return f"""{select_items(parts)}
WHERE f.film_id IN (SELECT film_id FROM catalog.film_persons WHERE person_id = $3::uuid)
  AND {"true" if is_first else after}
ORDER BY (-f.year), {sort}, f.film_id LIMIT $2"""  # noqa: S608 - made of constants of this file


FILMOGRAPHY = {
    (language, is_first): _filmography(language, is_first=is_first)
    for language in Language
    for is_first in (True, False)
}
