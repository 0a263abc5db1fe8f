"""Visits of pages for tests that ask no server."""

from datetime import UTC, datetime

from starlette.requests import Request

from cinema.contracts.text import Language
from cinema.kit.texts import Texts
from cinema.kit.wording import Wording
from cinema.main.website import LOCALE
from cinema.web.cookies import Theme
from cinema.web.visit import Visit

NOW = datetime(2026, 1, 15, 9, 0, tzinfo=UTC)
TEXTS = Texts(LOCALE)


def make_visit(path: str = "/en/", *, query: str = "", now: datetime = NOW) -> Visit:
    """A visit of ``path`` by who is not signed in, in its language and by the clock of Moscow."""
    language = Language(path[1:3])
    scope = {
        "type": "http",
        "method": "GET",
        "path": path,
        "query_string": query.encode(),
        "headers": [],
        "server": ("cinema.test", 80),
        "scheme": "http",
    }
    return Visit(
        request=Request(scope),
        language=language,
        theme=Theme.SYSTEM,
        viewer=None,
        is_ended=False,
        words=TEXTS.of(language.value),
        wording=Wording(language=language.value, time_zone="Europe/Moscow"),
        now=now,
        request_id="0" * 32,
    )
