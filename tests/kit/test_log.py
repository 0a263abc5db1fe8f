"""Logs: pretty or JSON lines, and never the values of variables."""

import io
import json
from collections.abc import Iterator

import pytest
import structlog

from cinema.kit.log import configure_logs


@pytest.fixture
def stream() -> Iterator[io.StringIO]:
    before = structlog.get_config()
    yield io.StringIO()
    structlog.configure(**before)


def fail(password: str) -> None:
    raise OSError(f"{len(password)} letters were refused")


@pytest.mark.parametrize("json_lines", [True, False])
def test_a_traceback_shows_lines_and_no_values_of_variables(stream: io.StringIO, *, json_lines: bool) -> None:
    configure_logs(json_lines=json_lines, stream=stream)
    log = structlog.get_logger()

    try:
        fail("hunter" + "2")
    except OSError:
        log.exception("door.stuck", door="front")

    said = stream.getvalue()
    assert "in fail" in said
    assert "7 letters were refused" in said
    assert "hunter2" not in said


def test_a_line_is_an_object_with_the_event_and_its_facts(stream: io.StringIO) -> None:
    configure_logs(level="warning", json_lines=True, stream=stream)
    log = structlog.get_logger()

    log.info("door.opened")
    log.warning("door.stuck", door="front")

    (line,) = stream.getvalue().splitlines()
    told = json.loads(line)
    assert told.pop("timestamp").endswith("Z")
    assert told == {"event": "door.stuck", "level": "warning", "door": "front"}
