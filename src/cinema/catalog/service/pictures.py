"""Posters and backdrops of films, drawn when they are asked for (1 to 5 ms) and kept for a while."""

from enum import StrEnum
from functools import lru_cache

from cinema.catalog.posters import backdrop, poster
from cinema.contracts.views.catalog import FilmCard

PICTURES_KEPT_MAX = 512
"""Pictures of a kind that a process keeps, of about 10 kB each."""


class Picture(StrEnum):
    """The pictures that there are of a film."""

    POSTER = "poster"
    BACKDROP = "backdrop"


def drawn(card: FilmCard, *, picture: Picture) -> bytes:
    """The picture as SVG, lettered in the card's language."""
    genres = tuple(genre.slug for genre in card.genres)
    if picture is Picture.BACKDROP:
        return _backdrop(card.slug, card.title, genres)
    return _poster(card.slug, card.title, card.year, genres, tuple(person.name for person in card.directors))


@lru_cache(maxsize=PICTURES_KEPT_MAX)
def _poster(slug: str, title: str, year: int, genres: tuple[str, ...], directors: tuple[str, ...]) -> bytes:
    return poster(slug=slug, title=title, year=year, genres=genres, directors=directors).encode()


@lru_cache(maxsize=PICTURES_KEPT_MAX)
def _backdrop(slug: str, title: str, genres: tuple[str, ...]) -> bytes:
    return backdrop(slug=slug, title=title, genres=genres).encode()
