"""How commands run: one event loop, plain sentences instead of tracebacks."""

import asyncio
import sys
from collections.abc import Coroutine
from typing import Any, NoReturn

import typer
from rich.console import Console

from cinema.kit.errors import Trouble
from cinema.kit.log import configure_logs
from cinema.kit.settings import BadSetting
from cinema.main.settings import AllSettings, load_all

out = Console(highlight=False, soft_wrap=True)
err = Console(stderr=True, highlight=False, soft_wrap=True)

USAGE = 2
"""Exit status when the call or the settings are wrong."""


def settings() -> AllSettings:
    """All settings, logs configured; ends the process with plain sentences when they are wrong."""
    try:
        loaded = load_all()
    except BadSetting as bad:
        fail(*bad.sentences, status=USAGE)
    process = loaded.process
    json_lines = {"auto": None, "pretty": False, "json": True}[process.log_format]
    configure_logs(level=process.log_level, json_lines=json_lines)
    return loaded


def run(work: Coroutine[Any, Any, int | None]) -> None:
    """Runs a command to its end; its number, if any, is the exit status."""
    try:
        with asyncio.Runner(loop_factory=_loop_factory()) as runner:
            status = runner.run(work)
    except Trouble as trouble:
        fail(trouble.detail)
    except BaseExceptionGroup as group:
        troubles = group.subgroup(Trouble)
        if troubles is None:
            raise
        fail(*(one.detail for one in _leaves(troubles) if isinstance(one, Trouble)))
    except KeyboardInterrupt:
        raise typer.Exit(130) from None
    raise typer.Exit(status or 0)


def fail(*sentences: str, status: int = 1) -> NoReturn:
    """Says what is wrong and ends with ``status``."""
    for sentence in sentences:
        err.print(f"[red]{sentence}[/red]" if err.is_terminal else sentence, markup=err.is_terminal)
    raise typer.Exit(status)


def say(text: str) -> None:
    """One line of progress."""
    out.print(text, markup=False)


def _leaves(group: BaseExceptionGroup[BaseException]) -> list[BaseException]:
    found: list[BaseException] = []
    for one in group.exceptions:
        found += _leaves(one) if isinstance(one, BaseExceptionGroup) else [one]
    return found


def _loop_factory() -> Any:
    if sys.platform == "win32":
        return None
    import uvloop  # noqa: PLC0415 - not there on Windows

    return uvloop.new_event_loop
