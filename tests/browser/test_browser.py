"""The browser opens pages, and sees what no page of ours may do."""

import pytest
from playwright.sync_api import Page, Route

from browser.axe import axe
from browser.conftest import OpenPage
from cinema.main.demo.service import Service
from cinema.main.ports import free_port

SITE = "http://127.0.0.1:9"
"""Answered by the test itself: nothing listens there."""

GOOD = '<!doctype html><html lang="en"><title>Films</title><main><h1>Films</h1></main></html>'


def test_an_empty_page_opens_without_trouble(page: Page, troubles: list[str]) -> None:
    page.goto("about:blank")

    assert page.title() == ""
    assert troubles == []


def test_a_page_opens_in_the_size_language_and_colours_that_are_asked_for(open_page: OpenPage) -> None:
    page = open_page(viewport={"width": 320, "height": 640}, locale="ru-RU", color_scheme="dark")
    page.goto("about:blank")

    asked = "[innerWidth, navigator.language, matchMedia('(prefers-color-scheme: dark)').matches]"

    assert page.evaluate(asked) == [320, "ru-RU", True]


def test_a_page_without_scripts_shows_what_the_server_wrote(open_page: OpenPage) -> None:
    page = open_page(java_script_enabled=False)
    serve(page, body="<script>document.title = 'scripts'</script><noscript><h1>No scripts</h1></noscript>")

    page.goto(SITE)

    assert page.locator("h1").inner_text() == "No scripts"
    assert page.title() == ""


def test_the_running_cinema_answers_a_browser(page: Page, cinema: Service) -> None:
    response = page.goto(f"{cinema.url}/health/ready")

    assert response is not None
    assert response.status == 200


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        ("console.error('no film')", ["console: no film"]),
        ("console.warn('old call')", ["console: old call"]),
        ("setTimeout(() => { throw new Error('no film') })", ["error: no film"]),
    ],
)
def test_what_a_script_says_or_throws_is_seen(
    page: Page, troubles: list[str], script: str, expected: list[str]
) -> None:
    page.goto("about:blank")

    page.evaluate(f"() => {{ {script} }}")
    page.evaluate("() => new Promise(done => setTimeout(done))")

    assert troubles == expected
    troubles.clear()


def test_a_request_without_an_answer_is_seen(page: Page, troubles: list[str]) -> None:
    serve(page)
    page.goto(SITE)
    page.unroute_all()

    with page.expect_event("requestfailed"):
        page.evaluate("() => fetch('/gone').catch(() => null)")

    assert troubles == [f"failed: GET {SITE}/gone: net::ERR_UNSAFE_PORT"]
    troubles.clear()


def test_a_part_of_a_page_that_is_refused_is_seen_and_a_refused_document_is_not(
    page: Page, troubles: list[str]
) -> None:
    serve(page, status=404, body=f'{GOOD}<link rel="stylesheet" href="/site.css">')

    page.goto(SITE)

    assert troubles == [f"answered: 404 to GET {SITE}/site.css"]
    troubles.clear()


def test_a_document_that_fails_is_seen(page: Page, troubles: list[str]) -> None:
    serve(page, status=503)

    page.goto(SITE)

    assert troubles == [f"answered: 503 to GET {SITE}/"]
    troubles.clear()


def test_a_request_to_another_machine_is_seen_and_does_not_leave_this_one(page: Page, troubles: list[str]) -> None:
    page.goto("about:blank")

    with page.expect_event("requestfailed"):
        page.evaluate("() => fetch('https://fonts.example/a.woff2').catch(() => null)")

    assert troubles == [
        "foreign: GET https://fonts.example/a.woff2",
        "failed: GET https://fonts.example/a.woff2: net::ERR_NAME_NOT_RESOLVED",
    ]
    troubles.clear()


def test_a_part_of_a_page_that_another_server_here_gives_is_foreign_and_a_link_there_is_not(
    page: Page, troubles: list[str]
) -> None:
    elsewhere = f"http://127.0.0.1:{free_port()}"
    page.route("**", lambda route: route.fulfill(content_type="text/html", body=GOOD))
    page.goto(elsewhere)
    page.goto(SITE)

    page.evaluate("address => fetch(address, {mode: 'no-cors'}).then(() => null)", f"{elsewhere}/picture")

    assert troubles == [f"foreign: GET {elsewhere}/picture"]
    troubles.clear()


def test_what_the_policy_of_a_page_blocks_is_seen(page: Page, troubles: list[str]) -> None:
    serve(page, policy="default-src 'none'", body=f'{GOOD}<p style="color: red">')

    page.goto(SITE)
    page.title()

    assert [trouble.partition(":")[0] for trouble in sorted(troubles)] == ["console", "policy"]
    assert f"policy: style-src-attr blocks inline on {SITE}/" in troubles
    troubles.clear()


def test_axe_finds_what_shuts_people_out_under_a_strict_policy_too(page: Page) -> None:
    serve(page, policy="default-src 'none'; img-src data:", body=GOOD.replace("</h1>", '</h1><img src="data:,">'))
    page.goto(SITE)

    assert axe(page) == ["image-alt: img: Images must have alternative text"]


def test_axe_finds_nothing_wrong_with_a_good_page(page: Page) -> None:
    serve(page)
    page.goto(SITE)

    assert axe(page) == []


def serve(page: Page, *, body: str = GOOD, status: int = 200, policy: str = "") -> None:
    """Answers every request of the page's to SITE."""

    def answer(route: Route) -> None:
        route.fulfill(status=status, content_type="text/html", headers={"content-security-policy": policy}, body=body)

    page.route(f"{SITE}/**", answer)
