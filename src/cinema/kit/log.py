"""Logs: one rich line per request or job, ids as fields; pretty on a terminal, else JSON lines."""

import logging
import sys
from typing import TextIO

import structlog


def configure_logs(*, level: str = "info", json_lines: bool | None = None, stream: TextIO = sys.stderr) -> None:
    """Sets up logging for the process; ``json_lines`` None means: unless on a terminal.

    Tracebacks come without the values of variables, which may be secrets.
    """
    lines = json_lines if json_lines is not None else not stream.isatty()
    number = logging.getLevelNamesMapping()[level.upper()]
    shared: list[structlog.types.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso" if lines else "%H:%M:%S", utc=True),
    ]
    last: list[structlog.types.Processor] = (
        [structlog.processors.format_exc_info, structlog.processors.JSONRenderer(ensure_ascii=False)]
        if lines
        else [structlog.dev.ConsoleRenderer(colors=stream.isatty(), exception_formatter=structlog.dev.plain_traceback)]
    )
    structlog.configure(
        processors=[*shared, *last],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=structlog.PrintLoggerFactory(stream),
        cache_logger_on_first_use=False,
    )
    logging.basicConfig(stream=stream, level=max(number, logging.WARNING), format="%(levelname)s %(name)s %(message)s")
