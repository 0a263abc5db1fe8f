"""The catalogue in a browser: for eyes, hands, keyboards and readers of screens, and without a connection."""

import pytest
from playwright.sync_api import Page, expect

from browser.axe import axe
from browser.conftest import OpenPage
from cinema.main.demo.service import Service

LISTS = ("/", "/films", "/genres", "/genres/drama", "/people")
THINGS = ("/films/metropolis", "/people/fritz-lang", "/films/nothing", "/offline")


@pytest.mark.parametrize("scheme", ["dark", "light"])
@pytest.mark.parametrize("width", [320, 1280])
@pytest.mark.parametrize("path", LISTS + THINGS)
def test_a_page_is_for_everybody(open_page: OpenPage, cinema: Service, path: str, width: int, scheme: str) -> None:
    page = open_page(viewport={"width": width, "height": 800}, color_scheme=scheme)

    page.goto(f"{cinema.url}/ru{path}")

    assert axe(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert page.locator("h1").count() == 1


def test_a_shelf_is_walked_card_by_card_and_can_be_skipped(page: Page, cinema: Service) -> None:
    page.goto(f"{cinema.url}/en/")
    new, drama = page.locator("section.shelf").nth(0), page.locator("section.shelf").nth(1)

    new.get_by_role("link", name="Skip this row").focus()
    page.keyboard.press("Tab")
    expect(new.locator("h3 a").nth(0)).to_be_focused()
    page.keyboard.press("Tab")
    expect(new.locator("h3 a").nth(1)).to_be_focused()
    new.get_by_role("link", name="Skip this row").focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")

    expect(drama.get_by_role("link", name="All Drama", exact=True)).to_be_focused()


def test_the_pages_work_without_scripts(open_page: OpenPage, cinema: Service) -> None:
    page = open_page(java_script_enabled=False)
    page.goto(f"{cinema.url}/en/")

    page.get_by_role("navigation", name="Sections").get_by_role("link", name="Films").click()
    page.get_by_role("link", name="By title").click()
    page.get_by_role("link", name="Show more").click()

    assert page.url.startswith(f"{cinema.url}/en/films?sort=title&cursor=")
    assert page.locator(".grid h2").count() == 36


def test_without_a_connection_a_page_says_so_and_nothing_else_is_kept(
    open_page: OpenPage, cinema: Service, troubles: list[str]
) -> None:
    page = open_page()
    page.goto(f"{cinema.url}/ru/films/metropolis")
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    page.wait_for_function("navigator.serviceWorker.controller !== null")

    page.context.set_offline(True)
    page.goto(f"{cinema.url}/ru/films/metropolis")
    heading = page.locator("h1").inner_text()
    page.goto(f"{cinema.url}/en/films")
    english = page.locator("h1").inner_text()
    kept = page.evaluate(
        """async () => {
          const found = [];
          for (const name of await caches.keys())
            for (const request of await (await caches.open(name)).keys()) found.push(new URL(request.url).pathname);
          return found;
        }"""
    )
    page.context.set_offline(False)
    page.get_by_role("link", name="Try again").click()
    expect(page.locator("h1")).to_have_text("Films")

    assert (heading, english) == ("Нет соединения", "No connection")
    assert [path for path in kept if not path.startswith("/static/")] == ["/ru/offline", "/en/offline"]
    troubles[:] = [one for one in troubles if "ERR_INTERNET_DISCONNECTED" not in one]
