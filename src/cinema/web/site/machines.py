"""What machines read: which pages may be visited, and the address of each."""

from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from html import escape

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from cinema.contracts.catalog import CatalogReader
from cinema.contracts.enums import FilmSort
from cinema.contracts.text import Language
from cinema.web.memory import Memory
from cinema.web.services import About

PAGES_PER_MAP = 10_000
"""Addresses in one file; the protocol takes 50,000 (sitemaps.org)."""

FETCHED = 500
"""Films or people that are asked for at once."""

MAP_GOOD_FOR = timedelta(hours=1)
MAX_AGE_S = 3_600

BEGINNINGS = ("/", "/films", "/genres", "/people", "/plans")
PRIVATE = ("account", "checkout", "continue", "orders", "sign-in", "sign-out", "sign-up", "watch")
"""Pages below a language that only mean something to who is there."""

SCHEMAS = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" xmlns:xhtml="http://www.w3.org/1999/xhtml"'


def machine_routes(
    *, catalog: CatalogReader, about: About, memory: Memory, pages_per_map: int = PAGES_PER_MAP
) -> list[Route]:
    """``/robots.txt`` and ``/sitemap.xml``; the latter is a list of maps where one would be too long."""

    async def robots(request: Request) -> Response:  # noqa: ARG001 - a route is given it
        return _kept(_robots(about), "text/plain")

    async def sitemap(request: Request) -> Response:
        async def look() -> tuple[tuple[str, ...], ...]:
            found = tuple([path async for path in _paths(catalog)])
            length = pages_per_map // len(Language)
            return tuple(found[start : start + length] for start in range(0, len(found), length))

        maps = await memory.recall("sitemap", look, good_for=MAP_GOOD_FOR)
        number = request.query_params.get("page")
        if number is None and len(maps) > 1:
            return _kept(_list_of_maps(about, len(maps)), "application/xml")
        numbers = {str(one + 1): one for one in range(len(maps))}
        if number is not None and number not in numbers:
            return Response(status_code=404)
        return _kept(_map(about, maps[numbers[number] if number else 0]), "application/xml")

    return [Route("/robots.txt", robots, methods=["GET"]), Route("/sitemap.xml", sitemap, methods=["GET"])]


def _kept(text: str, kind: str) -> Response:
    return Response(text, media_type=kind, headers={"Cache-Control": f"public, max-age={MAX_AGE_S}"})


def _robots(about: About) -> str:
    """Pages of the catalogue may be visited; a cinema that is being developed is not to be found at all."""
    if not about.is_production:
        return "User-agent: *\nDisallow: /\n"
    closed = "".join(f"Disallow: /{language.value}/{name}\n" for language in Language for name in PRIVATE)
    return (
        f"User-agent: *\nAllow: /v1/films/\nDisallow: /v1/\nDisallow: /media/\n{closed}"
        f"\nSitemap: {about.public_url}/sitemap.xml\n"
    )


async def _paths(catalog: CatalogReader) -> AsyncIterator[str]:
    """Every page that everybody may see, below its language."""
    language = Language.EN
    for path in BEGINNINGS:
        yield path
    for genre in (await catalog.genres(language=language)).items:
        yield f"/genres/{genre.slug}"
    cursor: str | None = None
    while True:
        films = await catalog.films(language=language, sort=FilmSort.TITLE, genre=None, cursor=cursor, limit=FETCHED)
        for film in films.items:
            yield f"/films/{film.slug}"
        cursor = films.next_cursor
        if cursor is None:
            break
    while True:
        people = await catalog.persons(language=language, cursor=cursor, limit=FETCHED)
        for person in people.items:
            yield f"/people/{person.slug}"
        cursor = people.next_cursor
        if cursor is None:
            break


def _map(about: About, paths: tuple[str, ...]) -> str:
    """Each page in each language, with where it stands in the others."""
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<urlset {SCHEMAS}>\n{"".join(_entries(about, paths))}</urlset>\n'


def _entries(about: About, paths: tuple[str, ...]) -> Iterator[str]:
    for path in paths:
        places = {language.value: escape(f"{about.public_url}/{language.value}{path}") for language in Language}
        others = "".join(
            f'<xhtml:link rel="alternate" hreflang="{language}" href="{place}"/>' for language, place in places.items()
        )
        for place in places.values():
            yield f"<url><loc>{place}</loc>{others}</url>\n"


def _list_of_maps(about: About, count: int) -> str:
    maps = "".join(
        f"<sitemap><loc>{escape(about.public_url)}/sitemap.xml?page={number}</loc></sitemap>\n"
        for number in range(1, count + 1)
    )
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<sitemapindex {SCHEMAS}>\n{maps}</sitemapindex>\n'
