"""Due work: batches, bounds, and loops that outlive their failures."""

import asyncio
from collections.abc import MutableMapping
from typing import Any

import pytest

from cinema.kit.errors import Unavailable
from cinema.kit.jobs import Job, SomeFailed, drain, gather_bounded, run_for_ever, work_off, work_through
from cinema.kit.wake import Waker


class Pile:
    """Hands out numbers in batches and notes which were handled, and how many at a time."""

    def __init__(self, *, size: int, batch: int, failing: frozenset[int] = frozenset()) -> None:
        self._left = list(range(size))
        self._batch = batch
        self._failing = failing
        self._now = 0
        self.most = 0
        self.handled: list[int] = []

    async def claim(self) -> list[int]:
        taken, self._left = self._left[: self._batch], self._left[self._batch :]
        return taken

    async def handle(self, number: int) -> None:
        self._now += 1
        self.most = max(self.most, self._now)
        await asyncio.sleep(0)
        self._now -= 1
        if number in self._failing:
            raise ValueError(f"{number} does not work")
        self.handled.append(number)

    async def run(self) -> int:
        return await work_off(self.claim, self.handle, concurrency=3)


async def test_a_batch_is_worked_off_a_few_at_a_time() -> None:
    pile = Pile(size=25, batch=10)

    counts = [await pile.run() for _ in range(4)]

    assert counts == [10, 10, 5, 0]
    assert pile.most == 3
    assert sorted(pile.handled) == list(range(25))


async def test_one_failure_does_not_hold_up_the_others() -> None:
    pile = Pile(size=5, batch=10, failing=frozenset({1, 3}))

    with pytest.raises(SomeFailed) as caught:
        await pile.run()

    assert caught.value.done == 3
    assert sorted(str(error) for error in caught.value.exceptions) == ["1 does not work", "3 does not work"]
    assert sorted(pile.handled) == [0, 2, 4]


async def test_nothing_to_do_is_no_trouble() -> None:
    await gather_bounded([], limit=1)


async def test_draining_runs_all_jobs_until_none_finds_anything() -> None:
    one, two = Pile(size=5, batch=2), Pile(size=3, batch=1)

    done = await drain([Job(name="test.one", run=one.run), Job(name="test.two", run=two.run)])

    assert done == 8
    assert (len(one.handled), len(two.handled)) == (5, 3)


async def test_draining_runs_what_was_called_before_it_asks_everybody() -> None:
    waker = Waker()
    runs: list[str] = []
    steps = iter(["two", "three"])

    def job(name: str) -> Job:
        async def run() -> int:
            runs.append(name)
            if name == "quiet" or (following := next(steps, None)) is None:
                return 0
            waker.wake([following])
            return 1

        return Job(name=name, run=run)

    waker.wake(["one"])
    done = await drain([job("one"), job("two"), job("three"), job("quiet")], waker=waker)

    assert done == 2
    assert runs == ["one", "two", "three", "one", "two", "three", "quiet"]


async def test_work_that_never_ends_is_noticed() -> None:
    async def busy() -> int:
        return 1

    with pytest.raises(RuntimeError, match="still busy after 7 rounds"):
        await drain([Job(name="test.busy", run=busy)], rounds_max=7)


class Loop:
    """A job that does what it is told, one entry for each run, and then finds nothing for ever."""

    def __init__(self, *script: int | Exception) -> None:
        self._script = list(script)
        self.runs = 0
        self.done = asyncio.Event()

    async def run(self) -> int:
        self.runs += 1
        if not self._script:
            self.done.set()
            return 0
        step = self._script.pop(0)
        if isinstance(step, Exception):
            raise step
        return step


async def run_until_idle(loop: Loop, *, every_s: float) -> None:
    task = asyncio.create_task(run_for_ever(Job(name="test.loop", run=loop.run, every_s=every_s), Waker()))
    try:
        async with asyncio.timeout(20):
            await loop.done.wait()
    finally:
        task.cancel()


async def test_a_loop_runs_on_at_once_while_there_is_work() -> None:
    loop = Loop(3, 3, 1)

    await run_until_idle(loop, every_s=3600)

    assert loop.runs == 4


async def test_a_loop_that_has_found_all_there_was_waits_for_a_call() -> None:
    waker = Waker()
    counts = iter([4, 3, 1])
    runs: asyncio.Queue[int] = asyncio.Queue()

    async def run() -> int:
        count = next(counts)
        runs.put_nowait(count)
        return count

    task = asyncio.create_task(run_for_ever(Job(name="test.loop", run=run, every_s=3600, batch=4), waker))
    async with asyncio.timeout(20):
        before = [await runs.get(), await runs.get()]
        await asyncio.sleep(0)
        is_waiting = runs.empty()
        waker.wake(["test.loop"])
        after = await runs.get()
    task.cancel()

    assert before == [4, 3]
    assert is_waiting
    assert after == 1


async def test_a_loop_outlives_its_failures_and_says_so(log_lines: list[MutableMapping[str, Any]]) -> None:
    loop = Loop(ValueError("a bug"), Unavailable("the bank is closed"), 1)

    await run_until_idle(loop, every_s=0.001)

    assert [(line["event"], line["log_level"], line.get("failures")) for line in log_lines] == [
        ("job.failed", "error", 1),
        ("job.unavailable", "warning", 2),
        ("job.done", "debug", None),
    ]


async def test_a_call_before_the_wait_is_not_lost_and_counts_once() -> None:
    waker = Waker()

    waker.wake(["test.loop", "test.other"])
    async with asyncio.timeout(20):
        await waker.wait("test.loop", timeout_s=3600)
        await waker.wait("test.loop", timeout_s=0.001)

    assert await waker.take_pending() == {"test.loop", "test.other"}


async def test_an_item_that_fails_never_slows_the_loop(log_lines: list[MutableMapping[str, Any]]) -> None:
    left = list(range(50))
    waits: list[float] = []

    class Counting(Waker):
        """Time stands still; what would have been slept is written down."""

        async def wait(self, name: str, timeout_s: float) -> None:
            assert name == "test.poison"
            waits.append(timeout_s)
            if len(waits) == 3:
                raise asyncio.CancelledError

    async def claim() -> list[int]:
        return left[:10]

    async def handle(number: int) -> None:
        if number == 0:
            raise ValueError("this one always fails")
        left.remove(number)

    job = Job(name="test.poison", run=lambda: work_off(claim, handle, concurrency=1), every_s=5.0)
    with pytest.raises(asyncio.CancelledError):
        await run_for_ever(job, Counting())

    assert left == [0]
    assert waits == [10.0, 20.0, 40.0]  # only once nothing is left but what fails
    assert {line["event"] for line in log_lines} == {"job.item_failed", "job.done"}


class Slow:
    """Items that end when the test says so; notes how many were claimed and begun at each time."""

    def __init__(self, size: int) -> None:
        self.left = list(range(size))
        self.claims: list[int] = []
        self.begun: list[int] = []
        self.is_empty = asyncio.Event()
        self.gates = {number: asyncio.Event() for number in range(size)}

    async def claim(self, limit: int) -> list[int]:
        self.claims.append(limit)
        taken, self.left = self.left[:limit], self.left[limit:]
        if not self.left:
            self.is_empty.set()
        return taken

    async def handle(self, number: int) -> None:
        self.begun.append(number)
        await self.gates[number].wait()


async def test_what_is_claimed_is_begun_at_once_and_nobody_waits_for_the_slowest() -> None:
    slow = Slow(12)
    working = asyncio.create_task(work_through(slow.claim, slow.handle, size=4))
    for number in range(1, 12):  # the first one takes longest
        slow.gates[number].set()
    await slow.is_empty.wait()
    begun_beside_the_slowest = len(slow.begun)
    slow.gates[0].set()
    count = await working

    assert count == 12
    assert begun_beside_the_slowest >= 8
    assert slow.begun == list(range(12))
    assert max(slow.claims) == 4


async def test_a_pool_that_is_left_early_lets_what_was_begun_come_to_its_end() -> None:
    slow = Slow(12)

    async def claim(limit: int) -> list[int]:
        if slow.claims:
            slow.gates[3].set()
            raise Unavailable("the database is away")
        return await slow.claim(limit)

    async def handle(number: int) -> None:
        await slow.handle(number)
        if number == 3:
            raise ValueError("this one fails")

    for number in range(3):
        slow.gates[number].set()

    with pytest.raises(SomeFailed) as failed:
        await work_through(claim, handle, size=4)

    assert [type(error) for error in failed.value.exceptions] == [ValueError, Unavailable]
    assert failed.value.done == 3


class Stopped(BaseException):
    """More than an error: the process ends."""


@pytest.mark.parametrize("by_item", [False, True])
async def test_a_pool_that_is_stopped_stops_what_was_begun(*, by_item: bool) -> None:
    slow = Slow(3)
    stopped: list[int] = []

    async def handle(number: int) -> None:
        try:
            await slow.handle(number)
        except asyncio.CancelledError:
            stopped.append(number)
            raise
        raise Stopped

    working = asyncio.create_task(work_through(slow.claim, handle, size=3))
    await slow.is_empty.wait()
    await asyncio.sleep(0)
    if by_item:
        slow.gates[1].set()
    else:
        working.cancel()

    with pytest.raises(Stopped if by_item else asyncio.CancelledError):
        await working
    assert sorted(stopped) == ([0, 2] if by_item else [0, 1, 2])
