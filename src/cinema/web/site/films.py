"""Films in lists: all of them, and those of a genre."""

from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlencode

from starlette.responses import Response

from cinema.contracts.enums import FilmSort
from cinema.contracts.views.catalog import FilmItem, GenreView
from cinema.web.site.naming import moved, named
from cinema.web.site.page import Page, Site
from cinema.web.visit import Visit

PER_PAGE = 36
LOOKED_THROUGH = 200
"""Films among which each genre finds one to stand for it."""

SORTS = {
    FilmSort.ADDED: "sort-added",
    FilmSort.TITLE: "sort-name",
    FilmSort.NEWEST: "sort-newest",
    FilmSort.OLDEST: "sort-oldest",
}
"""The orders that a list can be shown in, with their names; the first is the usual one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """An order to choose, as a link."""

    text: str
    place: str
    is_chosen: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class GenreTile:
    """A genre, and a film that stands for it, where one was found."""

    genre: GenreView
    film: FilmItem | None


async def films(site: Site, visit: Visit) -> Response:
    """All films."""
    return await _listed(site, visit, genre=None, place="/films")


async def genre(site: Site, visit: Visit) -> Response:
    """The films of one genre."""
    name = named(visit, "genre")
    found = await site.services.catalog.genre(genre=name, language=visit.language)
    place = f"/genres/{found.slug}"
    return await _listed(site, visit, genre=found, place=place) if found.slug == name else moved(visit.path(place))


async def genres(site: Site, visit: Visit) -> Response:
    """All genres that have films."""
    catalog = site.services.catalog
    found = await catalog.genres(language=visit.language)
    newest = await catalog.films(
        language=visit.language, sort=FilmSort.ADDED, genre=None, cursor=None, limit=LOOKED_THROUGH
    )
    tiles = _tiles((one for one in found.items if one.film_count), newest.items)
    return site.page(visit, "genres.html", tiles=tiles)


async def _listed(site: Site, visit: Visit, *, genre: GenreView | None, place: str) -> Response:
    query = visit.request.query_params
    usual = FilmSort.NEWEST if genre else FilmSort.ADDED
    sort = FilmSort(query["sort"]) if query.get("sort") in tuple(FilmSort) else usual
    cursor = query.get("cursor")
    page = await site.services.catalog.films(
        language=visit.language, sort=sort, genre=genre.slug if genre else None, cursor=cursor, limit=PER_PAGE
    )
    here = visit.path(place)
    choices = tuple(
        Choice(text=visit.words(key), place=_with(here, sort=None if one is usual else one), is_chosen=one is sort)
        for one, key in SORTS.items()
    )
    return site.page(
        visit,
        "films.html",
        genre=genre,
        choices=choices,
        films=page,
        first=_with(here, sort=None if sort is usual else sort),
        is_first=cursor is None,
    )


def _with(place: str, *, sort: FilmSort | None) -> str:
    return f"{place}?{urlencode({'sort': sort.value})}" if sort else place


def _tiles(genres: Iterable[GenreView], films: tuple[FilmItem, ...]) -> tuple[GenreTile, ...]:
    """Each genre with a film that stands for no other: one that is mainly of it, where there is one.

    Genres that no film is mainly of choose first, since they have the least to choose from.
    """
    every = tuple(genres)
    main = {film.genres[0].slug for film in films if film.genres}
    chosen: dict[str, FilmItem] = {}
    for one in sorted(every, key=lambda genre: genre.slug in main):
        taken = {film.slug for film in chosen.values()}
        of_it = [film for film in films if film.slug not in taken and one.slug in {own.slug for own in film.genres}]
        mainly = (film for film in of_it if film.genres[0].slug == one.slug)
        found = next(mainly, None) or next(iter(of_it), None)
        if found is not None:
            chosen[one.slug] = found
    return tuple(GenreTile(genre=one, film=chosen.get(one.slug)) for one in every)


PAGES = (
    Page(path="/films", show=films),
    Page(path="/genres", show=genres),
    Page(path="/genres/{genre}", show=genre),
)
