"""Due work: rows with a time, claimed in batches by any number of workers.

A job's ``run`` claims what is due (``FOR UPDATE SKIP LOCKED``, with a lease that
expires), handles it and returns how many rows there were; fewer than a batch means: sleep.
"""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Generic, Self, TypeVar

import structlog

from cinema.kit.clock import stopwatch_s
from cinema.kit.errors import Unavailable
from cinema.kit.wake import Waker

T = TypeVar("T")

log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One kind of due work. ``name`` is ``context.verb``; ``every_s`` bounds the sleep.

    A run that finds fewer than ``batch`` has found all there was, so that the next one
    waits for its time or a call. One, the default, asks again until nothing is found:
    that is for work that makes more of its kind due.
    """

    name: str
    run: Callable[[], Awaitable[int]]
    every_s: float = 1.0
    batch: int = 1


class SomeFailed(ExceptionGroup[Exception]):
    """Some items of a batch failed, each with its own error; ``done`` is how many did not."""

    done: int

    def __new__(cls, errors: Sequence[Exception], done: int) -> Self:
        self = super().__new__(cls, "some of the work failed", errors)
        self.done = done
        return self


async def work_off(
    claim: Callable[[], Awaitable[Sequence[T]]], handle: Callable[[T], Coroutine[Any, Any, None]], *, concurrency: int
) -> int:
    """Claims one batch and handles each item, ``concurrency`` at a time; returns the batch's size.

    An item that fails does not hold up the others; it is due again when its lease ends.
    Raises `SomeFailed` afterwards.
    """
    items = await claim()
    errors = await gather_bounded([handle(item) for item in items], limit=concurrency)
    if errors:
        raise SomeFailed(errors, len(items) - len(errors))
    return len(items)


async def work_through(
    claim: Callable[[int], Awaitable[Sequence[T]]], handle: Callable[[T], Coroutine[Any, Any, object]], *, size: int
) -> int:
    """Keeps up to ``size`` items under way until nothing more is due; returns how many there were.

    ``claim(n)`` takes at most ``n`` items, all of which are begun at once: nothing that is
    claimed waits for its slowest neighbour. Raises `SomeFailed` afterwards, as `work_off`.
    """
    looks_again_at_s = 0.0
    is_exhausted = False
    async with _Pool(handle, size=size) as pool:
        while True:
            room = pool.room()
            if room and (not is_exhausted or stopwatch_s() >= looks_again_at_s):
                items = await claim(room)
                is_exhausted = len(items) < room
                looks_again_at_s = stopwatch_s() + LOOK_AGAIN_S
                pool.begin(items)
            if not pool.is_busy():
                break
            await pool.wait(LOOK_AGAIN_S)
    return pool.count


LOOK_AGAIN_S = 0.25
"""How often a pool with room looks for new work while its slowest items go on."""


class _Pool(Generic[T]):
    """Items under way. None outlives the pool: when it is left early they come to their end, or are stopped with it."""

    def __init__(self, handle: Callable[[T], Coroutine[Any, Any, object]], *, size: int) -> None:
        self._handle = handle
        self._size = size
        self._worth = max(1, size // 4)
        self._running: set[asyncio.Task[None]] = set()
        self._has_room = asyncio.Event()
        self._fatal: BaseException | None = None
        self._errors: list[Exception] = []
        self.count = 0

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, _kind: object, end: BaseException | None, _trace: object) -> None:
        is_stopped = end is not None and not isinstance(end, Exception)
        if is_stopped:
            for task in self._running:
                task.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)
        if self._errors and not is_stopped:
            causes = [*self._errors, end] if isinstance(end, Exception) else self._errors
            raise SomeFailed(causes, self.count - len(self._errors))

    def room(self) -> int:
        return self._size - len(self._running)

    def is_busy(self) -> bool:
        return bool(self._running)

    def begin(self, items: Sequence[T]) -> None:
        self.count += len(items)
        for item in items:
            task = asyncio.create_task(self._one(item))
            self._running.add(task)
            task.add_done_callback(self._ended)

    async def wait(self, timeout_s: float) -> None:
        """Returns when something has ended and there is room worth a claim, or after ``timeout_s``.

        Raises what is no error of an item, but the end of everything.
        """
        self._has_room.clear()
        with suppress(TimeoutError):
            async with asyncio.timeout(timeout_s):
                await self._has_room.wait()
        if self._fatal is not None:
            raise self._fatal

    async def _one(self, item: T) -> None:
        try:
            await self._handle(item)
        except Exception as error:  # noqa: BLE001 - collected, and raised when all is done
            self._errors.append(error)

    def _ended(self, task: "asyncio.Task[None]") -> None:
        self._running.discard(task)
        if not task.cancelled():
            self._fatal = self._fatal or task.exception()
        if self._fatal is not None or not self._running or self.room() >= self._worth:
            self._has_room.set()


async def gather_bounded(works: Sequence[Coroutine[Any, Any, None]], *, limit: int) -> list[Exception]:
    """Awaits all, ``limit`` at a time; returns what went wrong."""
    gate = asyncio.Semaphore(limit)
    errors: list[Exception] = []

    async def one(work: Coroutine[Any, Any, None]) -> None:
        async with gate:
            try:
                await work
            except Exception as error:  # noqa: BLE001 - collected
                errors.append(error)

    await asyncio.gather(*(one(work) for work in works))
    return errors


async def run_for_ever(job: Job, waker: Waker) -> None:
    """Runs ``job`` whenever it is woken or its time has come, and backs off while nothing of it succeeds."""
    failures = 0
    while True:
        started_s = stopwatch_s()
        count, has_failed = await _run_once(job, failures)
        failures = failures + 1 if has_failed else 0
        if count:
            log.debug("job.done", job=job.name, count=count, seconds=round(stopwatch_s() - started_s, 4))
        if count < job.batch:
            await waker.wait(job.name, min(job.every_s * 2**failures, 60.0))


async def _run_once(job: Job, failures: int) -> tuple[int, bool]:
    """How much was done, and whether the run failed as a whole. Failures are logged with their causes."""
    try:
        return await job.run(), False
    except SomeFailed as some:
        for error in some.exceptions:
            log.exception("job.item_failed", job=job.name, exc_info=error)
        return some.done, not some.done
    except Unavailable as trouble:
        facts = {"detail": trouble.detail, "code": trouble.code, "cause": repr(trouble.__cause__)}
        log.warning("job.unavailable", job=job.name, **facts, failures=failures + 1)
    except Exception:
        log.exception("job.failed", job=job.name, failures=failures + 1)
    return 0, True


async def drain(jobs: Sequence[Job], *, waker: Waker | None = None, rounds_max: int = 1000) -> int:
    """Runs all jobs in turn until none finds anything; returns how much was done.

    For tests and simulation, where time stands still: what is due is done, and an
    error is raised, not logged. With a ``waker`` the jobs that were called go first, so
    that few rounds ask all of them; the last one does, and finds nothing.
    """
    total = 0
    for _ in range(rounds_max):
        called = [job for job in jobs if waker.is_called(job.name)] if waker else []
        done = sum([await job.run() for job in called or jobs])
        if not done and not called:
            return total
        total += done
    raise RuntimeError(f"still busy after {rounds_max} rounds")
