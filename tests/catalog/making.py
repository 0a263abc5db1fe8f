"""Makes films, persons and genres for tests: plain functions, every field with a usual value."""

import json
from pathlib import Path
from typing import Any

from cinema.catalog.domain.film import Batch, FilmEntry, GenreEntry, PartEntry, PersonEntry
from cinema.contracts.enums import Access, FilmPart
from cinema.contracts.text import Text


def make_person(slug: str, *, ru: str | None = None, en: str | None = None) -> PersonEntry:
    return PersonEntry(slug=slug, name=Text(ru=ru or slug, en=en or slug))


def make_part(part: FilmPart, person: str, *, role: Text | None = None) -> PartEntry:
    return PartEntry(part=part, person=person, role=role)


def make_film(
    slug: str,
    *,
    ru: str | None = None,
    en: str | None = None,
    year: int = 1920,
    genres: tuple[str, ...] = ("drama",),
    parts: tuple[PartEntry, ...] = (),
    access: Access = Access.SUBSCRIPTION,
    age: int = 12,
) -> FilmEntry:
    return FilmEntry(
        slug=slug,
        title=Text(ru=ru or slug, en=en or slug),
        title_original=en or slug,
        year=year,
        countries=("DE",),
        languages=(),
        minutes=60,
        is_colour=False,
        is_silent=True,
        age=age,
        access=access,
        buy=None,
        rent=None,
        description=Text(ru=f"О фильме {slug}.", en=f"About {slug}."),
        public_domain="US: published before 1930",
        genres=genres,
        parts=parts,
    )


def make_batch(*films: FilmEntry, persons: tuple[PersonEntry, ...] = (), genres: tuple[GenreEntry, ...] = ()) -> Batch:
    return Batch(genres=genres, persons=persons, films=films)


def film_row(slug: str, **changed: Any) -> dict[str, Any]:
    """A row of a films file as an editor writes it."""
    row: dict[str, Any] = {
        "slug": slug,
        "title": {"ru": "Метрополис", "en": "Metropolis", "original": "Metropolis"},
        "year": 1927,
        "countries": ["DE"],
        "languages": [],
        "minutes": 153,
        "colour": False,
        "silent": True,
        "age_rating": "12+",
        "genres": ["science-fiction"],
        "directors": ["fritz-lang"],
        "writers": [],
        "actors": [{"person": "brigitte-helm", "role": {"ru": "Мария", "en": "Maria"}}],
        "description": {"ru": "Город на двух этажах.", "en": "A city on two floors."},
        "public_domain": "US: published 1927",
    }
    return row | changed


def person_row(slug: str) -> dict[str, Any]:
    return {"slug": slug, "name": {"ru": slug, "en": slug}}


PEOPLE = [person_row("fritz-lang"), person_row("brigitte-helm")]


def write_folder(folder: Path, **files: Any) -> Path:
    """Writes each named value as ``name.json`` into ``folder``."""
    for name, rows in files.items():
        (folder / f"{name}.json").write_text(json.dumps(rows, ensure_ascii=False), encoding="utf-8")
    return folder
