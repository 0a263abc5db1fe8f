"""The page of a film: what it is, what opens it, who made it, and what is like it."""

from dataclasses import dataclass
from typing import Any

from starlette.responses import Response

from cinema.contracts.enums import PictureSize
from cinema.contracts.views.catalog import FilmCard, FilmItem, PictureView, SimilarFilm
from cinema.contracts.views.playback import PositionView
from cinema.web.site.naming import moved, named
from cinema.web.site.page import Page, Site
from cinema.web.site.ways import Subject, clock_of, is_under_way, standing
from cinema.web.visit import Visit

SIMILAR = 12
GENRES_TOLD = 2
SAME_YEARS = 5
DESCRIPTION_LENGTH = 200
"""Characters of what a search engine shows below the title."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Likeness:
    """A film that is like this one; ``reason`` says in what, and is empty where a card cannot tell."""

    film: FilmItem
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """How far the viewer has come in the film."""

    percent: int
    stopped_at: str
    minutes_left: int
    watched: bool
    is_under_way: bool


async def film(site: Site, visit: Visit) -> Response:
    """One film, by its slug; an id leads there."""
    catalog, name = site.services.catalog, named(visit, "film")
    card = await catalog.card(film=name, language=visit.language)
    if card.slug != name:
        return moved(visit.path(f"/films/{card.slug}"))
    user_id = visit.viewer.user_id if visit.viewer else None
    answer = await site.services.playback.access(film_id=card.id, user_id=user_id)
    positions = await site.services.positions.of(user_id=user_id, film_ids=(card.id,)) if user_id else {}
    similar = await catalog.similar(film=card.slug, language=visit.language, limit=SIMILAR)
    preview = catalog.preview(card=card, picture="backdrop", size=PictureSize.LARGE, language=visit.language)
    position = positions.get(card.id)
    return site.page(
        visit,
        "film.html",
        film=card,
        standing=standing(visit, Subject(slug=card.slug, access=card.access, answer=answer, position=position)),
        seen=_seen(position) if position else None,
        similar=tuple(_likeness(visit, card, one) for one in similar),
        countries=tuple(_country(visit, code) for code in card.countries),
        tongues=tuple(visit.wording.tongue(code) for code in card.languages),
        summary=_shortened(card.description),
        preview=preview,
        data=_data(site, visit, card, picture=preview),
    )


def _likeness(visit: Visit, card: FilmCard, similar: SimilarFilm) -> Likeness:
    other = similar.film
    directors = [one.name for one in card.directors if one.id in similar.directors]
    own = {genre.slug for genre in card.genres}
    shared = [genre.name.lower() for genre in other.genres if genre.slug in own][:GENRES_TOLD]
    reason = ""
    if directors:
        reason = visit.words("similar-director", name=directors[0])
    elif shared:
        reason = visit.words("similar-genres", n=len(shared), genres=", ".join(shared))
    elif abs(other.year - card.year) <= SAME_YEARS:
        reason = visit.words("similar-years")
    return Likeness(film=other, reason=reason)


def _seen(position: PositionView) -> Seen:
    return Seen(
        percent=100 * position.position_s // position.duration_s,
        stopped_at=clock_of(position.position_s),
        minutes_left=-(-(position.duration_s - position.position_s) // 60),
        watched=position.watched,
        is_under_way=is_under_way(position),
    )


def _country(visit: Visit, code: str) -> str:
    """By a text of ours where the usual name is long, or the state is no more."""
    key = f"country-{code}"
    return visit.words(key) if key in visit.words else visit.wording.country(code)


def _shortened(text: str) -> str:
    """Its first sentences, cut between words."""
    if len(text) <= DESCRIPTION_LENGTH:
        return text
    return text[:DESCRIPTION_LENGTH].rpartition(" ")[0].rstrip(" ,.:;–—") + "…"


def _data(site: Site, visit: Visit, card: FilmCard, *, picture: PictureView) -> dict[str, Any]:
    """The film as search engines read it (schema.org, Movie)."""
    found = {
        "@context": "https://schema.org",
        "@type": "Movie",
        "name": card.title,
        "alternateName": card.title_original if card.title_original != card.title else None,
        "url": site.about.public_url + visit.path(f"/films/{card.slug}"),
        "image": site.about.public_url + picture.address,
        "description": card.description,
        "dateCreated": str(card.year),
        "duration": f"PT{card.minutes}M",
        "contentRating": f"{card.age}+",
        "genre": [genre.name for genre in card.genres],
        "countryOfOrigin": list(card.countries),
        "inLanguage": list(card.languages),
        "director": [_person(one.name) for one in card.directors],
        "actor": [_person(one.name) for one in card.actors],
    }
    return {name: value for name, value in found.items() if value}


def _person(name: str) -> dict[str, str]:
    return {"@type": "Person", "name": name}


PAGES = (Page(path="/films/{film}", show=film),)
