"""Logs: one rich line per request or job, ids as fields; pretty on a terminal, else JSON lines."""

import asyncio
import atexit
import json
import logging
import sys
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from contextvars import ContextVar
from typing import Any, TextIO

import structlog
from pydantic_core import PydanticSerializationError, to_json
from structlog.typing import EventDict, WrappedLogger

REQUEST_ID: ContextVar[str | None] = ContextVar("request_id", default=None)
"""The request that is being answered here; every line says it."""


def configure_logs(
    *, level: str = "info", json_lines: bool | None = None, stream: TextIO = sys.stderr, is_final: bool = True
) -> None:
    """Sets up logging for the process; ``json_lines`` None means: unless on a terminal.

    A logger keeps what it finds at its first line, unless this ``is_final`` not. Tracebacks
    come without the values of variables, which may be secrets.
    """
    lines = json_lines if json_lines is not None else not stream.isatty()
    number = logging.getLevelNamesMapping()[level.upper()]
    shared: list[structlog.types.Processor] = [
        _with_request_id,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso" if lines else "%H:%M:%S", utc=True),
    ]
    last: list[Any] = (
        [structlog.processors.format_exc_info, _as_json]
        if lines
        else [structlog.dev.ConsoleRenderer(colors=stream.isatty(), exception_formatter=structlog.dev.plain_traceback)]
    )
    out = Lines(stream)
    atexit.register(out.flush)
    structlog.configure(
        processors=[*shared, *last],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=lambda *_: out,
        cache_logger_on_first_use=is_final,
    )
    logging.basicConfig(handlers=[_Others(out, [*shared, *last])], level=max(number, logging.WARNING), force=True)
    _hear("uvicorn", level=number)  # it says when it starts and stops; others are heard when they warn
    logging.captureWarnings(capture=True)


def _hear(name: str, *, level: int) -> None:
    """Lets what the library ``name`` logs from ``level`` come to us, whatever it had set up for itself before."""
    for own in (name, *(one for one in logging.root.manager.loggerDict if one.startswith(f"{name}."))):
        logger = logging.getLogger(own)
        logger.handlers.clear()
        logger.propagate = True
        logger.setLevel(logging.NOTSET)
    logging.getLogger(name).setLevel(level)


class Lines:
    """Where lines leave: warnings and worse at once, others with all of this turn of the event loop.

    Under load a turn ends many requests, and a write for each would cost as much as making
    the line. Who kills the process in the middle of a turn loses that turn's lines.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._waiting: deque[str] = deque()
        self._loop: asyncio.AbstractEventLoop | None = None

    def info(self, line: str) -> None:
        """Writes ``line`` soon; at once where there is no event loop."""
        self._waiting.append(line)
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            self.flush()
            return
        if len(self._waiting) == 1 or loop is not self._loop:
            self._loop = loop
            loop.call_soon(self.flush)

    def error(self, line: str) -> None:
        """Writes ``line`` now, behind those that wait."""
        self._waiting.append(line)
        self.flush()

    debug = msg = info
    warning = critical = error

    def flush(self) -> None:
        """Writes what waits."""
        lines: list[str] = []
        while True:
            try:
                lines.append(self._waiting.popleft())
            except IndexError:  # empty now; another thread may have taken the rest
                break
        if lines:
            with suppress(OSError):  # the disk is full, or nobody reads: there is nowhere to say so, and work goes on
                self._stream.write("\n".join(lines) + "\n")
                self._stream.flush()


class _Others(logging.Handler):
    """What libraries log by Python's own means, as lines like ours; ``event`` is their message."""

    def __init__(self, out: Lines, processors: Sequence[Any]) -> None:
        super().__init__()
        self._out = out
        self._processors = processors

    def emit(self, record: logging.LogRecord) -> None:
        line: Any = {"event": _message(record), "logger": record.name}
        if record.exc_info:
            line["exc_info"] = record.exc_info
        method = record.levelname.lower()
        for processor in self._processors:
            line = processor(None, method, line)
        (self._out.info if record.levelno < logging.WARNING else self._out.error)(line)


def _message(record: logging.LogRecord) -> str:
    try:
        return record.getMessage().strip()
    except (TypeError, ValueError):  # the library's message and its arguments do not fit
        return str(record.msg)


def _with_request_id(_logger: WrappedLogger, _method: str, line: EventDict) -> EventDict:
    identifier = REQUEST_ID.get()
    if identifier is not None:
        line.setdefault("request_id", identifier)
    return line


def _as_json(_logger: WrappedLogger, _method: str, line: EventDict) -> str:
    try:
        return to_json(line, fallback=repr).decode()
    except PydanticSerializationError:  # half a character, or bytes that are no text
        return json.dumps(line, default=repr)
