"""Catalogue: what there is to watch."""

from dataclasses import dataclass
from typing import Protocol

from cinema.contracts.enums import Access
from cinema.contracts.ids import FilmId
from cinema.contracts.text import Text
from cinema.kit.errors import NotFound
from cinema.kit.money import Money


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
