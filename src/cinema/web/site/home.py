"""The first page: one film, and shelves of others."""

from dataclasses import dataclass

from starlette.responses import Response

from cinema.contracts.enums import FilmSort
from cinema.contracts.views.catalog import FilmItem
from cinema.web.site.page import Page, Site
from cinema.web.visit import Visit

SHELF = 18
"""Films on a shelf."""

GENRES = 5
"""Genres that have a shelf: those with the most films."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shelf:
    """A row of films; ``all`` is the page with every one of them."""

    name: str
    title: str
    films: tuple[FilmItem, ...]
    all: str


async def home(site: Site, visit: Visit) -> Response:
    """What is new, and what there is."""
    catalog, language = site.services.catalog, visit.language
    new = await catalog.films(language=language, sort=FilmSort.ADDED, genre=None, cursor=None, limit=SHELF)
    hero = await catalog.card(film=new.items[0].slug, language=language) if new.items else None
    everything = visit.path(f"/films?sort={FilmSort.ADDED}")
    shelves = [Shelf(name="new", title=visit.words("home-shelf-new"), films=new.items[1:], all=everything)]
    genres = await catalog.genres(language=language)
    for genre in sorted(genres.items, key=lambda one: -one.film_count)[:GENRES]:
        films = await catalog.films(language=language, sort=FilmSort.NEWEST, genre=genre.slug, cursor=None, limit=SHELF)
        place = visit.path(f"/genres/{genre.slug}")
        shelves.append(Shelf(name=genre.slug, title=genre.name, films=films.items, all=place))
    return site.page(visit, "home.html", hero=hero, shelves=shelves)


PAGES = (Page(path="/", show=home),)
