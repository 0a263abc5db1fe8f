"""Due work: rows with a time, claimed in batches by any number of workers.

A job's ``run`` claims what is due (``FOR UPDATE SKIP LOCKED``, with a lease that
expires), handles it and returns how many rows there were; zero means: sleep.
"""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

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


async def work_off(
    claim: Callable[[], Awaitable[Sequence[T]]], handle: Callable[[T], Coroutine[Any, Any, None]], *, concurrency: int
) -> int:
    """Claims one batch and handles each item, ``concurrency`` at a time; returns the batch's size.

    An item that fails does not hold up the others; it is due again when its lease ends.
    """
    items = await claim()
    await gather_bounded([handle(item) for item in items], limit=concurrency)
    return len(items)


async def gather_bounded(works: Sequence[Coroutine[Any, Any, None]], *, limit: int) -> None:
    """Awaits all, ``limit`` at a time; afterwards raises what went wrong as one group."""
    gate = asyncio.Semaphore(limit)
    errors: list[Exception] = []

    async def one(work: Coroutine[Any, Any, None]) -> None:
        async with gate:
            try:
                await work
            except Exception as error:  # noqa: BLE001 - collected and raised below
                errors.append(error)

    await asyncio.gather(*(one(work) for work in works))
    if errors:
        raise ExceptionGroup("some of the work failed", errors)


async def run_for_ever(job: Job, waker: Waker) -> None:
    """Runs ``job`` whenever it is woken or its time has come, and backs off while it fails."""
    failures = 0
    while True:
        started_s = stopwatch_s()
        try:
            count = await job.run()
        except Unavailable as trouble:
            failures += 1
            log.warning("job.unavailable", job=job.name, detail=trouble.detail, failures=failures)
            count = 0
        except Exception:
            failures += 1
            log.exception("job.failed", job=job.name, failures=failures)
            count = 0
        else:
            failures = 0
        if count:
            log.debug("job.done", job=job.name, count=count, seconds=round(stopwatch_s() - started_s, 4))
        if count < job.batch:
            await waker.wait(job.name, min(job.every_s * 2**failures, 60.0))


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
