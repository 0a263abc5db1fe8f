"""Writing what an import brings."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeAlias, TypeVar
from uuid import UUID

from cinema.catalog.domain.film import FilmEntry, GenreEntry, PersonEntry
from cinema.catalog.domain.sorting import name_key, title_key
from cinema.contracts.text import Language
from cinema.kit.db import ReadTx, Tx


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """A row that is there: its id, and the digest of what it was made from."""

    id: UUID
    digest: bytes


KnownBySlug: TypeAlias = dict[str, Known]
E = TypeVar("E", GenreEntry, PersonEntry, FilmEntry)


@dataclass(frozen=True, slots=True, kw_only=True)
class Written(Generic[E]):
    """A row to be written: its entry, under its old id or a fresh one."""

    id: UUID
    digest: bytes
    entry: E


async def lock_catalogue(tx: Tx) -> None:
    """Lets one writer at a time through, until it commits; this keeps change numbers in order."""
    await tx.execute("SELECT pg_advisory_xact_lock(hashtext('cinema.catalog'))")


async def known_genres(tx: ReadTx, *, slugs: Sequence[str]) -> KnownBySlug:
    rows = await tx.all("SELECT slug, genre_id, digest FROM catalog.genres WHERE slug = ANY ($1)", slugs)
    return {row["slug"]: Known(id=row["genre_id"], digest=row["digest"]) for row in rows}


async def known_persons(tx: ReadTx, *, slugs: Sequence[str]) -> KnownBySlug:
    rows = await tx.all("SELECT slug, person_id, digest FROM catalog.persons WHERE slug = ANY ($1)", slugs)
    return {row["slug"]: Known(id=row["person_id"], digest=row["digest"]) for row in rows}


async def known_films(tx: ReadTx, *, slugs: Sequence[str]) -> KnownBySlug:
    rows = await tx.all("SELECT slug, film_id, digest FROM catalog.films WHERE slug = ANY ($1)", slugs)
    return {row["slug"]: Known(id=row["film_id"], digest=row["digest"]) for row in rows}


async def write_genres(tx: Tx, *, rows: Iterable[Written[GenreEntry]]) -> None:
    """Inserts genres, or updates those whose slug is known."""
    await tx.execute_many(
        """INSERT INTO catalog.genres (genre_id, slug, name_ru, name_en, sort_ru, sort_en, digest)
           VALUES ($1, $2, $3, $4, $5, $6, $7)
           ON CONFLICT (slug) DO UPDATE SET name_ru = excluded.name_ru, name_en = excluded.name_en,
             sort_ru = excluded.sort_ru, sort_en = excluded.sort_en, digest = excluded.digest""",
        [
            (
                row.id,
                row.entry.slug,
                row.entry.name.ru,
                row.entry.name.en,
                title_key(row.entry.name.ru, language=Language.RU),
                title_key(row.entry.name.en, language=Language.EN),
                row.digest,
            )
            for row in rows
        ],
    )


async def write_persons(tx: Tx, *, rows: Iterable[Written[PersonEntry]], now: datetime) -> None:
    """Inserts persons, or updates those whose slug is known."""
    await tx.execute_many(
        """INSERT INTO catalog.persons
             (person_id, slug, name_ru, name_en, sort_ru, sort_en, digest, created_at, updated_at, change)
           VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $8, nextval('catalog.changes'))
           ON CONFLICT (slug) DO UPDATE SET name_ru = excluded.name_ru, name_en = excluded.name_en,
             sort_ru = excluded.sort_ru, sort_en = excluded.sort_en, digest = excluded.digest,
             updated_at = excluded.updated_at, change = excluded.change""",
        [
            (
                row.id,
                row.entry.slug,
                row.entry.name.ru,
                row.entry.name.en,
                name_key(row.entry.name.ru),
                name_key(row.entry.name.en),
                row.digest,
                now,
            )
            for row in rows
        ],
    )


async def write_films(
    tx: Tx,
    *,
    rows: Sequence[Written[FilmEntry]],
    genre_ids: Mapping[str, UUID],
    person_ids: Mapping[str, UUID],
    now: datetime,
) -> None:
    """Inserts films, or updates those whose slug is known, with their genres and credits."""
    await tx.execute_many(WRITE_FILM, [_film_values(row, now) for row in rows])
    ids = [row.id for row in rows]
    await tx.execute("DELETE FROM catalog.film_genres WHERE film_id = ANY ($1)", ids)
    await tx.execute("DELETE FROM catalog.film_persons WHERE film_id = ANY ($1)", ids)
    await tx.copy(
        "catalog.film_genres",
        columns=("film_id", "genre_id", "position"),
        rows=[(row.id, genre_ids[slug], position) for row in rows for position, slug in enumerate(row.entry.genres)],
    )
    await tx.copy(
        "catalog.film_persons",
        columns=("film_id", "person_id", "part", "position", "role_ru", "role_en"),
        rows=[
            (
                row.id,
                person_ids[one.person],
                one.part.value,
                position,
                one.role.ru if one.role else None,
                one.role.en if one.role else None,
            )
            for row in rows
            for position, one in enumerate(row.entry.parts)
        ],
    )


def _film_values(row: Written[FilmEntry], now: datetime) -> tuple[object, ...]:
    film = row.entry
    return (
        row.id,
        film.slug,
        film.title.ru,
        film.title.en,
        film.title_original,
        title_key(film.title.ru, language=Language.RU),
        title_key(film.title.en, language=Language.EN),
        film.year,
        list(film.countries),
        list(film.languages),
        film.minutes,
        film.is_colour,
        film.is_silent,
        film.age,
        film.access.value,
        film.description.ru,
        film.description.en,
        film.public_domain,
        row.digest,
        now,
        film.buy.minor if film.buy else None,
        film.rent.minor if film.rent else None,
        next((one.currency for one in (film.buy, film.rent) if one), None),
    )


WRITE_FILM = """
INSERT INTO catalog.films (film_id, slug, title_ru, title_en, title_original, sort_ru, sort_en, year, countries,
  languages, minutes, is_colour, is_silent, age, access, description_ru, description_en, public_domain, digest,
  created_at, updated_at, buy_minor, rent_minor, price_currency, change)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $20,
  $21, $22, $23, nextval('catalog.changes'))
ON CONFLICT (slug) DO UPDATE SET title_ru = excluded.title_ru, title_en = excluded.title_en,
  title_original = excluded.title_original, sort_ru = excluded.sort_ru, sort_en = excluded.sort_en,
  year = excluded.year, countries = excluded.countries, languages = excluded.languages, minutes = excluded.minutes,
  is_colour = excluded.is_colour, is_silent = excluded.is_silent, age = excluded.age, access = excluded.access,
  description_ru = excluded.description_ru, description_en = excluded.description_en,
  public_domain = excluded.public_domain, digest = excluded.digest, updated_at = excluded.updated_at,
  buy_minor = excluded.buy_minor, rent_minor = excluded.rent_minor, price_currency = excluded.price_currency,
  change = excluded.change
"""
