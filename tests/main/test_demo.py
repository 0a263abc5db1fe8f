"""The demo: plays to its end, and says what was expected where it does not."""

import io
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from rich.console import Console

from cinema.main.demo import FolderInUse, play
from cinema.main.demo.browser import Browser, Shown
from cinema.main.demo.forms import find_form
from cinema.main.demo.steps import Unexpected, perform, until
from cinema.main.demo.story import day
from cinema.main.demo.viewer import Viewer
from main.commands import command


class _Broken(BaseHTTPRequestHandler):
    """A cinema that answers every question with its own trouble."""

    def do_GET(self) -> None:
        self.send_response(500)
        self.end_headers()
        self.wfile.write(b"out of film")

    def do_POST(self) -> None:
        self.send_response(422)
        self.end_headers()
        self.wfile.write(b'<p class="error" id="login-error"><svg></svg>\n<span>Too short &amp; plain</span></p>')

    def log_message(self, *_: object) -> None:
        """Says nothing."""


@pytest.fixture
def broken_cinema() -> Iterator[str]:
    with HTTPServer(("127.0.0.1", 0), _Broken) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_the_whole_main_job_plays_without_a_failed_step(tmp_path: Path) -> None:
    done = command(tmp_path, "demo", "--keep", "data")

    lines = done.stdout.splitlines()
    assert (done.returncode, lines[-1]) == (0, "main job: 19 steps, 0 failed"), done.stdout
    log = (tmp_path / "data" / "demo.log").read_text()
    assert [line for line in log.splitlines() if '"level":"error"' in line or "Traceback" in line] == []


def test_a_step_that_fails_says_what_was_expected_and_is_the_last(broken_cinema: str) -> None:
    said = io.StringIO()
    viewer = Viewer(broken_cinema)
    later: list[str] = []

    def come() -> str:
        later.append("came")
        return ""

    with viewer.api:
        result = perform(
            [
                ("The lights go out", lambda: "[red] is no mark-up here"),
                ("A film is listed", lambda: str(viewer.call("GET", "/v1/films"))),
                ("Nobody comes to this", come),
            ],
            out=Console(file=said, width=200),
        )

    assert result == (2, 1)
    assert said.getvalue().splitlines() == [
        "✓  1  The lights go out  [red] is no mark-up here",
        "✗  2  A film is listed  GET /v1/films should answer 200; it was 500: out of film",
    ]
    assert later == []


def test_an_answer_that_is_not_as_documented_fails_its_step() -> None:
    said = io.StringIO()
    answer: dict[str, str] = {}

    result = perform([("The viewer pays", lambda: answer["payment_url"])], out=Console(file=said, width=200))

    assert result == (1, 1)
    assert "expected: an answer as documented; it was KeyError: 'payment_url'" in said.getvalue()


def test_patience_and_a_missing_form_end_in_what_was_expected() -> None:
    with pytest.raises(Unexpected, match=r"^expected within 0 s: a mail comes; the last answer was None$"):
        until(lambda: None, bool, wish="a mail comes", patience_s=0)
    with pytest.raises(Unexpected, match=r"^expected: a form that asks for card_number; the page was <p>"):
        find_form("<p>Closed</p><form><input name=other></form>", "card_number")


def test_a_page_that_is_not_there_or_takes_no_form_says_so(broken_cinema: str) -> None:
    browser = Browser(broken_cinema)
    page = Shown(
        url=f"{broken_cinema}/en/sign-up", html='<h1>Sign <i>up</i></h1><form action="/en/sign-up"><input name=a>'
    )

    with browser:
        with pytest.raises(Unexpected, match=r"/en/ should be a page; it was 500: out of film$"):
            browser.open("/en/")
        with pytest.raises(Unexpected, match=r"/en/sign-up should be taken; it was 422: \['Too short & plain'\]$"):
            browser.send(page, page.form("a"))
        with pytest.raises(Unexpected, match=r"/en/sign-up should link to /en/plans; its heading is 'Sign up'$"):
            page.link("/en/plans")


def test_a_form_is_sent_as_it_stands_without_what_is_not_ticked() -> None:
    form = find_form(
        """<form action="/theme"><button name=theme value=dark></form>
        <form action="/order"><input type=hidden name=intent value=1><input type=checkbox name=renew>
        <input type=checkbox name=news checked value=on><input type=radio name=by value=card>
        <input type=radio name=by value=sbp checked><select name=zone><option value=a><option value=b selected></select>
        <select name=place><option value=first><option value=second></select><button name=go value=1></form>""",
        "renew",
    )

    assert form.action == "/order"
    assert form.fields == {"intent": "1", "news": "on", "by": "sbp", "zone": "b", "place": "first"}


def test_a_folder_that_is_in_use_is_not_touched(tmp_path: Path) -> None:
    (tmp_path / "mine").write_text("keep")

    with pytest.raises(FolderInUse, match="is not empty: the demo needs a folder of its own"):
        play(Console(file=io.StringIO()), folder=tmp_path)

    assert [path.name for path in tmp_path.iterdir()] == ["mine"]


@pytest.mark.parametrize(
    ("moment", "date"),
    [("2026-11-21T20:59:59.9Z", "2026-11-21"), ("2026-11-21T21:00:00Z", "2026-11-22")],
)
def test_dates_are_the_viewers_as_in_the_mails(moment: str, date: str) -> None:
    assert day(moment) == date
