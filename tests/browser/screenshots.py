"""Pictures of every page and state, for people to look at: ``make screenshots``.

They are ``var/screenshots/<page>-<state>-<language>-<theme>-<width>.png``. Words after the command name
what pages' names begin with: ``python tests/browser/screenshots.py account film-open``.
"""

import shutil
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Browser, Page

from browser.chromium import chromium
from browser.pages import PLACES, Place, go
from browser.roles import Company, gather
from cinema.main.demo.service import Service
from style.source import ROOT

FOLDER = ROOT / "var" / "screenshots"
SIZES = ((1280, 800), (375, 812))
THEMES = ("dark", "light")
LANGUAGES = ("ru", "en")

LOAD_ALL = """async () => {
  for (const picture of document.images) picture.loading = "eager";
  await Promise.all([...document.images].map(picture => picture.decode().catch(() => null)));
  await document.fonts.ready;
}"""


def main() -> int:
    wanted = tuple(sys.argv[1:])
    places = [one for one in PLACES if not wanted or one.name.startswith(wanted)]
    FOLDER.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix="cinema-screenshots-"))
    folder.chmod(0o755)  # PostgreSQL's own user passes through
    cinema = Service(folder)
    try:
        cinema.start()
        company = gather(cinema)
        with chromium() as browser:
            for number, place in enumerate(places, start=1):
                print(f"{number} of {len(places)}: {place.name}", flush=True)  # noqa: T201 - a command's output
                for language in LANGUAGES:
                    picture(browser, place, home=cinema.url, company=company, language=language)
    finally:
        cinema.stop()
        shutil.rmtree(folder, ignore_errors=True)
    return 0


def picture(browser: Browser, place: Place, *, home: str, company: Company, language: str) -> None:
    """A page in both themes and sizes; it is loaded once."""
    context = browser.new_context(locale=language, reduced_motion="reduce")
    page: Page = context.new_page()
    go(page, place, home=home, company=company, language=language)
    for width, height in SIZES:
        page.set_viewport_size({"width": width, "height": height})
        page.evaluate(LOAD_ALL)
        for theme in THEMES:
            page.emulate_media(color_scheme="dark" if theme == "dark" else "light")
            path = FOLDER / f"{place.name}-{language}-{theme}-{width}.png"
            page.screenshot(path=path, full_page=True)
    context.close()


if __name__ == "__main__":
    sys.exit(main())
