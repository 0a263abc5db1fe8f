"""The player's page. What it plays, and how far, it asks of the API itself."""

import json

from starlette.responses import Response

from cinema.kit.idempotency import jsonable
from cinema.web.site.naming import moved, named
from cinema.web.site.page import Page, Site, see
from cinema.web.site.ways import is_under_way
from cinema.web.visit import Visit

SAID = (
    "auto",
    "busy",
    "captions-off",
    "captions-on",
    "full",
    "mute",
    "muted",
    "off",
    "pause",
    "paused",
    "place",
    "play",
    "playing",
    "resume",
    "some-device",
    "stop-since",
    "stop-that",
    "unmute",
    "unmuted",
    "volume",
    "window",
)
"""The texts that the script says: ``player-<name>``. What stands in braces, it puts in itself."""

PUT_IN = {"n": "{n}", "at": "{at}", "all": "{all}", "device": "{device}"}


async def watch(site: Site, visit: Visit) -> Response:
    """Plays a film to who may watch it; leads all others to its page, which says what would let them."""
    services, name = site.services, named(visit, "film")
    film = await services.catalog.card(film=name, language=visit.language)
    if film.slug != name:
        return moved(visit.path(f"/watch/{film.slug}"))
    access = await services.playback.access(film_id=film.id, user_id=visit.who.user_id)
    if not access.allowed:
        return see(visit.path(f"/films/{film.slug}"))
    position = (await services.positions.of(user_id=visit.who.user_id, film_ids=[film.id])).get(film.id)
    return site.page(
        visit,
        "watch.html",
        film=film,
        known=json.dumps(jsonable(position) if position else {}),
        begun_at=position.position_s if position and is_under_way(position) else None,
        said=json.dumps(_said(visit), ensure_ascii=False),
    )


def _said(visit: Visit) -> dict[str, str]:
    return {name.replace("-", "_"): visit.words(f"player-{name}", **PUT_IN) for name in SAID}


PAGES = (Page(path="/watch/{film}", show=watch, is_personal=True),)
