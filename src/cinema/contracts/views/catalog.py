"""What is shown of the catalogue, in one language."""

from dataclasses import dataclass
from datetime import datetime

from cinema.contracts.enums import Access, FilmPart
from cinema.contracts.ids import FilmId, GenreId, PersonId


@dataclass(frozen=True, slots=True, kw_only=True)
class GenreName:
    """A genre as a film names it."""

    id: GenreId
    slug: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class GenreView:
    """A genre and how many films it has."""

    id: GenreId
    slug: str
    name: str
    film_count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonView:
    """A person."""

    id: PersonId
    slug: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CastView:
    """An actor and the character that the actor plays, where it is known."""

    id: PersonId
    slug: str
    name: str
    character: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class FilmItem:
    """A film in a list.

    ``age`` is the youngest age in years that may see it, ``countries`` are ISO 3166
    codes, ``poster`` and ``backdrop`` are addresses on this server.
    """

    id: FilmId
    slug: str
    title: str
    title_original: str
    year: int
    minutes: int
    countries: tuple[str, ...]
    colour: bool
    silent: bool
    age: int
    access: Access
    genres: tuple[GenreName, ...]
    poster: str
    backdrop: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SimilarFilm:
    """A film that is like another one; ``directors`` are those who directed both."""

    film: FilmItem
    directors: tuple[PersonId, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class FilmCard:
    """A film by itself; ``languages`` are ISO 639 codes of what is spoken, none in a silent film."""

    id: FilmId
    slug: str
    title: str
    title_original: str
    year: int
    minutes: int
    countries: tuple[str, ...]
    languages: tuple[str, ...]
    colour: bool
    silent: bool
    age: int
    access: Access
    description: str
    public_domain: str
    genres: tuple[GenreName, ...]
    directors: tuple[PersonView, ...]
    writers: tuple[PersonView, ...]
    actors: tuple[CastView, ...]
    poster: str
    backdrop: str
    added_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PictureView:
    """A picture of a film as a PNG: its address on this server, and its size in pixels.

    Another drawing has another address, so that what an address leads to may be kept for good.
    """

    address: str
    width: int
    height: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PartView:
    """What a person did for a film; ``character`` is what an actor plays."""

    part: FilmPart
    character: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class FilmographyItem:
    """A film of a person, with what the person did for it."""

    film: FilmItem
    parts: tuple[PartView, ...]
