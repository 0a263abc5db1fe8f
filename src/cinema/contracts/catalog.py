"""Catalogue: what there is to watch."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Protocol

from cinema.contracts.enums import Access, FilmSort, PictureSize
from cinema.contracts.ids import FilmId
from cinema.contracts.text import Language, Text
from cinema.contracts.views.catalog import (
    FilmCard,
    FilmItem,
    FilmographyItem,
    GenreView,
    PersonView,
    PictureView,
    SimilarFilm,
)
from cinema.kit.errors import NotFound
from cinema.kit.money import Money
from cinema.kit.page import Page


class FilmNotFound(NotFound):
    """There is no such film."""

    code = "film-not-found"


@dataclass(frozen=True, slots=True, kw_only=True)
class FilmFacts:
    """What other contexts need to know of a film. ``age`` is the youngest age in years that may see it.

    ``buy`` and ``rent`` are what it costs for good and for a time; None: not sold so.
    """

    film_id: FilmId
    slug: str
    title: Text
    access: Access
    age: int
    buy: Money | None = None
    rent: Money | None = None


class Catalog(Protocol):
    """Answers what a film is."""

    async def film(self, film_id: FilmId) -> FilmFacts:
        """Raises `FilmNotFound`."""
        ...


class CatalogReader(Protocol):
    """Shows films, genres and persons in one language. Nothing changes by reading.

    A thing is named by its id or by its slug; one that is not there raises a `NotFound`,
    a wrong cursor a `BadRequest`.
    """

    async def films(
        self, *, language: Language, sort: FilmSort, genre: str | None, cursor: str | None, limit: int
    ) -> Page[FilmItem]:
        """Films in the order of ``sort``, all or those of a genre (by its slug). Raises an `Invalid` for no genre."""
        ...

    async def items(self, *, film_ids: Collection[FilmId], language: Language) -> Mapping[FilmId, FilmItem]:
        """Films as in a list, asked once for all; those that are not there are left out."""
        ...

    async def film_count(self) -> int:
        """How many films there are."""
        ...

    async def similar(self, *, film: str, language: Language, limit: int) -> tuple[SimilarFilm, ...]:
        """Films that share most with this one: directors, actors, genres, years; none that share nothing."""
        ...

    async def picture(self, *, film: str, picture: str, language: Language) -> bytes:
        """The drawn ``poster`` or ``backdrop`` of a film, as SVG."""
        ...

    def preview(self, *, card: FilmCard, picture: str, size: PictureSize, language: Language) -> PictureView:
        """Where the ``poster`` or ``backdrop`` is as a PNG, for who shows no SVG: previews of links, mails.

        ``language`` is that of the ``card``.
        """
        ...

    async def card(self, *, film: str, language: Language) -> FilmCard:
        """One film with its genres and credits."""
        ...

    async def genres(self, *, language: Language) -> Page[GenreView]:
        """All genres, in the order of their names, on one page."""
        ...

    async def genre(self, *, genre: str, language: Language) -> GenreView:
        """One genre."""
        ...

    async def persons(self, *, language: Language, cursor: str | None, limit: int) -> Page[PersonView]:
        """Persons, in the order of their last names."""
        ...

    async def person(self, *, person: str, language: Language) -> PersonView:
        """One person."""
        ...

    async def filmography(
        self, *, person: str, language: Language, cursor: str | None, limit: int
    ) -> Page[FilmographyItem]:
        """The films that a person had a part in, newest first."""
        ...
