"""Measures ours and a peer side by side: they alternate in one run, and their ratio is what counts.

Times of a machine say little; what stays true elsewhere is how much slower (or larger)
we are than something that does the same work with nothing around it. So each pair runs
one after the other, and the median of the pairs' ratios is the result.
"""

import argparse
import asyncio
import statistics
import sys
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, NoReturn

from cinema.kit.clock import stopwatch_s
from cinema.kit.log import configure_logs

ROOT = Path(__file__).parents[1]
PAIRS = 5
SIGNS = {">=": "at least", "<=": "at most"}

Sign = Literal[">=", "<="]


class Broken(Exception):
    """A run lost something or broke a rule: it counts as failed, however fast it was."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What can be chosen on the command line."""

    pairs: int
    more: Mapping[str, int]
    """Numbers that only one benchmark knows, by their names."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Switch:
    """A number on the command line that only one benchmark knows."""

    name: str
    usual: int
    most: int
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One measured run. ``value`` is what is compared; ``cpu_s`` is what all processes spent on it."""

    value: float
    unit: str
    operations: int = 1
    cpu_s: float | None = None
    remark: str = ""

    def __str__(self) -> str:
        cost = "" if self.cpu_s is None else f", CPU {self.cpu_s / self.operations * 1000:,.2f} ms each"
        return f"{self.value:,.2f} {self.unit}{cost}{', ' + self.remark if self.remark else ''}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """What the median ratio of ours to the peer's has to be."""

    name: str
    sign: Sign
    value: float

    def verdict(self, ratio: float) -> str:
        """The last line, the same for every benchmark."""
        holds = ratio >= self.value if self.sign == ">=" else ratio <= self.value
        return f"{self.name} {ratio:.2f} target {self.sign} {self.value:.2f} {'ok' if holds else 'short'}"


Measure = Callable[[], Awaitable[Run]]


async def compare(*, target: Target, ours: Measure, peer: Measure, pairs: int) -> str:
    """Alternates ``ours`` and ``peer``, says what came out, and returns the last line.

    Every other pair begins with the peer, so that a machine that slows down meanwhile
    harms both alike.
    """
    ratios: list[float] = []
    for number in range(1, pairs + 1):
        if number % 2:
            mine = await ours()
            other = await peer()
        else:
            other = await peer()
            mine = await ours()
        ratios.append(mine.value / other.value)
        say(f"pair {number}: ours {mine}; peer {other}; ratio {ratios[-1]:.2f}")
    say(f"ratio: median {statistics.median(ratios):.2f}, from {min(ratios):.2f} to {max(ratios):.2f}")
    return target.verdict(statistics.median(ratios))


def run(bench: Callable[[Options], Awaitable[str]], *switches: Switch) -> NoReturn:
    """Runs a benchmark to its last line; exit status 1 when a run was not correct."""
    parser = argparse.ArgumentParser(description=bench.__doc__)
    known = (Switch(name="pairs", usual=PAIRS, most=100, text="runs of ours and the peer each"), *switches)
    for one in known:
        parser.add_argument(f"--{one.name}", type=int, default=one.usual, help=f"{one.text} ({one.usual})")
    chosen = vars(parser.parse_args())
    for one in known:
        if not min(one.usual, 1) <= chosen[one.name] <= one.most:
            parser.error(f"--{one.name} is from {min(one.usual, 1)} to {one.most}")
    configure_logs(level="warning")
    options = Options(pairs=chosen["pairs"], more={one.name: chosen[one.name] for one in switches})
    started_s = stopwatch_s()

    async def whole() -> str:
        return await bench(options)

    try:
        last = asyncio.run(whole())
    except* Broken as group:
        for broken in _leaves(group):
            say(f"failed: {broken}")
        sys.exit(1)
    say(f"took {stopwatch_s() - started_s:.0f} s")
    say(last)
    sys.exit(0)


def _leaves(group: BaseExceptionGroup[Broken]) -> list[BaseException]:
    found: list[BaseException] = []
    for one in group.exceptions:
        found += _leaves(one) if isinstance(one, BaseExceptionGroup) else [one]
    return found


def expect(holds: bool, wish: str) -> None:  # noqa: FBT001 - reads as a sentence
    """Raises `Broken` when the load has lost or spoilt something."""
    if not holds:
        raise Broken(f"expected: {wish}")


def quantile(values: Sequence[float], share: float) -> float:
    """The value that ``share`` of all do not exceed."""
    ordered = sorted(values)
    return ordered[min(int(len(ordered) * share), len(ordered) - 1)]


def ms(seconds: float) -> str:
    """A duration as people read it."""
    return f"{seconds * 1000:.1f} ms"


def say(text: str) -> None:
    """One line, at once."""
    print(text, flush=True)
