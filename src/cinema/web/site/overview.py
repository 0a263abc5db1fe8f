"""The account's first page: what one has, until when, and what is charged next."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from starlette.responses import Response

from cinema.contracts.enums import GrantKind
from cinema.contracts.ids import FilmId
from cinema.contracts.views.billing import FOR_GOOD, EntitlementView
from cinema.contracts.views.catalog import FilmItem
from cinema.web.site.page import Page, Site
from cinema.web.site.standing import standing
from cinema.web.visit import Visit

FILMS = 6
ORDERS = 3
PAGE = 50
"""Rights that are looked at for one page of films."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnFilm:
    """A film that was bought (``until`` None) or rented; ``film`` is None when the catalogue has it no more."""

    film: FilmItem | None
    until: datetime | None


async def overview(site: Site, visit: Visit) -> Response:
    """Everything at a glance."""
    how = await standing(site, visit)
    orders = await site.services.billing.orders(user_id=visit.who.user_id, status=None, cursor=None, limit=ORDERS)
    films = await own_films(site, visit, film_rights(how.rights, visit.now))
    return site.page(
        visit,
        "account/overview.html",
        how=how,
        orders=orders,
        films=films[:FILMS],
        has_more_films=len(films) > FILMS,
    )


async def films(site: Site, visit: Visit) -> Response:
    """All films that were bought or are rented, page by page of rights."""
    cursor = visit.request.query_params.get("cursor")
    rights = await site.services.billing.entitlements(user_id=visit.who.user_id, cursor=cursor, limit=PAGE)
    found = await own_films(site, visit, film_rights(rights.items, visit.now))
    return site.page(visit, "account/films.html", films=found, rights=rights)


def film_rights(rights: Iterable[EntitlementView], now: datetime) -> list[EntitlementView]:
    """The rights to single films that hold."""
    return [
        one
        for one in rights
        if one.film_id is not None and one.kind is GrantKind.PAID and one.revoked_at is None and one.ends_at > now
    ]


async def own_films(site: Site, visit: Visit, rights: Sequence[EntitlementView]) -> list[OwnFilm]:
    """The films of these rights, each once, with the longest."""
    longest: dict[FilmId, datetime] = {}
    for one in rights:
        if one.film_id is not None:
            film_id = FilmId(one.film_id)
            longest[film_id] = max(one.ends_at, longest.get(film_id, one.ends_at))
    items = await site.services.catalog.items(film_ids=list(longest), language=visit.language) if longest else {}
    return [OwnFilm(film=items.get(it), until=None if ends == FOR_GOOD else ends) for it, ends in longest.items()]


PAGES = (
    Page(path="/account", show=overview, is_personal=True),
    Page(path="/account/films", show=films, is_personal=True),
)
