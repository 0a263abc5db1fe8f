"""How commands run: plain sentences instead of tracebacks, and an end in good order."""

import asyncio
import gc
import signal
import sys
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import typer
from rich.console import Console

from cinema.main.statuses import FAILED, SIGNALLED, USAGE

if TYPE_CHECKING:
    from cinema.main.settings import AllSettings

out = Console(highlight=False, soft_wrap=True, markup=False, emoji=False)
err = Console(highlight=False, soft_wrap=True, markup=False, emoji=False, stderr=True)

NAME = "cinema"

GARBAGE = 10_000
"""After how many new objects a service looks for circular garbage, which it hardly makes.

Python's 700 are less than what the requests of one moment hold, so that it would look again and
again, and at times at everything that was ever built, which takes tens of milliseconds.
"""


def say(text: str) -> None:
    """One line of progress."""
    out.print(text)


def complain(text: str) -> None:
    """One line of what went wrong."""
    err.print(text, style="red")


def program() -> str:
    """How this command was called, to be called so again."""
    return sys.argv[0] if Path(sys.argv[0]).name == NAME else NAME


@dataclass(frozen=True, slots=True, kw_only=True)
class Voice:
    """How a command tells people what it does and what went wrong."""

    say: Callable[[str], None] = say
    complain: Callable[[str], None] = complain
    is_logged: bool = False


PLAIN = Voice()
"""In sentences."""


class Stopped(Exception):
    """A signal has ended the work, in good order."""

    def __init__(self, number: signal.Signals) -> None:
        self.number = number
        super().__init__(number.name)


def settings(*, is_service: bool = False) -> "AllSettings":
    """All settings, logs configured; ends the process with plain sentences when they are wrong.

    Short commands say what they did in their own words, so they log warnings only unless a level is set.
    """
    from cinema.kit.log import configure_logs  # noqa: PLC0415 - help is quick without
    from cinema.main.settings import load_all  # noqa: PLC0415 - as above

    with told_plainly():
        loaded = load_all()
    process = loaded.process
    is_quiet = not is_service and "log_level" not in process.model_fields_set
    json_lines = {"auto": None, "pretty": False, "json": True}[process.log_format]
    configure_logs(level="warning" if is_quiet else process.log_level, json_lines=json_lines)
    return loaded


def voice(settings: "AllSettings") -> Voice:
    """That of a service: where lines of JSON are wanted, everything it says is one."""
    if settings.process.log_format != "json":
        return PLAIN
    import structlog  # noqa: PLC0415 - help is quick without

    log = structlog.get_logger()
    return Voice(
        say=lambda text: log.info("service.progress", detail=text),
        complain=lambda text: log.error("service.failed", detail=text),
        is_logged=True,
    )


def serve(work: Coroutine[Any, Any, None], *, voice: Voice = PLAIN) -> None:
    """Runs a service until it is told to stop."""
    gc.set_threshold(GARBAGE, *gc.get_threshold()[1:])
    try:
        _run(work, when_told=lambda: voice.say("Stopping"), voice=voice)
    except Stopped:
        raise typer.Exit from None
    except typer.Exit:
        raise
    except Exception:
        if not voice.is_logged:
            raise
        import structlog  # noqa: PLC0415 - as above

        structlog.get_logger().critical("service.crashed", exc_info=True)
        raise typer.Exit(FAILED) from None


def run(work: Coroutine[Any, Any, int | None]) -> None:
    """Runs a command to its end; its number, if any, is the exit status."""
    try:
        status = _run(work, when_told=lambda: None)
    except Stopped as stopped:
        raise typer.Exit(SIGNALLED + stopped.number) from None
    raise typer.Exit(status or 0)


def _run(work: Coroutine[Any, Any, int | None], *, when_told: Callable[[], None], voice: Voice = PLAIN) -> int | None:
    with told_plainly(voice), asyncio.Runner(loop_factory=_loop_factory()) as runner:
        return runner.run(_until_told(work, when_told))


@contextmanager
def told_plainly(voice: Voice = PLAIN) -> Iterator[None]:
    """Expected trouble ends the process with a sentence and a status instead of a traceback."""
    from cinema.kit.errors import Trouble  # noqa: PLC0415 - help is quick without
    from cinema.kit.settings import BadSetting  # noqa: PLC0415 - as above

    try:
        yield
    except BadSetting as bad:  # some are seen only against what is stored
        fail(*bad.sentences, status=USAGE, voice=voice)
    except Trouble as trouble:
        fail(trouble.detail, voice=voice)
    except BaseExceptionGroup as group:
        troubles, others = group.split(Trouble)
        if troubles is None or others is not None:
            raise
        fail(*(one.detail for one in _leaves(troubles) if isinstance(one, Trouble)), voice=voice)
    except KeyboardInterrupt:  # a Ctrl-C outside the event loop
        raise typer.Exit(SIGNALLED + signal.SIGINT) from None


async def _until_told(work: Coroutine[Any, Any, int | None], when_told: Callable[[], None]) -> int | None:
    """The first Ctrl-C or SIGTERM cancels the work, so that it ends in good order; the second ends all at once.

    The second is left to the operating system: Python would raise it in the midst of what is
    being ended, and tell of that in tracebacks.
    """
    loop = asyncio.get_running_loop()
    task = asyncio.current_task()
    assert task is not None
    told: list[signal.Signals] = []

    def stop(number: signal.Signals) -> None:
        if told:  # both came before the first was heard of
            signal.raise_signal(number)
        told.append(number)
        for one in (signal.SIGINT, signal.SIGTERM):
            loop.remove_signal_handler(one)
            signal.signal(one, signal.SIG_DFL)
        when_told()
        task.cancel()

    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop, number)
    try:
        return await work
    except asyncio.CancelledError:
        if told:
            raise Stopped(told[0]) from None
        raise


def fail(*sentences: str, status: int = FAILED, voice: Voice = PLAIN) -> NoReturn:
    """Says what is wrong and ends with ``status``."""
    for sentence in sentences:
        voice.complain(sentence)
    raise typer.Exit(status)


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
