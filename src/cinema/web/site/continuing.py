"""The row of films to go on with, and taking a film out of it."""

from dataclasses import dataclass
from uuid import UUID

from starlette.responses import Response

from cinema.contracts.catalog import FilmNotFound
from cinema.contracts.ids import FilmId
from cinema.contracts.views.catalog import FilmItem
from cinema.contracts.views.playback import PositionView
from cinema.kit.page import Page as ListPage
from cinema.web.forms import read_form
from cinema.web.site.page import Page, Site, see
from cinema.web.visit import Visit, leads_inside

ROW = 12
"""Films in the row on the first page."""

PER_PAGE = 24
PLACE = "/continue"
REMOVED = "removed"
"""In the address: the film that was just taken out, so that it can be put back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Begun:
    """A film that was begun, and how far the viewer has come."""

    film: FilmItem
    position: PositionView

    @property
    def minutes_left(self) -> int:
        """Rounded up, so that something is left."""
        return -(-(self.position.duration_s - self.position.position_s) // 60)

    @property
    def percent(self) -> int:
        return 100 * self.position.position_s // self.position.duration_s


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """The films to go on with; ``removed`` was taken out just now and may be put back, to ``next``."""

    films: tuple[Begun, ...]
    removed: FilmItem | None
    next: str
    next_cursor: str | None = None


async def row(site: Site, visit: Visit, *, place: str, limit: int = ROW, cursor: str | None = None) -> Row:
    """Of who is signed in; nothing of others. ``place`` is the page that it stands on."""
    back = visit.path(place)
    if visit.viewer is None:
        return Row(films=(), removed=None, next=back)
    user_id, positions = visit.viewer.user_id, site.services.positions
    page: ListPage[PositionView] = await positions.row(user_id=user_id, cursor=cursor, limit=limit)
    removed = _film_id(visit.request.query_params.get(REMOVED, ""))
    wanted = [one.film_id for one in page.items] + ([removed] if removed else [])
    films = await site.services.catalog.items(film_ids=wanted, language=visit.language) if wanted else {}
    return Row(
        films=tuple(Begun(film=films[one.film_id], position=one) for one in page.items if one.film_id in films),
        removed=films.get(removed) if removed and all(one.film_id != removed for one in page.items) else None,
        next=back,
        next_cursor=page.next_cursor,
    )


async def show(site: Site, visit: Visit) -> Response:
    """The whole row."""
    cursor = visit.request.query_params.get("cursor")
    found = await row(site, visit, place=PLACE, limit=PER_PAGE, cursor=cursor)
    return site.page(visit, "continue.html", row=found)


async def act(site: Site, visit: Visit) -> Response:
    """Takes a film out of the row, or puts it back. Where the viewer is in it stays known."""
    form = await read_form(visit.request)
    film_id = _film_id(form["film"])
    if film_id is None:
        raise FilmNotFound
    back = form["next"] if leads_inside(form["next"]) else visit.path()
    if form.has("back"):
        await site.services.positions.put_back(user_id=visit.who.user_id, film_id=film_id)
        return see(f"{back}#continue")
    await site.services.positions.take_out(user_id=visit.who.user_id, film_id=film_id)
    return see(f"{back}?{REMOVED}={film_id}#continue")


def _film_id(typed: str) -> FilmId | None:
    try:
        return FilmId(UUID(typed))
    except ValueError:
        return None


PAGES = (Page(path=PLACE, show=show, act=act, is_personal=True),)
