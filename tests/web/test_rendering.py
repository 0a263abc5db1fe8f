"""What is drawn once for everybody knows nothing of anybody."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from jinja2 import UndefinedError
from starlette.requests import Request

import cinema.web
from cinema.contracts.text import Language
from cinema.kit.texts import Texts
from cinema.kit.wording import Wording
from cinema.web.assets import Assets
from cinema.web.cookies import Theme
from cinema.web.rendering import Renderer
from cinema.web.visit import Visit

LOCALE = Path(cinema.web.__file__).parent / "locale"


def make_visit() -> Visit:
    return Visit(
        request=Request({"type": "http", "method": "GET", "path": "/en/", "query_string": b"", "headers": []}),
        language=Language.EN,
        theme=Theme.SYSTEM,
        viewer=None,
        is_ended=False,
        words=Texts(LOCALE).of("en"),
        wording=Wording(language="en", time_zone="UTC"),
        now=datetime(2026, 1, 15, tzinfo=UTC),
        request_id="0" * 32,
    )


def test_a_piece_is_drawn_in_the_language_and_escaped() -> None:
    renderer = Renderer(assets=Assets(), facts={})
    film = {"poster": "/p.svg", "slug": "m", "title": "<b>M</b>", "year": 1931, "genres": []}

    drawn = renderer.piece(make_visit(), "card.html", film=film)

    assert '<a href="/en/films/m">&lt;b&gt;M&lt;/b&gt;</a>' in drawn
    assert drawn.count("<li>") == 1


@pytest.mark.parametrize("template", ["base.html", "trouble.html"])
def test_a_piece_that_asks_who_visits_is_a_bug(template: str) -> None:
    renderer = Renderer(assets=Assets(), facts={})

    with pytest.raises(UndefinedError, match="'visit' is undefined"):
        renderer.piece(make_visit(), template)
