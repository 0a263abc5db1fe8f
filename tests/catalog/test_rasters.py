"""Pictures as PNG: drawn once, kept in memory and in a folder, each with a limit."""

import asyncio
import os
import struct
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest

from catalog.making import make_batch, make_film
from cinema.catalog.module import CatalogFacades
from cinema.catalog.posters import backdrop
from cinema.catalog.posters.raster import SIGNATURE, PictureNotDrawn, png
from cinema.catalog.service.rasters import WAITING_MAX, PicturesBusy, Rasters, version_of
from cinema.contracts.enums import PictureSize
from cinema.contracts.text import Language
from cinema.contracts.views.catalog import PictureView

SVG = b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 4 2"><rect width="4" height="2" fill="red"/></svg>'


def size_of(content: bytes) -> tuple[int, int]:
    """Width and height, as the first chunk of a PNG tells them."""
    assert content.startswith(SIGNATURE)
    width, height = struct.unpack(">II", content[16:24])
    return width, height


def stems(folder: Path) -> set[str]:
    return {path.stem for path in folder.iterdir()}


class Drawer:
    """Draws at once, or when it is let; counts what it has drawn."""

    def __init__(self) -> None:
        self.drawn: list[tuple[bytes, int]] = []
        self.may_draw = asyncio.Event()
        self.may_draw.set()
        self.fails = False

    async def __call__(self, svg: bytes, *, width: int) -> bytes:
        self.drawn.append((svg, width))
        await self.may_draw.wait()
        if self.fails:
            raise PictureNotDrawn
        return SIGNATURE + b"%d " % width + svg


@pytest.fixture
def drawer() -> Drawer:
    return Drawer()


def rasters(folder: Path, drawer: Drawer, *, in_memory_max: int = 64, in_folder_max: int = 100) -> Rasters:
    return Rasters(folder=folder, draw=drawer, in_memory_max=in_memory_max, in_folder_max=in_folder_max)


async def test_a_drawing_becomes_a_png_of_the_width(tmp_path: Path) -> None:
    content = await Rasters(folder=tmp_path).png(SVG, width=40)

    assert size_of(content) == (40, 20)
    assert (tmp_path / f"{version_of(SVG, width=40)}.png").read_bytes() == content


async def test_drawing_holds_nobody_up(tmp_path: Path) -> None:
    svg = backdrop(slug="metropolis", title="Metropolis", genres=("drama",)).encode()
    drawing = asyncio.create_task(Rasters(folder=tmp_path).png(svg, width=1200))
    turns = 0

    while not drawing.done():
        await asyncio.to_thread(os.getpid)
        turns += 1

    assert turns > 20
    assert size_of(await drawing) == (1200, 675)


@pytest.mark.parametrize("svg", [b"", b"no drawing", b'<svg xmlns="http://www.w3.org/2000/svg"><rect'])
async def test_what_is_no_drawing_is_not_drawn(svg: bytes) -> None:
    with pytest.raises(PictureNotDrawn):
        await png(svg, width=40)


async def test_a_picture_is_drawn_once_and_found_in_memory_and_by_other_processes(
    tmp_path: Path, drawer: Drawer
) -> None:
    one, another = rasters(tmp_path / "new", drawer), rasters(tmp_path / "new", drawer)

    found = [await one.png(SVG, width=40), await one.png(SVG, width=40), await another.png(SVG, width=40)]
    wider = await one.png(SVG, width=80)

    assert len(set(found)) == 1
    assert wider != found[0]
    assert drawer.drawn == [(SVG, 40), (SVG, 80)]


async def test_of_many_who_ask_at_once_one_has_it_drawn_and_one_picture_is_drawn_at_a_time(
    tmp_path: Path, drawer: Drawer
) -> None:
    pictures = rasters(tmp_path, drawer)
    drawer.may_draw.clear()
    asked = [asyncio.create_task(pictures.png(SVG, width=width)) for width in (40, 40, 80)]
    while not drawer.drawn:
        await asyncio.to_thread(os.getpid)
    drawn_meanwhile = list(drawer.drawn)
    asked[0].cancel()
    drawer.may_draw.set()

    answers = await asyncio.gather(*asked[1:])

    assert len(drawn_meanwhile) == 1
    assert sorted(drawer.drawn) == [(SVG, 40), (SVG, 80)]
    assert answers == [SIGNATURE + b"40 " + SVG, SIGNATURE + b"80 " + SVG]


async def test_too_many_that_wait_are_told_to_come_again(tmp_path: Path, drawer: Drawer) -> None:
    pictures = rasters(tmp_path, drawer)
    drawer.may_draw.clear()
    asked = [asyncio.create_task(pictures.png(SVG, width=width)) for width in range(1, WAITING_MAX + 1)]
    await asyncio.sleep(0)

    with pytest.raises(PicturesBusy) as refused:
        await pictures.png(SVG, width=WAITING_MAX + 1)

    drawer.may_draw.set()
    assert refused.value.retry_after_s == 5
    assert len(await asyncio.gather(*asked)) == WAITING_MAX


async def test_what_could_not_be_drawn_is_tried_again(tmp_path: Path, drawer: Drawer) -> None:
    pictures = rasters(tmp_path, drawer)
    drawer.fails = True
    with pytest.raises(PictureNotDrawn):
        await pictures.png(SVG, width=40)
    kept = stems(tmp_path)
    drawer.fails = False

    content = await pictures.png(SVG, width=40)

    assert kept == set()
    assert content.startswith(SIGNATURE)


async def test_memory_and_folder_have_a_limit_and_the_unused_goes_first(tmp_path: Path, drawer: Drawer) -> None:
    pictures = rasters(tmp_path, drawer, in_memory_max=1, in_folder_max=10)
    for width in range(1, 11):
        await pictures.png(SVG, width=width)
        os.utime(tmp_path / f"{version_of(SVG, width=width)}.png", (width, width))
    await pictures.png(SVG, width=1)

    await pictures.png(SVG, width=11)

    assert stems(tmp_path) == {version_of(SVG, width=width) for width in (1, *range(4, 12))}
    assert len(drawer.drawn) == 11


async def test_a_hurt_file_is_drawn_anew_and_a_folder_that_cannot_be_used_stops_nobody(
    tmp_path: Path, drawer: Drawer
) -> None:
    path = tmp_path / f"{version_of(SVG, width=40)}.png"
    path.write_bytes(b"")
    no_folder = tmp_path / "file"
    no_folder.write_bytes(b"")

    anew = await rasters(tmp_path, drawer).png(SVG, width=40)
    unkept = await rasters(no_folder, drawer).png(SVG, width=40)

    assert path.read_bytes() == anew == unkept
    assert drawer.drawn == [(SVG, 40)] * 2


@pytest.fixture
async def film(catalog: CatalogFacades) -> str:
    await catalog.importer.import_batch(batch=make_batch(make_film("metropolis", ru="Метрополис", en="Metropolis")))
    return "metropolis"


async def preview_of(
    catalog: CatalogFacades, film: str, picture: str, size: PictureSize, language: Language
) -> PictureView:
    card = await catalog.reader.card(film=film, language=language)
    return catalog.reader.preview(card=card, picture=picture, size=size, language=language)


async def test_the_address_of_a_preview_leads_to_it_for_good(
    client: httpx2.AsyncClient, catalog: CatalogFacades, film: str
) -> None:
    shown = await preview_of(catalog, film, "backdrop", PictureSize.SMALL, Language.RU)

    answer = await client.get(shown.address)

    query = parse_qs(urlsplit(shown.address).query)
    assert urlsplit(shown.address).path == "/v1/films/metropolis/backdrop.png"
    assert (query["size"], query["language"]) == (["small"], ["ru"])
    assert answer.headers["content-type"] == "image/png"
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert answer.headers["etag"] == f'"{query["drawing"][0]}"'
    assert answer.headers["content-language"] == "ru"
    assert size_of(answer.content) == (shown.width, shown.height) == (640, 360)


async def test_without_its_version_a_picture_is_kept_for_a_day_and_not_sent_again(
    client: httpx2.AsyncClient, catalog: CatalogFacades, film: str
) -> None:
    preview = await preview_of(catalog, film, "poster", PictureSize.LARGE, Language.EN)
    path = f"/v1/films/{film}/poster.png"

    plain = await client.get(path, params={"language": "en"})
    old = await client.get(path, params={"language": "en", "drawing": "0a"})
    again = await client.get(path, params={"language": "en"}, headers={"If-None-Match": plain.headers["etag"]})

    assert [answer.headers["cache-control"] for answer in (plain, old, again)] == ["public, max-age=86400"] * 3
    assert plain.headers["etag"].strip('"') in preview.address
    assert plain.content == old.content == (await client.get(preview.address)).content
    assert size_of(plain.content) == (preview.width, preview.height) == (600, 900)
    assert (again.status_code, again.content) == (304, b"")


async def test_another_title_has_another_address(catalog: CatalogFacades, film: str) -> None:
    addresses = {
        (await preview_of(catalog, film, picture, size, language)).address
        for picture in ("poster", "backdrop")
        for size in PictureSize
        for language in Language
    }
    versions = {parse_qs(urlsplit(address).query)["drawing"][0] for address in addresses}

    assert (len(addresses), len(versions)) == (8, 8)


@pytest.mark.parametrize(
    ("path", "refused"),
    [
        ("/v1/films/nothing/poster.png", (404, "film-not-found")),
        ("/v1/films/metropolis/cover.png", (422, "input-invalid")),
        ("/v1/films/metropolis/poster.png?size=huge", (422, "input-invalid")),
        ("/v1/films/metropolis/poster.png?drawing=%2e%2e", (422, "input-invalid")),
    ],
)
@pytest.mark.usefixtures("film")
async def test_what_there_is_no_picture_of_is_refused(
    client: httpx2.AsyncClient, tmp_path: Path, path: str, refused: tuple[int, str]
) -> None:
    answer = await client.get(path)

    assert (answer.status_code, answer.json()["code"]) == refused
    assert not (tmp_path / "pictures").exists()
