"""The crawl sees what it forbids, follows what leads inside, and ends."""

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from web.crawling import Crawl, cookies_of

ORIGIN = "https://cinema.test"


def site(pages: dict[str, str]) -> Crawl:
    """A crawl of these pages; what begins with ``to:`` leads elsewhere."""

    async def answer(request: Request) -> Response:
        text = pages.get(request.url.path)
        if text is not None and text.startswith("to:"):
            return RedirectResponse(text.removeprefix("to:"), status_code=303)
        return HTMLResponse(text or "", status_code=404 if text is None else 200)

    app = Starlette(routes=[Route("/{path:path}", answer, methods=["GET", "POST"])])
    return Crawl(app=app, origin=ORIGIN, home="http://cinema.test")


@pytest.mark.parametrize(
    ("html", "wrong"),
    [
        ("<script>alert(1)</script>", "<script> with text: alert(1)"),
        ('<script type="module">alert(1)</script>', "<script> with text: alert(1)"),
        ("<style>p {}</style>", "<style>"),
        ('<p style="color: red">', "<p style>"),
        ('<p onclick="f()">', "<p onclick>"),
        ('<p hx-on:click="f()">', "<p hx-on:click>"),
        ('<p hx-vals="js:f()">', "<p hx-vals>"),
        ('<img srcset="//cdn.example/a.png 2x">', "<img srcset>"),
        ('<meta http-equiv="refresh" content="0">', "<meta http-equiv=refresh>"),
        ('<img src="https://cdn.example/a.png">', "leads outside: https://cdn.example/a.png"),
        ('<img src="//cdn.example/a.png">', "leads outside: //cdn.example/a.png"),
        ('<img src="https://cinema.test/a.png">', "leads outside: https://cinema.test/a.png"),
        ('<script src="data:text/javascript,f()"></script>', "leads outside: data:text/javascript,f()"),
        ('<a href="javascript:f()">', "leads outside: javascript:f()"),
        ('<a href="https://elsewhere.example/">', "leads outside: https://elsewhere.example/"),
        ('<link rel="canonical" href="https://elsewhere.example/">', "leads outside: https://elsewhere.example/"),
        ('<form method="post" action="https://elsewhere.example/">', "leads outside: https://elsewhere.example/"),
    ],
)
async def test_what_is_forbidden_is_seen(html: str, wrong: str) -> None:
    answered = await site({"/": html}).get("/")

    assert answered.seen is not None
    assert answered.seen.wrong == [wrong]


@pytest.mark.parametrize(
    "html",
    [
        '<script type="application/ld+json">{"name": 1}</script>',
        '<script src="/static/a.js"></script><link href="/static/a.css"><svg><use href="/i.svg#a"/></svg>',
        '<a href="mailto:help@cinema.test"><a href="#main"><a href="?cursor=a">',
        '<link rel="canonical" href="http://cinema.test/">',
        '<form method="post" action="/sign-out"><button>Go</button></form>',
    ],
)
async def test_what_is_allowed_is_let_pass(html: str) -> None:
    answered = await site({"/": html}).get("/")

    assert answered.seen is not None
    assert answered.seen.wrong == []


async def test_the_walk_reaches_all_that_leads_inside_once_and_ends() -> None:
    pages = {
        "/": '<a href="/a?next=/"><a href="/b"><form action="/search"><form method="post" action="/x"><p hx-get="/p">',
        "/a": '<a href="/a?next=/a">',
        "/b": "to:/c",
        "/c": '<img src="/missing.svg">',
        "/p": "<p>part",
        "/search": "<p>found",
    }

    crawl = await site(pages).walk("/")

    assert {path: one.status for path, one in crawl.answers.items()} == {
        "/": 200, "/a?next=/": 200, "/b": 303, "/c": 200, "/missing.svg": 404, "/p": 200, "/search": 200
    }  # fmt: skip
    assert crawl.named_by["/missing.svg"] == "/c"
    assert crawl.forms() == {"/x"}


async def test_a_cookie_is_read_with_its_attributes() -> None:
    async def answer(_: Request) -> Response:
        response = Response()
        response.set_cookie("a", "1", path="/", secure=True, httponly=True, samesite="lax")
        response.headers.append("set-cookie", "b=2")
        return response

    answered = await Crawl(app=Starlette(routes=[Route("/", answer)]), origin=ORIGIN, home=ORIGIN).get("/")

    assert cookies_of(answered) == [
        ("a", {"path": "/", "secure": "True", "httponly": "True", "samesite": "lax"}),
        ("b", {}),
    ]
