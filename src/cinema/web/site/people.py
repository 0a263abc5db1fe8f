"""People of the cinema: all of them, and each with the films that they had a part in."""

from collections.abc import Iterable
from dataclasses import dataclass

from starlette.responses import Response

from cinema.contracts.enums import FilmPart
from cinema.contracts.views.catalog import FilmItem, FilmographyItem
from cinema.web.site.naming import moved, named
from cinema.web.site.page import Page, Site
from cinema.web.visit import Visit

PEOPLE_PER_PAGE = 100
FILMS_PER_PAGE = 60

PARTS = {FilmPart.DIRECTOR: "part-director", FilmPart.WRITER: "part-writer", FilmPart.ACTOR: "part-actor"}
"""What somebody did for a film, in the order of a page, with its heading."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """A film, and the character that an actor plays in it."""

    film: FilmItem
    character: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """The films for which somebody did the same."""

    name: str
    title: str
    works: tuple[Work, ...]


async def people(site: Site, visit: Visit) -> Response:
    """All people, in the order of their last names."""
    cursor = visit.request.query_params.get("cursor")
    page = await site.services.catalog.persons(language=visit.language, cursor=cursor, limit=PEOPLE_PER_PAGE)
    return site.page(visit, "people.html", people=page, is_first=cursor is None)


async def person(site: Site, visit: Visit) -> Response:
    """Somebody, by the slug; an id leads there."""
    catalog, name = site.services.catalog, named(visit, "person")
    found = await catalog.person(person=name, language=visit.language)
    if found.slug != name:
        return moved(visit.path(f"/people/{found.slug}"))
    cursor = visit.request.query_params.get("cursor")
    films = await catalog.filmography(person=found.slug, language=visit.language, cursor=cursor, limit=FILMS_PER_PAGE)
    parts = _parts(visit, films.items)
    return site.page(visit, "person.html", person=found, films=films, parts=parts, is_first=cursor is None)


def _parts(visit: Visit, films: Iterable[FilmographyItem]) -> tuple[Part, ...]:
    """The films by what was done for them; somebody who did two things has a film in two places."""
    found: dict[FilmPart, list[Work]] = {part: [] for part in PARTS}
    for one in films:
        for part in one.parts:
            found[part.part].append(Work(film=one.film, character=part.character or ""))
    return tuple(
        Part(name=part.value, title=visit.words(PARTS[part]), works=tuple(works))
        for part, works in found.items()
        if works
    )


PAGES = (Page(path="/people", show=people), Page(path="/people/{person}", show=person))
