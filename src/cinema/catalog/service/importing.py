"""Brings films, genres and persons in from files: all of them, or none."""

import asyncio
import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, ClassVar, Generic
from uuid import UUID

import structlog

from cinema.catalog.domain.film import Batch, FilmEntry, GenreEntry, PersonEntry
from cinema.catalog.domain.genre import USUAL_GENRES
from cinema.catalog.domain.sorting import name_key, title_key
from cinema.catalog.service.source import read_folder
from cinema.catalog.store import films, writing
from cinema.catalog.store.writing import E, KnownBySlug, Written
from cinema.contracts.text import Language, Text
from cinema.kit.clock import Clock
from cinema.kit.db import Database, Tx
from cinema.kit.errors import Invalid
from cinema.kit.ids import uuid7

DATA = Path(__file__).parents[1] / "data"
"""The films that come with the product."""

MISTAKES_SHOWN_MAX = 100

log = structlog.get_logger()


class ImportRefused(Invalid):
    """Nothing was imported; ``mistakes`` lists what has to be put right."""

    code = "import-refused"
    members: ClassVar[Mapping[str, Any]] = {
        "mistakes": Annotated[list[str], "The first mistakes."],
        "mistakes_count": Annotated[int, "How many there are."],
    }

    def __init__(self, mistakes: Sequence[str]) -> None:
        self.mistakes = tuple(mistakes)
        super().__init__(mistakes=list(self.mistakes[:MISTAKES_SHOWN_MAX]), mistakes_count=len(self.mistakes))


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """What an import did to one kind of row."""

    added: int
    changed: int
    unchanged: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportReport:
    """What an import did."""

    genres: Counts
    persons: Counts
    films: Counts

    @property
    def is_change(self) -> bool:
        return any(kind.added or kind.changed for kind in (self.genres, self.persons, self.films))

    def sentence(self) -> str:
        """The report for a person who reads it."""
        if not self.is_change:
            return f"Nothing has changed: all {self.films.unchanged} films are as they were."
        return (
            f"Films: {self.films.added} added, {self.films.changed} changed, {self.films.unchanged} as they were; "
            f"persons: {self.persons.added} added, {self.persons.changed} changed."
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan(Generic[E]):
    """What is to be done with one kind of row, and the ids of all of them by slug."""

    rows: list[Written[E]]
    counts: Counts
    ids: dict[str, UUID]


class Importer:
    """Imports folders of JSON files."""

    def __init__(self, *, db: Database, clock: Clock) -> None:
        self._db = db
        self._clock = clock

    async def is_empty(self) -> bool:
        """Whether there is no film at all yet."""
        async with self._db.read() as tx:
            return await films.is_empty(tx)

    async def import_folder(self, *, folder: Path = DATA) -> ImportReport:
        """Imports ``genres*.json``, ``persons*.json`` and ``films*.json`` of ``folder``.

        Raises `ImportRefused` with a sentence for each mistake.
        """
        checked = await asyncio.to_thread(read_folder, folder)
        if checked.mistakes:
            raise ImportRefused(checked.mistakes)
        return await self.import_batch(batch=checked.batch)

    async def import_batch(self, *, batch: Batch) -> ImportReport:
        """Adds what is new and updates what has changed since its last import, by slug, in one transaction.

        What stands in the catalogue but not in ``batch`` stays as it is, and so does a
        row whose entry is the same as at its last import. Raises `ImportRefused` when a
        film names a genre or person that nobody knows.
        """
        now = self._clock.now()
        report = await self._db.transact(lambda tx: _import(tx, batch, now))
        log.info("catalog.imported", films=asdict(report.films), persons=asdict(report.persons))
        return report


async def _import(tx: Tx, batch: Batch, now: datetime) -> ImportReport:
    await writing.lock_catalogue(tx)
    named_genres = {slug for film in batch.films for slug in film.genres} | {one.slug for one in batch.genres}
    named_persons = {one.person for film in batch.films for one in film.parts} | {one.slug for one in batch.persons}
    known_genres = await writing.known_genres(tx, slugs=sorted(named_genres))
    known_persons = await writing.known_persons(tx, slugs=sorted(named_persons))
    known_films = await writing.known_films(tx, slugs=[film.slug for film in batch.films])
    batch = _with_usual_genres(batch, named=named_genres, known=known_genres)
    genres = _plan(batch.genres, known_genres, now)
    persons = _plan(batch.persons, known_persons, now)
    films = _plan(batch.films, known_films, now)
    mistakes = _strangers(batch.films, genres=genres.ids, persons=persons.ids)
    if mistakes:
        raise ImportRefused(mistakes)
    await writing.write_genres(tx, rows=genres.rows)
    await writing.write_persons(tx, rows=persons.rows, now=now)
    await writing.write_films(tx, rows=films.rows, genre_ids=genres.ids, person_ids=persons.ids, now=now)
    return ImportReport(genres=genres.counts, persons=persons.counts, films=films.counts)


def _with_usual_genres(batch: Batch, *, named: set[str], known: KnownBySlug) -> Batch:
    """Names the usual genres that films of the batch need and nobody has named."""
    missing = named - set(known) - {one.slug for one in batch.genres}
    return replace(batch, genres=(*batch.genres, *(one for one in USUAL_GENRES if one.slug in missing)))


def _plan(entries: Iterable[E], known: KnownBySlug, now: datetime) -> Plan[E]:
    ids = {slug: one.id for slug, one in known.items()}
    rows: list[Written[E]] = []
    added = changed = unchanged = 0
    for entry in entries:
        digest = _digest(entry)
        there = known.get(entry.slug)
        if there is None:
            added += 1
            ids[entry.slug] = uuid7(now)
        elif there.digest != digest:
            changed += 1
        else:
            unchanged += 1
            continue
        rows.append(Written(id=ids[entry.slug], digest=digest, entry=entry))
    return Plan(rows=rows, counts=Counts(added=added, changed=changed, unchanged=unchanged), ids=ids)


def _strangers(films: Iterable[FilmEntry], *, genres: dict[str, UUID], persons: dict[str, UUID]) -> list[str]:
    """A sentence for each genre and person that a film names and nobody knows."""
    mistakes: list[str] = []
    for film in films:
        mistakes += [f"{film.slug}: there is no genre {slug}" for slug in film.genres if slug not in genres]
        strangers = dict.fromkeys(one.person for one in film.parts if one.person not in persons)
        mistakes += [f"{film.slug}: there is no person {slug}" for slug in strangers]
    return mistakes


def _digest(entry: GenreEntry | PersonEntry | FilmEntry) -> bytes:
    """Tells whether a row has to be written again: its entry, and the sort keys that are made from it."""
    keys = [name_key(entry.name.ru), name_key(entry.name.en)] if isinstance(entry, PersonEntry) else _title_keys(entry)
    return hashlib.sha256(json.dumps([asdict(entry), keys], ensure_ascii=False).encode()).digest()


def _title_keys(entry: GenreEntry | FilmEntry) -> list[str]:
    text: Text = entry.title if isinstance(entry, FilmEntry) else entry.name
    return [title_key(text.in_(language), language=language) for language in Language]
