"""Steps that say what happened, and what was expected where they fail."""

import subprocess
from collections.abc import Callable, Iterable
from time import sleep
from typing import Any, TypeAlias

import httpx2
from rich.console import Console
from rich.text import Text

from cinema.kit.clock import stopwatch_s

PATIENCE_S = 20.0
"""How long the demo waits for something that should happen at once."""

UNDOCUMENTED = (httpx2.HTTPError, OSError, LookupError, ValueError, StopIteration, subprocess.SubprocessError)
"""What answers and programs do that are not as they are described."""

Step: TypeAlias = tuple[str, Callable[[], str]]
"""A title, and what does the step and tells what happened."""


class Unexpected(Exception):
    """A step did not go as it should; the message says what was expected."""


def perform(steps: Iterable[Step], *, out: Console) -> tuple[int, int]:
    """Does one step after the other up to the first that fails; returns how many were begun and how many failed."""
    done = 0
    for title, step in steps:
        done += 1
        try:
            told = step()
        except Unexpected as error:
            out.print(_line("✗", "red", done, title, str(error)))
            return done, 1
        except UNDOCUMENTED as error:
            said = f"expected: an answer as documented; it was {type(error).__name__}: {error}"
            out.print(_line("✗", "red", done, title, said))
            return done, 1
        out.print(_line("✓", "green", done, title, told))
    return done, 0


def until(ask: Callable[[], Any], is_done: Callable[[Any], bool], *, wish: str, patience_s: float = PATIENCE_S) -> Any:
    """Asks again and again until ``is_done``; `Unexpected` with the wish when patience ends."""
    deadline_s = stopwatch_s() + patience_s
    while True:
        answer = ask()
        if is_done(answer):
            return answer
        if stopwatch_s() > deadline_s:
            raise Unexpected(f"expected within {patience_s:.0f} s: {wish}; the last answer was {str(answer)[:300]}")
        sleep(0.05)


def expect(is_so: bool, wish: str) -> None:  # noqa: FBT001 - reads as a sentence
    if not is_so:
        raise Unexpected(f"expected: {wish}")


def _line(mark: str, colour: str, number: int, title: str, told: str) -> Text:
    return Text.assemble((mark, colour), f" {number:>2}  ", (title, "bold"), f"  {told}")
