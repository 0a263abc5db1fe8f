"""Answers what readers of the catalogue ask: lists page by page, one thing by id or slug."""

import re
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from cinema.catalog.service.pictures import Picture, drawn
from cinema.catalog.service.rasters import HEIGHTS, WIDTHS, version_of
from cinema.catalog.store import films, people
from cinema.catalog.store.similar import similar_films
from cinema.contracts.catalog import FilmFacts, FilmNotFound
from cinema.contracts.enums import FilmSort, PictureSize
from cinema.contracts.ids import FilmId
from cinema.contracts.text import Language
from cinema.contracts.views.catalog import (
    FilmCard,
    FilmItem,
    FilmographyItem,
    GenreView,
    PersonView,
    PictureView,
    SimilarFilm,
)
from cinema.kit.db import Database
from cinema.kit.errors import Invalid, NotFound
from cinema.kit.keyset import Keyset, moment, page
from cinema.kit.page import Page, whole

UUID_FORM = re.compile(r"[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}", re.IGNORECASE)


class GenreNotFound(NotFound):
    """There is no such genre."""

    code = "genre-not-found"


class PersonNotFound(NotFound):
    """There is no such person."""

    code = "person-not-found"


class GenreUnknown(Invalid):
    """Films cannot be listed by this genre, because there is no such genre."""

    code = "genre-unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """How a reader names a thing: by its id, or else by its slug."""

    id: UUID | None
    slug: str | None


def reference(text: str) -> Reference:
    """An id where ``text`` has the form of one (no slug has it), else a slug."""
    if UUID_FORM.fullmatch(text):
        return Reference(id=UUID(text), slug=None)
    return Reference(id=None, slug=text)


class Reader:
    """Reads the catalogue; it also is what other contexts ask (`cinema.contracts.catalog.Catalog`)."""

    def __init__(self, *, db: Database) -> None:
        self._db = db

    async def film(self, film_id: FilmId) -> FilmFacts:
        """Raises `FilmNotFound`."""
        async with self._db.read() as tx:
            facts = await films.film_facts(tx, film_id=film_id)
        if facts is None:
            raise FilmNotFound
        return facts

    async def card(self, *, film: str, language: Language) -> FilmCard:
        """One film, by its id or slug. Raises `FilmNotFound`."""
        named = reference(film)
        async with self._db.read() as tx:
            card = await films.film_card(tx, film_id=named.id, slug=named.slug, language=language)
        if card is None:
            raise FilmNotFound
        return card

    async def films(
        self, *, language: Language, sort: FilmSort, genre: str | None, cursor: str | None, limit: int
    ) -> Page[FilmItem]:
        """One page of films. Raises `GenreUnknown`, and `CursorInvalid` also for the cursor of another order."""
        after = _place(cursor, f"films {sort} {language}", *KINDS[sort])
        async with self._db.read() as tx:
            of_genre = await people.genre_of_list(tx, slug=genre) if genre is not None else None
            if genre is not None and of_genre is None:
                raise GenreUnknown
            rows = await films.films(tx, language=language, sort=sort, genre=of_genre, after=after, limit=limit + 1)
        shown = page(rows, limit=limit, cursor=lambda one: _cursor(f"films {sort} {language}", one.place))
        return shown.map(lambda one: one.item)

    async def items(self, *, film_ids: Collection[FilmId], language: Language) -> dict[FilmId, FilmItem]:
        """Films as in a list, read by one statement; those that are not there are left out."""
        if not film_ids:
            return {}
        async with self._db.read() as tx:
            return await films.items(tx, film_ids=film_ids, language=language)

    async def film_count(self) -> int:
        """How many films there are."""
        async with self._db.read() as tx:
            return await films.count(tx)

    async def similar(self, *, film: str, language: Language, limit: int) -> tuple[SimilarFilm, ...]:
        """Films that share most with this one, which is named by its id or slug. Raises `FilmNotFound`."""
        named = reference(film)
        async with self._db.read() as tx:
            found = await similar_films(tx, film_id=named.id, slug=named.slug, language=language, limit=limit)
        if found is None:
            raise FilmNotFound
        return found

    async def picture(self, *, film: str, picture: str, language: Language) -> bytes:
        """A `Picture` of a film as SVG, by its id or slug. Raises `FilmNotFound`."""
        return drawn(await self.card(film=film, language=language), picture=Picture(picture))

    def preview(self, *, card: FilmCard, picture: str, size: PictureSize, language: Language) -> PictureView:
        """Where a `Picture` of a film is as a PNG; the address has its version."""
        key = (Picture(picture), size)
        version = version_of(drawn(card, picture=key[0]), width=WIDTHS[key])
        address = f"/v1/films/{card.slug}/{picture}.png?size={size}&language={language}&drawing={version}"
        return PictureView(address=address, width=WIDTHS[key], height=HEIGHTS[key])

    async def genres(self, *, language: Language) -> Page[GenreView]:
        """All genres, in order of their names."""
        async with self._db.read() as tx:
            return whole(await people.genres(tx, language=language))

    async def genre(self, *, genre: str, language: Language) -> GenreView:
        """One genre, by its id or slug. Raises `GenreNotFound`."""
        named = reference(genre)
        async with self._db.read() as tx:
            found = await people.genre(tx, genre_id=named.id, slug=named.slug, language=language)
        if found is None:
            raise GenreNotFound
        return found

    async def persons(self, *, language: Language, cursor: str | None, limit: int) -> Page[PersonView]:
        """One page of persons, in order of their last names. Raises `CursorInvalid`."""
        after = _place(cursor, f"persons {language}", str, UUID)
        async with self._db.read() as tx:
            rows = await people.persons(tx, language=language, after=after, limit=limit + 1)
        shown = page(rows, limit=limit, cursor=lambda one: _cursor(f"persons {language}", one[1]))
        return shown.map(lambda one: one[0])

    async def person(self, *, person: str, language: Language) -> PersonView:
        """One person, by id or slug. Raises `PersonNotFound`."""
        named = reference(person)
        async with self._db.read() as tx:
            found = await people.person(tx, person_id=named.id, slug=named.slug, language=language)
        if found is None:
            raise PersonNotFound
        return found

    async def filmography(
        self, *, person: str, language: Language, cursor: str | None, limit: int
    ) -> Page[FilmographyItem]:
        """One page of a person's films, newest first. Raises `PersonNotFound` and `CursorInvalid`."""
        named = reference(person)
        after = _place(cursor, f"filmography {language}", _year, str, UUID)
        async with self._db.read() as tx:
            found = await people.person(tx, person_id=named.id, slug=named.slug, language=language)
            if found is None:
                raise PersonNotFound
            rows = await films.films_of_person(tx, person_id=found.id, language=language, after=after, limit=limit + 1)
        shown = page(rows, limit=limit, cursor=lambda one: _cursor(f"filmography {language}", one[1]))
        return shown.map(lambda one: one[0])


def _cursor(order: str, place: tuple[object, ...]) -> str:
    """The place and the order that it belongs to, so that it cannot be used in another."""
    return Keyset(order).cursor(*place)


def _place(cursor: str | None, order: str, *kinds: Callable[[Any], Any]) -> Any:
    return Keyset(order, *kinds).after(cursor)


def _year(value: int) -> int:
    year = int(value)
    if abs(year) > 9999:  # noqa: PLR2004 - far outside, and well inside what the column takes
        raise ValueError(value)
    return year


KINDS: dict[FilmSort, tuple[Callable[[Any], Any], ...]] = {
    FilmSort.TITLE: (str, UUID),
    FilmSort.OLDEST: (_year, str, UUID),
    FilmSort.NEWEST: (_year, str, UUID),
    FilmSort.ADDED: (moment, UUID),
}
