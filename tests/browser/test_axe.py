"""No page shuts anybody out, in any of its states: what axe finds, and what it cannot see.

Each page is opened once and looked at by all tests. With CINEMA_TESTS=full all widths and languages are.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

import pytest
from playwright.sync_api import Browser, Page

from browser.axe import axe
from browser.chromium import PATIENCE_MS
from browser.pages import PLACES, Place, go
from browser.roles import Company
from browser.troubles import listen
from cinema.main.demo.service import Service
from make import count

DESK, PHONE, NARROW = 1280, 375, 320
HEIGHT = 800
THEMES: tuple[Literal["dark", "light"], ...] = ("dark", "light")
WIDTHS = (DESK, PHONE, NARROW)[: count(reduced=1, full=3)]
SEEN = [
    (place, language)
    for number, place in enumerate(PLACES)
    for language in (("ru", "en") * 2)[number % 2 :][: count(reduced=1, full=2)]
]

WIDER_THAN = "width => Math.max(0, document.scrollingElement.scrollWidth - width)"

CUT_OFF = """() => [...document.querySelectorAll("main *, header *, footer *")].filter(one => {
  const look = getComputedStyle(one);
  const isMeant = one.closest(".sr, .clamp, .shelf-skip, svg, select, .skip, .names");
  const clips = look.overflowX !== "visible" || look.overflowY !== "visible";
  const scrolls = look.overflowX === "auto" || look.overflowX === "scroll";
  return clips && !scrolls && !isMeant && one.textContent.trim() && one.checkVisibility()
    && (one.scrollWidth > one.clientWidth + 1 || one.scrollHeight > one.clientHeight + 1);
}).map(one => `${one.tagName} ${one.className}: ${one.textContent.trim().slice(0, 40)}`)"""
"""Elements whose text does not fit, and cannot be scrolled to."""

BADLY_FOCUSED = """order => {
  const reachable = [...document.querySelectorAll("a[href], button, input, select, textarea, summary, [tabindex]")]
    .filter(one => one.tabIndex >= 0 && !one.disabled && one.type !== "hidden" && one.checkVisibility());
  const head = document.querySelector(".head");
  const found = [];
  for (const one of order === "back" ? reachable.reverse() : reachable) {
    one.focus({focusVisible: true});
    const say = what => found.push(`${one.tagName} ${one.textContent.trim().slice(0, 30) || one.name || ""}: ${what}`);
    if (document.activeElement !== one) { say("takes no focus"); continue; }
    if (one.tabIndex > 0) say("has a place of its own in the order");
    const rings = [getComputedStyle(one), getComputedStyle(one, "::after")];
    if (!rings.some(ring => ring.outlineStyle !== "none" && parseFloat(ring.outlineWidth) >= 2)) say("shows no ring");
    const box = one.getBoundingClientRect();
    const isInSight = box.bottom >= 1 && box.top < innerHeight && box.right >= 1 && box.left < innerWidth;
    if (!isInSight) say("is out of sight");
    const isUnder = head && !head.contains(one) && getComputedStyle(head).position === "sticky"
      && box.top < head.getBoundingClientRect().bottom - 1 && box.bottom > head.getBoundingClientRect().top;
    if (isUnder && !one.closest(".skip")) say("is under the head of the page");
  }
  return found;
}"""
"""What is wrong with the focus, going through all that takes it."""


@dataclass(slots=True, kw_only=True)
class Opened:
    """A page in a state, as a browser shows it."""

    place: Place
    page: Page
    troubles: list[str] = field(default_factory=list)


@pytest.fixture(scope="module", params=SEEN, ids=lambda seen: f"{seen[0].name}-{seen[1]}")
def opened(request: pytest.FixtureRequest, browser: Browser, cinema: Service, company: Company) -> Iterator[Opened]:
    place, language = request.param
    context = browser.new_context(reduced_motion="reduce", color_scheme="dark")
    context.set_default_timeout(PATIENCE_MS)
    opened = Opened(place=place, page=context.new_page())
    listen(context, opened.troubles)
    resize(opened.page, DESK)
    go(opened.page, place, home=cinema.url, company=company, language=language)
    yield opened
    context.close()


def test_a_page_breaks_no_rule_of_access(opened: Opened) -> None:
    found = []
    for width in WIDTHS:
        resize(opened.page, width)
        for theme in THEMES:
            opened.page.emulate_media(color_scheme=theme)
            found += [f"{width} {theme}: {one}" for one in axe(opened.page)]

    assert found == []


def test_focus_is_seen_wherever_it_goes(opened: Opened) -> None:
    resize(opened.page, DESK)

    found = [*opened.page.evaluate(BADLY_FOCUSED, "on"), *opened.page.evaluate(BADLY_FOCUSED, "back")]

    assert found == []


def test_text_may_be_twice_as_large(opened: Opened) -> None:
    resize(opened.page, DESK)
    opened.page.evaluate("document.documentElement.style.fontSize = '200%'")

    found = [opened.page.evaluate(WIDER_THAN, DESK), opened.page.evaluate(CUT_OFF)]
    opened.page.evaluate("document.documentElement.style.fontSize = ''")

    assert found == [0, []]


@pytest.mark.parametrize("width", [PHONE, NARROW])
def test_nothing_is_scrolled_sideways(opened: Opened, width: int) -> None:
    resize(opened.page, width)

    assert opened.page.evaluate(WIDER_THAN, width) == 0


def test_the_page_was_in_no_trouble(opened: Opened) -> None:
    opened.page.title()  # what was told before this answer has arrived with it

    assert opened.troubles == []


def resize(page: Page, width: int) -> None:
    page.set_viewport_size({"width": width, "height": HEIGHT})
