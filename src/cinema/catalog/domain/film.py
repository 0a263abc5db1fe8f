"""What the catalogue keeps of films, genres and persons."""

from dataclasses import dataclass

from cinema.contracts.enums import Access, FilmPart
from cinema.contracts.text import Text
from cinema.kit.money import Money

AGES = (0, 6, 12, 16, 18)
"""The age ratings there are, in years (Federal Law 436-FZ, article 6)."""

FREE_MINUTES_MAX = 3
FREE_BEFORE_YEAR = 1900


@dataclass(frozen=True, slots=True, kw_only=True)
class GenreEntry:
    """A genre as it is imported."""

    slug: str
    name: Text


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonEntry:
    """A person as it is imported."""

    slug: str
    name: Text


@dataclass(frozen=True, slots=True, kw_only=True)
class PartEntry:
    """One person's part in a film; ``person`` is a slug, ``role`` the character of an actor."""

    part: FilmPart
    person: str
    role: Text | None


@dataclass(frozen=True, slots=True, kw_only=True)
class FilmEntry:
    """A film as it is imported.

    ``countries`` are ISO 3166 codes (dissolved states included), ``languages`` ISO 639
    codes of what is spoken; ``age`` the youngest age in years; ``buy`` and ``rent`` what
    it costs for good and for a time, in one currency (None: not sold so); ``parts`` in
    order of the credits.
    """

    slug: str
    title: Text
    title_original: str
    year: int
    countries: tuple[str, ...]
    languages: tuple[str, ...]
    minutes: int
    is_colour: bool
    is_silent: bool
    age: int
    access: Access
    buy: Money | None
    rent: Money | None
    description: Text
    public_domain: str
    genres: tuple[str, ...]
    parts: tuple[PartEntry, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """Everything that one import brings, checked."""

    genres: tuple[GenreEntry, ...]
    persons: tuple[PersonEntry, ...]
    films: tuple[FilmEntry, ...]


def usual_access(*, minutes: int, year: int) -> Access:
    """The terms of a film that names none: cinema's first minutes are free, the rest wants a subscription."""
    if minutes <= FREE_MINUTES_MAX and year < FREE_BEFORE_YEAR:
        return Access.FREE
    return Access.SUBSCRIPTION
