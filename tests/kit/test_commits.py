"""Shared commits: many who wait share one; one that cannot be written fails by itself."""

import asyncio
from collections.abc import Sequence

import pytest

from cinema.kit.commits import SharedCommits
from cinema.kit.db import Database, DatabaseBusy, DatabaseUnavailable, Pools, StatementTimeout, Tx


class Register:
    """Squares numbers in a transaction; refuses negative ones."""

    def __init__(self, error: Exception | None = None) -> None:
        self.batches: list[list[int]] = []
        self.error = error or ValueError("negative")

    async def work(self, tx: Tx, numbers: Sequence[int]) -> list[int]:
        await tx.execute("SELECT 1")
        if any(number < 0 for number in numbers):
            raise self.error
        self.batches.append(list(numbers))
        return [number * number for number in numbers]


async def test_those_who_ask_at_once_share_a_commit(db: Database) -> None:
    register = Register()
    commits = SharedCommits(db, register.work, batch=10)

    results = await asyncio.gather(*(commits.write(number) for number in range(25)))

    assert results == [number * number for number in range(25)]
    assert [len(batch) for batch in register.batches] == [10, 10, 5]


@pytest.mark.parametrize("error", [ValueError("negative"), DatabaseBusy("others hold it"), StatementTimeout("slow")])
async def test_one_that_cannot_be_written_fails_by_itself(db: Database, error: Exception) -> None:
    register = Register(error)
    commits = SharedCommits(db, register.work, batch=10)

    results = await asyncio.gather(*(commits.write(number) for number in (1, -2, 3)), return_exceptions=True)

    assert [results[0], results[2]] == [1, 9]
    assert results[1] is error
    assert register.batches == [[1], [3]]


async def test_who_gives_up_waiting_does_no_harm_to_the_others(db: Database) -> None:
    register = Register()
    commits = SharedCommits(db, register.work, batch=10)
    first = asyncio.create_task(commits.write(1))
    second = asyncio.create_task(commits.write(2))
    await asyncio.sleep(0)
    first.cancel()

    assert await second == 4
    assert register.batches == [[1, 2]]


async def test_an_absent_database_is_told_to_everybody_once(db: Database) -> None:
    closed = Database(Pools(db.pools.dsn), owner="closed")
    commits = SharedCommits(closed, Register().work, batch=10)

    results = await asyncio.gather(commits.write(1), commits.write(2), return_exceptions=True)

    assert [type(result) for result in results] == [DatabaseUnavailable, DatabaseUnavailable]
    with pytest.raises(DatabaseUnavailable):
        await commits.write(3)


class Stopped(BaseException):
    """More than an error: the process ends."""


async def test_nobody_waits_for_a_writer_that_is_gone(db: Database) -> None:
    async def work(tx: Tx, numbers: Sequence[int]) -> list[int]:
        await tx.execute("SELECT 1")
        if 2 in numbers:
            raise Stopped
        return list(numbers)

    commits = SharedCommits(db, work, batch=2)

    results = await asyncio.gather(*(commits.write(number) for number in (1, 2, 3)), return_exceptions=True)

    assert [type(result) for result in results] == [Stopped, Stopped, Stopped]
    assert await commits.write(4) == 4
