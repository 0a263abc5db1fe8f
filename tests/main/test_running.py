"""How commands run."""

import gc
import io
import json
import logging
from collections.abc import Iterator
from types import SimpleNamespace

import pytest
import structlog
import typer

from cinema.kit.errors import Unavailable
from cinema.kit.log import configure_logs
from cinema.main.cli.running import GARBAGE, PLAIN, Voice, run, serve, voice
from cinema.main.settings import ProcessSettings


def test_a_service_looks_for_garbage_more_seldom_than_a_short_command() -> None:
    before, seen = gc.get_threshold(), []

    async def work() -> None:
        seen.append(gc.get_threshold())

    try:
        with pytest.raises(typer.Exit):
            run(work())
        serve(work())
    finally:
        gc.set_threshold(*before)

    assert seen == [before, (GARBAGE, *before[1:])]


@pytest.fixture
def stream() -> Iterator[io.StringIO]:
    before, root = structlog.get_config(), logging.getLogger()
    kept, level = list(root.handlers), root.level
    stream = io.StringIO()
    configure_logs(json_lines=True, stream=stream, is_final=False)
    yield stream
    structlog.configure(**before)
    root.handlers[:] = kept
    root.setLevel(level)


def told(stream: io.StringIO) -> list[tuple[str, str, str | None]]:
    lines = [json.loads(line) for line in stream.getvalue().splitlines()]
    return [(line["event"], line["level"], line.get("detail")) for line in lines]


def json_voice() -> Voice:
    process = ProcessSettings.model_construct(log_format="json")
    return voice(SimpleNamespace(process=process))  # type: ignore[arg-type] # all that it looks at


async def says(speaker: Voice) -> None:
    speaker.say("Here")


async def refuses() -> None:
    raise Unavailable("Nobody is at home.")


async def crashes() -> None:
    raise RuntimeError("a bug")


def test_a_service_that_logs_json_prints_nothing_else(stream: io.StringIO, capfd: pytest.CaptureFixture[str]) -> None:
    chosen, statuses = json_voice(), []

    serve(says(chosen), voice=chosen)
    for work in (refuses(), crashes()):
        with pytest.raises(typer.Exit) as ended:
            serve(work, voice=chosen)
        statuses.append(ended.value.exit_code)

    assert told(stream) == [
        ("service.progress", "info", "Here"),
        ("service.failed", "error", "Nobody is at home."),
        ("service.crashed", "critical", None),
    ]
    assert statuses == [1, 1]
    assert tuple(capfd.readouterr()) == ("", "")


def test_other_formats_are_for_people_who_read_sentences() -> None:
    assert voice(SimpleNamespace(process=ProcessSettings.model_construct(log_format="auto"))) is PLAIN  # type: ignore[arg-type] # as above
