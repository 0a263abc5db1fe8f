"""The first page: the film of the day, what to go on with, and shelves of others."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta

from markupsafe import Markup
from starlette.responses import Response

from cinema.contracts.enums import FilmSort
from cinema.contracts.ids import FilmId
from cinema.contracts.views.catalog import FilmCard, FilmItem
from cinema.web.site.continuing import row
from cinema.web.site.page import Page, Site
from cinema.web.site.ways import Standing, Subject, standing, term, usual
from cinema.web.visit import Visit

SHELF = 18
"""Films on a shelf."""

GENRES = 5
"""Genres that have a shelf: those with the most films."""

FEW = 6
"""A shelf that would keep fewer films without those that stand above it shows all of its own."""

SHELVES_GOOD_FOR = timedelta(seconds=30)
"""How long the shelves, which are the same for everybody, are not looked up again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """A film with its card, which is the same for everybody in one language."""

    id: FilmId
    card: Markup


@dataclass(frozen=True, slots=True, kw_only=True)
class Shelf:
    """A row of films; ``all`` is the page with every one of them."""

    name: str
    title: str
    films: tuple[Drawn, ...]
    all: str

    @property
    def cards(self) -> Markup:
        return Markup().join([film.card for film in self.films])


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """What the first page shows everybody in one language: the film of the day, and shelves."""

    hero: FilmCard | None
    shelves: tuple[Shelf, ...]


async def home(site: Site, visit: Visit) -> Response:
    """The film of the day with the button that fits who looks at it, what they go on with, and what there is."""

    async def look() -> Window:
        return await _window(site, visit)

    window = await site.memory.recall(("home", visit.language), look, good_for=SHELVES_GOOD_FOR)
    begun = await row(site, visit, place="/")
    above = [one.film.id for one in begun.films] + ([window.hero.id] if window.hero else [])
    plan = usual((await site.services.billing.plans()).items) if visit.viewer is None else None
    return site.page(
        visit,
        "home.html",
        hero=window.hero,
        standing=await _standing(site, visit, window.hero) if window.hero else None,
        row=begun,
        shelves=tuple(_without_repeats(window.shelves, above=above, is_second=bool(begun.films))),
        plan=plan,
        plan_term=term(visit, plan.interval) if plan else "",
    )


async def _standing(site: Site, visit: Visit, film: FilmCard) -> Standing:
    user_id = visit.viewer.user_id if visit.viewer else None
    answer = await site.services.playback.access(film_id=film.id, user_id=user_id)
    positions = await site.services.positions.of(user_id=user_id, film_ids=(film.id,)) if user_id else {}
    return standing(visit, Subject(slug=film.slug, access=film.access, answer=answer, position=positions.get(film.id)))


async def _window(site: Site, visit: Visit) -> Window:
    catalog, language, t = site.services.catalog, visit.language, visit.words
    new = await catalog.films(language=language, sort=FilmSort.ADDED, genre=None, cursor=None, limit=SHELF + 1)
    place = visit.path(f"/films?sort={FilmSort.ADDED}")
    shelves = [Shelf(name="new", title=t("home-shelf-new"), films=_drawn(site, visit, new.items), all=place)]
    genres = (await catalog.genres(language=language)).items
    for genre in sorted(genres, key=lambda one: -one.film_count)[:GENRES]:
        films = await catalog.films(language=language, sort=FilmSort.NEWEST, genre=genre.slug, cursor=None, limit=SHELF)
        place = visit.path(f"/genres/{genre.slug}")
        shelves.append(Shelf(name=genre.slug, title=genre.name, films=_drawn(site, visit, films.items), all=place))
    return Window(hero=await _of_the_day(site, visit, new.items), shelves=tuple(shelves))


def _drawn(site: Site, visit: Visit, films: Iterable[FilmItem]) -> tuple[Drawn, ...]:
    return tuple(Drawn(id=film.id, card=site.renderer.piece(visit, "card.html", film=film)) for film in films)


async def _of_the_day(site: Site, visit: Visit, films: tuple[FilmItem, ...]) -> FilmCard | None:
    """Each day another of the newest films, by the calendar of UTC."""
    if not films:
        return None
    film = films[visit.now.toordinal() % len(films)]
    return await site.services.catalog.card(film=film.slug, language=visit.language)


def _without_repeats(shelves: Iterable[Shelf], *, above: Iterable[FilmId], is_second: bool) -> Iterator[Shelf]:
    """The shelves without films that stand ``above`` them already; further down only where enough are left.

    ``is_second``: the first of them is the second row of the page.
    """
    seen = set(above)
    for number, shelf in enumerate(shelves, start=2 if is_second else 1):
        fresh = tuple(film for film in shelf.films if film.id not in seen)
        films = fresh if number <= 2 or len(fresh) >= FEW else shelf.films  # noqa: PLR2004 - the first two rows repeat nothing
        seen.update(film.id for film in films)
        yield replace(shelf, films=films)


PAGES = (Page(path="/", show=home),)
