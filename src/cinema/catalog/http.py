"""The catalogue over HTTP: read by anyone, cached by anyone."""

import hashlib
from typing import Annotated, Any, TypeVar

from fastapi import APIRouter, Depends, Header, Path, Query, Request, Response
from pydantic import TypeAdapter

from cinema.catalog.posters.raster import PictureNotDrawn
from cinema.catalog.service.pictures import Picture
from cinema.catalog.service.rasters import WIDTHS, PicturesBusy, Rasters, version_of
from cinema.catalog.service.reading import GenreNotFound, GenreUnknown, PersonNotFound, Reader
from cinema.contracts.catalog import FilmNotFound
from cinema.contracts.enums import FilmSort, PictureSize
from cinema.contracts.language import preferred
from cinema.contracts.text import Language
from cinema.contracts.views.catalog import FilmCard, FilmItem, FilmographyItem, GenreView, PersonView
from cinema.kit.keyset import CursorText, Limit
from cinema.kit.page import Page, whole
from cinema.kit.refusing import refuses

T = TypeVar("T")

READS_MAX_AGE_S = 60
"""Seconds that an answer may be reused without asking; afterwards its ETag is asked about."""

PICTURES_MAX_AGE_S = 86_400
"""Seconds for pictures, which change only with what is lettered on them."""

KEPT_FOR_GOOD = "public, max-age=31536000, immutable"
"""For what another address is made of when it changes (RFC 8246)."""

PAGE_USUAL = 20
SIMILAR_USUAL = 12

SVG = "image/svg+xml"
PNG = "image/png"
SVG_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'",
    "X-Content-Type-Options": "nosniff",
}
"""A picture that is opened as a page runs nothing and loads nothing."""

NOT_MODIFIED: dict[int | str, dict[str, Any]] = {304: {"description": "As the caller's If-None-Match has it."}}

FILMS = TypeAdapter(Page[FilmItem])
FILM = TypeAdapter(FilmCard)
GENRES = TypeAdapter(Page[GenreView])
GENRE = TypeAdapter(GenreView)
PERSONS = TypeAdapter(Page[PersonView])
PERSON = TypeAdapter(PersonView)
FILMOGRAPHY = TypeAdapter(Page[FilmographyItem])


class SvgResponse(Response):
    """How OpenAPI tells of a drawing."""

    media_type = SVG


class PngResponse(Response):
    """How OpenAPI tells of a picture."""

    media_type = PNG


def wanted_language(
    language: Annotated[Language | None, Query(description="language of the texts; else by Accept-Language")] = None,
    accept_language: Annotated[str | None, Header(alias="Accept-Language")] = None,
) -> Language:
    """The language of the answer."""
    return language or preferred(accept_language)


Wanted = Annotated[Language, Depends(wanted_language)]
Named = Annotated[
    str, Path(min_length=1, max_length=100, pattern="^[A-Za-z0-9]+(-[A-Za-z0-9]+)*$", description="id or slug")
]
Drawing = Annotated[
    str | None, Query(max_length=64, pattern="^[0-9a-f]+$", description="of the picture, from its address")
]
GenreSlug = Annotated[
    str | None, Query(max_length=100, pattern="^[a-z0-9]+(-[a-z0-9]+)*$", description="only films of this genre (slug)")
]


def routes(*, reader: Reader, rasters: Rasters) -> APIRouter:
    """All of the catalogue's routes."""
    router = APIRouter(prefix="/v1", tags=["catalog"], responses=NOT_MODIFIED)
    _film_routes(router, reader)
    _picture_routes(router, reader, rasters)
    _people_routes(router, reader)
    return router


def _film_routes(router: APIRouter, reader: Reader) -> None:
    @router.get("/films", response_model=Page[FilmItem], name="films.list", responses=refuses(genre=GenreUnknown))
    async def list_films(
        *,
        request: Request,
        language: Wanted,
        sort: FilmSort = FilmSort.TITLE,
        genre: GenreSlug = None,
        cursor: CursorText = None,
        limit: Limit = PAGE_USUAL,
    ) -> Response:
        """Lists films, in the order of their titles, of their years (``-`` is newest first), or as they were added."""
        page = await reader.films(language=language, sort=sort, genre=genre, cursor=cursor, limit=limit)
        return told(request, FILMS.dump_json(page), language=language)

    @router.get("/films/{film_id}", response_model=FilmCard, name="films.get", responses=refuses(FilmNotFound))
    async def show_film(request: Request, film_id: Named, language: Wanted) -> Response:
        """Shows one film with its genres and credits."""
        card = await reader.card(film=film_id, language=language)
        return told(request, FILM.dump_json(card), language=language)

    @router.get(
        "/films/{film_id}/similar",
        response_model=Page[FilmItem],
        name="films.similar",
        responses=refuses(FilmNotFound),
    )
    async def list_similar(
        request: Request, film_id: Named, language: Wanted, limit: Limit = SIMILAR_USUAL
    ) -> Response:
        """Films that share most with this one: directors, actors, writers, genres, years; always one page."""
        found = await reader.similar(film=film_id, language=language, limit=limit)
        films = tuple(one.film for one in found)
        return told(request, FILMS.dump_json(whole(films)), language=language)


def _picture_routes(router: APIRouter, reader: Reader, rasters: Rasters) -> None:
    @router.get(
        "/films/{film_id}/{picture}.svg",
        response_class=SvgResponse,
        name="films.picture",
        responses=refuses(FilmNotFound),
    )
    async def show_picture(request: Request, film_id: Named, picture: Picture, language: Wanted) -> Response:
        """Draws the film's poster (2 to 3) or backdrop (16 to 9)."""
        content = await reader.picture(film=film_id, picture=picture, language=language)
        return told(request, content, language=language, media_type=SVG, max_age_s=PICTURES_MAX_AGE_S)

    @router.get(
        "/films/{film_id}/{picture}.png",
        response_class=PngResponse,
        name="films.picture_png",
        responses=refuses(FilmNotFound, PicturesBusy, PictureNotDrawn),
    )
    async def show_raster(
        *,
        request: Request,
        film_id: Named,
        picture: Picture,
        language: Wanted,
        size: PictureSize = PictureSize.LARGE,
        drawing: Drawing = None,
    ) -> Response:
        """Shows the film's poster (2 to 3) or backdrop (16 to 9) in pixels, for previews and whoever shows no SVG.

        With the ``drawing`` that its address has, it may be kept for good.
        """
        svg = await reader.picture(film=film_id, picture=picture, language=language)
        width = WIDTHS[picture, size]
        current = version_of(svg, width=width)
        headers = {
            "ETag": f'"{current}"',
            "Cache-Control": KEPT_FOR_GOOD if drawing == current else f"public, max-age={PICTURES_MAX_AGE_S}",
            "Content-Language": language.value,
            "Vary": "Accept-Language",
            "X-Content-Type-Options": "nosniff",
        }
        if is_known(headers["ETag"], request.headers.get("if-none-match")):
            return Response(status_code=304, headers=headers)
        return PngResponse(await rasters.png(svg, width=width), headers=headers)


def _people_routes(router: APIRouter, reader: Reader) -> None:
    @router.get("/genres", response_model=Page[GenreView], name="genres.list")
    async def list_genres(request: Request, language: Wanted) -> Response:
        """Lists all genres with the number of their films."""
        return told(request, GENRES.dump_json(await reader.genres(language=language)), language=language)

    @router.get("/genres/{genre_id}", response_model=GenreView, name="genres.get", responses=refuses(GenreNotFound))
    async def show_genre(request: Request, genre_id: Named, language: Wanted) -> Response:
        """Shows one genre."""
        genre = await reader.genre(genre=genre_id, language=language)
        return told(request, GENRE.dump_json(genre), language=language)

    @router.get("/persons", response_model=Page[PersonView], name="persons.list")
    async def list_persons(
        request: Request, language: Wanted, cursor: CursorText = None, limit: Limit = PAGE_USUAL
    ) -> Response:
        """Lists persons in the order of their last names."""
        page = await reader.persons(language=language, cursor=cursor, limit=limit)
        return told(request, PERSONS.dump_json(page), language=language)

    @router.get(
        "/persons/{person_id}", response_model=PersonView, name="persons.get", responses=refuses(PersonNotFound)
    )
    async def show_person(request: Request, person_id: Named, language: Wanted) -> Response:
        """Shows one person."""
        person = await reader.person(person=person_id, language=language)
        return told(request, PERSON.dump_json(person), language=language)

    @router.get(
        "/persons/{person_id}/films",
        response_model=Page[FilmographyItem],
        name="persons.films",
        responses=refuses(PersonNotFound),
    )
    async def list_films_of_person(
        request: Request,
        person_id: Named,
        language: Wanted,
        cursor: CursorText = None,
        limit: Limit = PAGE_USUAL,
    ) -> Response:
        """Lists the films that a person had a part in, newest first."""
        page = await reader.filmography(person=person_id, language=language, cursor=cursor, limit=limit)
        return told(request, FILMOGRAPHY.dump_json(page), language=language)


def told(
    request: Request,
    body: bytes,
    *,
    language: Language,
    media_type: str = "application/json",
    max_age_s: int = READS_MAX_AGE_S,
) -> Response:
    """The answer with its ETag, or 304 without a body where the caller has it already (RFC 9110, 13.1.2)."""
    tag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    headers = {
        "ETag": tag,
        "Cache-Control": f"public, max-age={max_age_s}",
        "Content-Language": language.value,
        "Vary": "Accept-Language",
    }
    if media_type == SVG:
        headers |= SVG_HEADERS
    if is_known(tag, request.headers.get("if-none-match")):
        return Response(status_code=304, headers=headers)
    return Response(body, media_type=media_type, headers=headers)


def is_known(tag: str, if_none_match: str | None) -> bool:
    """Whether the header names ``tag``, weakly or not."""
    if if_none_match is None:
        return False
    names = {name.strip().removeprefix("W/") for name in if_none_match.split(",")}
    return tag in names or "*" in names
