"""The demo: plays to its end, and says what was expected where it does not."""

import io
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from rich.console import Console

from cinema.main.demo import FolderInUse, play
from cinema.main.demo.steps import Unexpected, perform, until
from cinema.main.demo.story import day
from cinema.main.demo.viewer import Viewer, find_form
from main.commands import command


class _Broken(BaseHTTPRequestHandler):
    """A cinema that answers every question with its own trouble."""

    def do_GET(self) -> None:
        self.send_response(500)
        self.end_headers()
        self.wfile.write(b"out of film")

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
