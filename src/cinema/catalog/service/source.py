"""Reads and checks the files of an import: every mistake is a sentence that names its row."""

import json
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, Self, TypeVar

from pydantic import Field, ValidationError, model_validator

from cinema.catalog.domain.film import AGES, Batch, FilmEntry, GenreEntry, PartEntry, PersonEntry, usual_access
from cinema.contracts.enums import Access, FilmPart
from cinema.contracts.text import Text
from cinema.kit.http import FREE_TEXT, Strict
from cinema.kit.money import EXPONENTS, Money

ROWS_MAX = 20_000
FILE_BYTES_MAX = 50_000_000

ONE_LINE = r"^[^\s\p{Cc}]([^\p{Cc}]*[^\s\p{Cc}])?$"
LINES = r"^[^\s\p{Cc}]([^\p{Cc}]|\n)*$"
UUID_FORM = re.compile(r"[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}")

Slug = Annotated[str, Field(min_length=1, max_length=100, pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")]
Line = Annotated[str, Field(min_length=1, max_length=300, pattern=ONE_LINE)]
Name = Annotated[str, Field(min_length=1, max_length=200, pattern=ONE_LINE)]
GenreName = Annotated[str, Field(min_length=1, max_length=100, pattern=ONE_LINE)]
Paragraph = Annotated[str, Field(min_length=1, max_length=5_000, pattern=LINES), FREE_TEXT]

T = TypeVar("T")
S = TypeVar("S", bound=Strict)


class Source(Strict, defer_build=True):
    """A row of a file; what checks it is built at the first import, not at each start."""


class TitleSource(Source):
    ru: Line
    en: Line
    original: Line


class NameSource(Source):
    ru: Name
    en: Name


class GenreNameSource(Source):
    ru: GenreName
    en: GenreName


class ParagraphSource(Source):
    ru: Paragraph
    en: Paragraph


class GenreSource(Source):
    slug: Slug
    name: GenreNameSource


class PersonSource(Source):
    slug: Slug
    name: NameSource


class ActorSource(Source):
    person: Slug
    role: NameSource | None = None


class PricesSource(Source):
    """What a film costs, in minor units, for good and for a time."""

    currency: str = Field(pattern=rf"^({'|'.join(EXPONENTS)})$")
    buy: int | None = Field(default=None, strict=True, ge=0, le=10**12)
    rent: int | None = Field(default=None, strict=True, ge=0, le=10**12)

    @model_validator(mode="after")
    def _has_one(self) -> Self:
        if self.buy is None and self.rent is None:
            raise ValueError("there is neither a price to buy nor one to rent")
        return self

    def of(self, minor: int | None) -> Money | None:
        return None if minor is None else Money(minor=minor, currency=self.currency)


class FilmSource(Source):
    """One film of a ``films*.json``."""

    slug: Slug
    title: TitleSource
    year: int = Field(strict=True, ge=1878, le=2200)
    countries: list[Annotated[str, Field(pattern="^[A-Z]{2}$")]] = Field(min_length=1, max_length=20)
    languages: list[Annotated[str, Field(pattern="^[a-z]{2,3}$")]] = Field(max_length=20)
    minutes: int = Field(strict=True, ge=1, le=2000)
    colour: bool = Field(strict=True)
    silent: bool = Field(strict=True)
    age_rating: str = Field(pattern=rf"^({'|'.join(str(age) for age in AGES)})\+$")
    genres: list[Slug] = Field(min_length=1, max_length=10)
    directors: list[Slug] = Field(max_length=50)
    writers: list[Slug] = Field(max_length=50)
    actors: list[ActorSource] = Field(max_length=200)
    description: ParagraphSource
    public_domain: Line
    access: Access | None = None
    prices: PricesSource | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """What was read: a batch, and a sentence for each mistake. With a mistake the batch is not whole."""

    batch: Batch
    mistakes: tuple[str, ...]


@dataclass(slots=True)
class Notes:
    """Mistakes as they are found."""

    sentences: list[str] = field(default_factory=list)

    def add(self, place: str, sentence: str) -> None:
        self.sentences.append(f"{place}: {sentence}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A row and where it stands, for example ``films.json, row 3 (metropolis)``."""

    place: str
    row: Any


def read_folder(folder: Path) -> Checked:
    """Reads ``genres*.json``, ``persons*.json`` and ``films*.json`` of ``folder``; blocks while it reads."""
    notes = Notes()
    if not folder.is_dir():
        notes.add(str(folder), "there is no such folder")
        return Checked(batch=Batch(genres=(), persons=(), films=()), mistakes=tuple(notes.sentences))
    rows = {kind: list(_rows(folder, kind, notes)) for kind in ("genres", "persons", "films")}
    if not rows["films"] and not notes.sentences:
        notes.add(str(folder), "there is no film in any films*.json")
    return check(genres=rows["genres"], persons=rows["persons"], films=rows["films"], notes=notes)


def check(*, genres: Sequence[Found], persons: Sequence[Found], films: Sequence[Found], notes: Notes) -> Checked:
    """Checks rows one by one and against each other; ``notes`` may hold mistakes from before."""
    genre_entries = _entries(genres, GenreSource, _genre, notes)
    person_entries = _entries(persons, PersonSource, _person, notes)
    film_entries = _entries(films, FilmSource, _film, notes)
    for kind, found in (("genres", genres), ("persons", persons), ("films", films)):
        if len(found) > ROWS_MAX:
            notes.add(kind, f"{len(found)} rows are more than the {ROWS_MAX} that one import takes")
        _check_slugs(found, notes)
    for place, film in film_entries:
        _check_film(place, film, notes)
    batch = Batch(
        genres=tuple(dict.fromkeys(entry for _, entry in genre_entries)),
        persons=tuple(dict.fromkeys(entry for _, entry in person_entries)),
        films=tuple(dict.fromkeys(entry for _, entry in film_entries)),
    )
    return Checked(batch=batch, mistakes=tuple(notes.sentences))


def _rows(folder: Path, kind: str, notes: Notes) -> Iterator[Found]:
    for path in sorted(folder.glob(f"{kind}*.json")):
        try:
            if path.stat().st_size > FILE_BYTES_MAX:
                notes.add(path.name, f"the file is larger than {FILE_BYTES_MAX} bytes")
                continue
            rows = json.loads(path.read_text(encoding="utf-8"))
        except OSError as error:
            notes.add(path.name, f"the file cannot be read ({error.strerror})")
            continue
        except (ValueError, RecursionError) as error:
            notes.add(path.name, f"this is not JSON in UTF-8 ({error})")
            continue
        if not isinstance(rows, list):
            notes.add(path.name, "the file has to hold a list")
            continue
        for number, row in enumerate(rows, start=1):
            slug = row.get("slug") if isinstance(row, dict) else None
            name = f" ({slug})" if isinstance(slug, str) else ""
            yield Found(place=f"{path.name}, row {number}{name}", row=row)


def _entries(found: Iterable[Found], kind: type[S], turn: Callable[[S], T], notes: Notes) -> list[tuple[str, T]]:
    entries: list[tuple[str, T]] = []
    for one in found:
        try:
            entries.append((one.place, turn(kind.model_validate(one.row))))
        except ValidationError as error:
            for detail in error.errors(include_url=False, include_input=False):
                where = ".".join(str(part) for part in detail["loc"]) or "the row"
                notes.add(one.place, f"{where}: {detail['msg'][:1].lower()}{detail['msg'][1:]}")
    return entries


def _check_slugs(found: Sequence[Found], notes: Notes) -> None:
    """Files may tell the same row twice, word for word; a slug may not stand for two things."""
    first: dict[str, Found] = {}
    for one in found:
        slug = one.row.get("slug") if isinstance(one.row, dict) else None
        if not isinstance(slug, str):
            continue
        if UUID_FORM.fullmatch(slug):
            notes.add(one.place, "slug: this looks like an id")
        there = first.setdefault(slug, one)
        if there.row != one.row:
            notes.add(one.place, f"slug: the same slug stands with another content at {there.place}")


def _check_film(place: str, film: FilmEntry, notes: Notes) -> None:
    if film.access is Access.FREE and (film.buy is not None or film.rent is not None):
        notes.add(place, "prices: nobody pays for what is free")
    for name, values in (("genres", film.genres), ("countries", film.countries), ("languages", film.languages)):
        for value in _twice(values):
            notes.add(place, f"{name}: {value} stands there twice")
    for part in FilmPart:
        for person in _twice(one.person for one in film.parts if one.part is part):
            notes.add(place, f"{part}s: {person} stands there twice")


def _twice(values: Iterable[str]) -> list[str]:
    return [value for value, count in Counter(values).items() if count > 1]


def _genre(source: GenreSource) -> GenreEntry:
    return GenreEntry(slug=source.slug, name=Text(ru=source.name.ru, en=source.name.en))


def _person(source: PersonSource) -> PersonEntry:
    return PersonEntry(slug=source.slug, name=Text(ru=source.name.ru, en=source.name.en))


def _film(source: FilmSource) -> FilmEntry:
    roles = [(one.person, Text(ru=one.role.ru, en=one.role.en) if one.role else None) for one in source.actors]
    return FilmEntry(
        slug=source.slug,
        title=Text(ru=source.title.ru, en=source.title.en),
        title_original=source.title.original,
        year=source.year,
        countries=tuple(source.countries),
        languages=tuple(source.languages),
        minutes=source.minutes,
        is_colour=source.colour,
        is_silent=source.silent,
        age=int(source.age_rating.removesuffix("+")),
        access=source.access or usual_access(minutes=source.minutes, year=source.year),
        buy=source.prices.of(source.prices.buy) if source.prices else None,
        rent=source.prices.of(source.prices.rent) if source.prices else None,
        description=Text(ru=source.description.ru, en=source.description.en),
        public_domain=source.public_domain,
        genres=tuple(source.genres),
        parts=(
            *(PartEntry(part=FilmPart.DIRECTOR, person=person, role=None) for person in source.directors),
            *(PartEntry(part=FilmPart.WRITER, person=person, role=None) for person in source.writers),
            *(PartEntry(part=FilmPart.ACTOR, person=person, role=role) for person, role in roles),
        ),
    )
