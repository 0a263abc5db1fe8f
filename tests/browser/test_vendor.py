"""What pages load of others works in a browser, under the policy that pages have."""

import json
from pathlib import PurePosixPath
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, Route

from cinema.web.vendor import FOLDER, ICONS, MANIFEST

SITE = "http://127.0.0.1:9"
"""Answered by the test itself: nothing listens there."""

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; img-src 'self'; connect-src 'self';"
    " worker-src 'self'; media-src 'self' blob:; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
KINDS = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml", ".woff2": "font/woff2"}
ADDRESSES = {
    name: f"/static/vendor/{name}?v={version}"
    for name, version in json.loads((FOLDER / MANIFEST).read_text(encoding="utf-8")).items()
}
PAGE = f"""<!doctype html>
<html lang="ru">
<title>Фильмы</title>
<link rel="stylesheet" href="{ADDRESSES["fonts.css"]}">
<script src="{ADDRESSES["htmx.min.js"]}" defer></script>
<script src="{ADDRESSES["hls.min.js"]}" defer></script>
<h1>Фильмы</h1>
<button hx-get="/part" hx-target="#shelf">Ещё</button>
<div id="shelf"></div>
{"".join(f'<svg width="24" height="24"><use href="{ADDRESSES["icons.svg"]}#{name}"></use></svg>' for name in ICONS)}
</html>"""


@pytest.fixture
def shop_window(page: Page) -> Page:
    """A page that loads everything."""

    def answer(route: Route) -> None:
        path = PurePosixPath(urlsplit(route.request.url).path)
        file = FOLDER / path.name
        if path.parent.name == "vendor":
            route.fulfill(content_type=KINDS[path.suffix], path=file) if file.exists() else route.fulfill(status=404)
        elif path.name == "part":
            route.fulfill(content_type="text/html", body="<p>«Метрополис»</p>")
        else:
            route.fulfill(content_type="text/html", headers={"content-security-policy": POLICY}, body=PAGE)

    page.route(f"{SITE}/**", answer)
    page.goto(SITE)
    return page


def test_a_part_of_a_page_is_exchanged(shop_window: Page) -> None:
    shop_window.get_by_role("button").click()

    assert shop_window.locator("#shelf p").inner_text() == "«Метрополис»"


def test_films_can_be_played_with_a_worker_from_a_file(shop_window: Page) -> None:
    started = """address => new Promise((done, failed) => {
      const player = new Hls({enableWorker: true, workerPath: address});
      const worker = new Worker(address);
      worker.onmessage = message => done([Hls.isSupported(), player.config.workerPath, message.data.event]);
      worker.onerror = failed;
      setTimeout(() => failed("no answer"), 5000);
      worker.postMessage({cmd: "init", instanceNo: 0, id: "main", config: "{}", typeSupported: {}});
    })"""

    assert shop_window.evaluate(started, ADDRESSES["hls.worker.js"]) == [True, ADDRESSES["hls.worker.js"], "init"]


def test_the_player_chooses_among_voices_and_subtitles(shop_window: Page) -> None:
    parts = "['audioTrackController', 'subtitleTrackController'].map(name => Boolean(Hls.DefaultConfig[name]))"

    assert shop_window.evaluate(parts) == [True, True]  # the light build has neither


@pytest.mark.parametrize(
    ("family", "text", "files"),
    [("Golos Text Variable", "Фильм 399 ₽", 3), ("Golos Text Variable", "Film", 1), ("Prata", "Метрополис № 1", 2)],
)
def test_a_font_is_loaded_for_the_letters_of_a_text_only(shop_window: Page, family: str, text: str, files: int) -> None:
    loaded = "([family, text]) => document.fonts.load(`16px '${family}'`, text).then(faces => faces.length)"

    assert shop_window.evaluate(loaded, [family, text]) == files


def test_every_icon_is_drawn(shop_window: Page) -> None:
    shop_window.wait_for_load_state("networkidle")

    drawn = "[...document.querySelectorAll('use')].filter(one => one.getBBox().width > 0).map(one => one.href.baseVal)"

    assert shop_window.evaluate(drawn) == [f"{ADDRESSES['icons.svg']}#{name}" for name in ICONS]
