"""Logs: pretty or JSON lines, and never the values of variables."""

import asyncio
import io
import json
import logging
import logging.config
import threading
import warnings
from collections.abc import Callable, Iterator

import pytest
import structlog
import uvicorn.config

from cinema.kit.log import REQUEST_ID, Lines, configure_logs


@pytest.fixture
def stream() -> Iterator[io.StringIO]:
    before = structlog.get_config()
    root = logging.getLogger()
    kept, level = list(root.handlers), root.level
    yield io.StringIO()
    structlog.configure(**before)
    root.handlers[:] = kept
    root.setLevel(level)


class Writes(io.StringIO):
    """A stream that keeps what each write said."""

    def __init__(self) -> None:
        super().__init__()
        self.said: list[str] = []

    def write(self, text: str) -> int:
        self.said.append(text)
        return super().write(text)


async def turn(do: Callable[[], None]) -> None:
    """One turn of an event loop, and the next."""
    do()
    await asyncio.sleep(0)


def fail(password: str) -> None:
    raise OSError(f"{len(password)} letters were refused")


@pytest.mark.parametrize("json_lines", [True, False])
def test_a_traceback_shows_lines_and_no_values_of_variables(stream: io.StringIO, *, json_lines: bool) -> None:
    configure_logs(json_lines=json_lines, stream=stream, is_final=False)
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
    configure_logs(level="warning", json_lines=True, stream=stream, is_final=False)
    log = structlog.get_logger()

    log.info("door.opened")
    log.warning("door.stuck", door="front")

    (line,) = stream.getvalue().splitlines()
    told = json.loads(line)
    assert told.pop("timestamp").endswith("Z")
    assert told == {"event": "door.stuck", "level": "warning", "door": "front"}


def test_every_line_of_a_request_says_which(stream: io.StringIO) -> None:
    configure_logs(json_lines=True, stream=stream, is_final=False)
    log = structlog.get_logger()

    before = REQUEST_ID.set("request-1")
    log.info("door.opened")
    log.info("door.named", request_id="request-2")
    REQUEST_ID.reset(before)
    log.info("door.closed")

    told = [json.loads(line) for line in stream.getvalue().splitlines()]
    assert [line.get("request_id") for line in told] == ["request-1", "request-2", None]


@pytest.mark.parametrize("odd", ["\ud800", b"\xff"])
def test_what_is_no_text_is_written_nevertheless(stream: io.StringIO, odd: object) -> None:
    configure_logs(json_lines=True, stream=stream, is_final=False)

    structlog.get_logger().info("door.opened", by=odd, ring=stream)

    told = json.loads(stream.getvalue())
    assert told["by"] in {"\ud800", repr(b"\xff")}
    assert told["ring"] == repr(stream)


def test_a_logger_keeps_what_is_final(stream: io.StringIO) -> None:
    later = io.StringIO()
    log = structlog.get_logger()

    configure_logs(json_lines=True, stream=stream)
    log.info("door.opened")
    configure_logs(json_lines=True, stream=later)
    log.info("door.closed")

    assert (len(stream.getvalue().splitlines()), later.getvalue()) == (2, "")


async def test_lines_of_one_turn_leave_together() -> None:
    writes = Writes()
    lines = Lines(writes)

    lines.info("one")
    lines.info("two")
    written_in_turn = list(writes.said)
    await asyncio.sleep(0)
    lines.info("three")
    await asyncio.sleep(0)

    assert written_in_turn == []
    assert writes.said == ["one\ntwo\n", "three\n"]


async def test_a_warning_leaves_at_once_behind_what_waits() -> None:
    writes = Writes()
    lines = Lines(writes)

    lines.info("one")
    lines.warning("two")
    written_in_turn = list(writes.said)
    await asyncio.sleep(0)

    assert written_in_turn == writes.said == ["one\ntwo\n"]


def test_lines_that_a_loop_left_behind_leave_with_the_next_loop() -> None:
    writes = Writes()
    lines = Lines(writes)
    left = asyncio.new_event_loop()

    async def say(word: str) -> None:
        lines.info(word)
        left.stop()
        await asyncio.Event().wait()

    task = left.create_task(say("one"))
    left.run_forever()
    asyncio.run(turn(lambda: lines.info("two")))
    task.cancel()
    left.run_until_complete(asyncio.gather(task, return_exceptions=True))
    left.close()

    assert writes.said == ["one\ntwo\n"]


async def test_a_thread_without_a_loop_writes_at_once_and_nothing_twice() -> None:
    writes = Writes()
    lines = Lines(writes)

    lines.info("one")
    thread = threading.Thread(target=lines.info, args=("two",))
    thread.start()
    thread.join()
    lines.flush()
    await asyncio.sleep(0)

    assert writes.said == ["one\ntwo\n"]


@pytest.mark.parametrize("json_lines", [True, False])
def test_what_libraries_log_is_a_line_like_ours(stream: io.StringIO, *, json_lines: bool) -> None:
    logging.config.dictConfig(uvicorn.config.LOGGING_CONFIG)  # somebody started it with logs of its own
    logging.getLogger("uvicorn.error").setLevel(logging.ERROR)
    configure_logs(json_lines=json_lines, stream=stream, is_final=False)

    logging.getLogger("uvicorn.error").info("Started server process [%d]", 7)
    logging.getLogger("uvicorn.error").warning("Invalid HTTP request received.")
    logging.getLogger("elsewhere").info("nobody asked")
    logging.getLogger("elsewhere").warning("%d doors", "two")
    try:
        fail("hunter" + "2")
    except OSError:
        logging.getLogger("asyncio").exception("Task exception was never retrieved")

    said = stream.getvalue()
    if json_lines:
        told = [json.loads(line) for line in said.splitlines()]
        assert [(line["event"], line["level"], line["logger"]) for line in told] == [
            ("Started server process [7]", "info", "uvicorn.error"),
            ("Invalid HTTP request received.", "warning", "uvicorn.error"),
            ("%d doors", "warning", "elsewhere"),
            ("Task exception was never retrieved", "error", "asyncio"),
        ]
        assert "7 letters were refused" in told[-1]["exception"]
    else:
        assert [word in said for word in ("Started server process [7]", "in fail", "nobody asked")] == [
            True,
            True,
            False,
        ]
    assert "hunter2" not in said


def test_warnings_of_python_are_lines_too(stream: io.StringIO) -> None:
    configure_logs(json_lines=True, stream=stream, is_final=False)

    with warnings.catch_warnings():
        warnings.simplefilter("always")
        logging.captureWarnings(capture=False)
        logging.captureWarnings(capture=True)
        warnings.warn("this door will be removed", stacklevel=1)

    (line,) = stream.getvalue().splitlines()
    assert (json.loads(line)["logger"], json.loads(line)["level"]) == ("py.warnings", "warning")
    assert "this door will be removed" in json.loads(line)["event"]
