"""What a first visit may weigh, as it comes over the wire: styles, scripts, and the first page itself."""

import re
from posixpath import dirname, join, normpath

import pytest

from cinema.kit.clock import ManualClock
from cinema.kit.db import Database
from cinema.notifications.mailers import MemoryMailer
from cinema.payments.providers.fake import FakeProvider
from cinema.web.assets import FOLDER, Assets
from cinema.web.site.continuing import ROW
from scenarios.house import URL, House
from web.crawling import Crawl

KB = 1_000
STYLES_MAX = 20 * KB
SCRIPTS_MAX = 40 * KB
HOME_MAX = 60 * KB

IMPORTED = re.compile(r"""^\s*(?:import|export)\b[^;"']*["'](\.{1,2}/[^"']+)["']""", re.MULTILINE)
"""What a module of ours brings in by itself."""

GZIP = {"Accept-Encoding": "gzip"}


@pytest.fixture
async def house(db: Database, clock: ManualClock) -> House:
    """With the films that come with the product."""
    house = await House(db=db, clock=clock, provider=FakeProvider(clock=clock), mailer=MemoryMailer()).open()
    await house.cinema.catalog.importer.import_folder()
    return house


def test_all_styles_together_are_light() -> None:
    packed = Assets().asset("site.css").packed

    assert packed is not None
    assert 1 * KB < len(packed) <= STYLES_MAX


def test_all_scripts_before_the_player_are_light() -> None:
    before = {
        path.relative_to(FOLDER).as_posix() for path in FOLDER.glob("js/**/*.js") if "player" not in path.parts
    } | {"vendor/htmx.min.js"}

    assert "js/site.js" in before
    assert sum(weight(name) for name in before) <= SCRIPTS_MAX


async def test_no_page_but_the_players_loads_another_script(house: House) -> None:
    paths = ["/en/", "/en/films", "/en/films/metropolis", "/en/genres", "/en/people", "/en/sign-in", "/en/help"]
    crawl = Crawl(app=house.cinema.app, origin=URL, home=URL)

    pages = [await crawl.get(path) for path in paths]

    assert [page.path for page in pages if page.status != 200 or not page.is_page] == []
    loaded = {name_of(address) for page in pages if page.seen for address in page.seen.scripts}
    whole = loaded | {brought for name in loaded for brought in brought_by(name)}
    assert {"js/site.js", "vendor/htmx.min.js"} <= whole
    assert {name for name in whole if "player" in name or "hls" in name} == set()
    assert sum(weight(name) for name in whole) <= SCRIPTS_MAX


@pytest.mark.parametrize("language", ["ru", "en"])
async def test_the_first_page_is_light_with_every_film_there_is(house: House, language: str) -> None:
    viewer = await house.subscribed("anna")
    films = await house.ok(None, "GET", f"/v1/films?limit={ROW}&sort=title")
    for film in films["items"]:
        place = {"position_s": 6 * film["minutes"], "duration_s": 60 * film["minutes"]}
        await house.ok(viewer, "PUT", f"/v1/films/{film['id']}/position", json=place)

    of_stranger = await house.call(None, "GET", f"/{language}/", headers=GZIP)
    of_subscriber = await house.call(viewer, "GET", f"/{language}/", headers=GZIP)

    assert (of_stranger.headers["content-encoding"], of_subscriber.headers["content-encoding"]) == ("gzip", "gzip")
    assert of_subscriber.text.count("<progress") == ROW
    assert int(of_stranger.headers["content-length"]) <= HOME_MAX
    assert int(of_subscriber.headers["content-length"]) <= HOME_MAX


def name_of(address: str) -> str:
    return address.removeprefix("/static/").partition("?")[0]


def brought_by(name: str) -> set[str]:
    """All modules that a script brings in, and they in turn."""
    text = (FOLDER / name).read_text(encoding="utf-8")
    own = {normpath(join(dirname(name), place)) for place in IMPORTED.findall(text)}
    return own | {more for one in own for more in brought_by(one)}


def weight(name: str) -> int:
    packed = Assets().asset(name).packed
    assert packed is not None
    return len(packed)
