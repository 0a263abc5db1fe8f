"""The player's page. What it plays, and how far, it asks of the API itself."""

import json
from datetime import timedelta

from starlette.responses import Response

from cinema.contracts.views.playback import PositionView
from cinema.web.site.page import Page, Site, see
from cinema.web.visit import Visit

SAID = (
    "play", "pause", "paused", "playing", "mute", "unmute", "muted", "unmuted", "volume", "captions-on", "captions-off",
    "off", "auto", "place", "stop-that",
)  # fmt: skip
"""The texts that the script says: ``player-<name>``. What stands in braces, it puts in itself."""

PUT_IN = {"n": "{n}", "at": "{at}", "all": "{all}", "device": "{device}"}


async def watch(site: Site, visit: Visit) -> Response:
    """Plays a film to who may watch it; leads all others to its page, which says what would let them."""
    services = site.services
    film = await services.catalog.card(film=visit.request.path_params["film"], language=visit.language)
    if film.slug != visit.request.path_params["film"]:
        return see(visit.path(f"/watch/{film.slug}"))
    access = await services.playback.access(film_id=film.id, user_id=visit.who.user_id)
    if not access.allowed:
        return see(visit.path(f"/films/{film.slug}"))
    kept = await services.positions.of(user_id=visit.who.user_id, film_ids=[film.id])
    place = _place(kept.get(film.id))
    return site.page(
        visit,
        "watch.html",
        film=film,
        resume=place and clock(place),
        position_s=place,
        said=json.dumps(_said(visit), ensure_ascii=False),
    )


def _place(position: PositionView | None) -> int | None:
    """Where the film was left, in seconds; None where there is nothing to go on with."""
    return position.position_s if position is not None and position.in_row else None


def clock(seconds: int) -> str:
    """``12:40``, ``1:02:03``."""
    text = str(timedelta(seconds=seconds))
    return text.removeprefix("0:").lstrip("0") if text.startswith("0:") else text


def _said(visit: Visit) -> dict[str, str]:
    return {name.replace("-", "_"): visit.words(f"player-{name}", **PUT_IN) for name in SAID}


PAGES = (Page(path="/watch/{film}", show=watch, is_personal=True),)
