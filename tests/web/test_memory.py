"""What many visits show alike is asked for once in a while."""

import asyncio
from datetime import timedelta

import pytest

from cinema.kit.clock import ManualClock
from cinema.web.memory import Memory

A_WHILE = timedelta(seconds=30)


class Source:
    """Counts how often it is asked, and says nothing before ``gate`` is open."""

    def __init__(self) -> None:
        self.asked = 0
        self.gate = asyncio.Event()
        self.gate.set()
        self.is_broken = False

    async def __call__(self) -> int:
        self.asked += 1
        await self.gate.wait()
        if self.is_broken:
            raise RuntimeError("broken")
        return self.asked


async def test_an_answer_is_good_for_a_while_and_then_asked_for_anew(clock: ManualClock) -> None:
    memory, source = Memory(clock=clock), Source()

    first = [await memory.recall("films", source, good_for=A_WHILE) for _ in range(3)]
    clock.advance(A_WHILE - timedelta(microseconds=1))
    still = await memory.recall("films", source, good_for=A_WHILE)
    clock.advance(timedelta(microseconds=1))
    anew = await memory.recall("films", source, good_for=A_WHILE)

    assert (first, still, anew, source.asked) == ([1, 1, 1], 1, 2, 2)


async def test_each_key_has_an_answer_of_its_own(clock: ManualClock) -> None:
    memory, source = Memory(clock=clock), Source()

    answers = [await memory.recall(key, source, good_for=A_WHILE) for key in ("ru", "en", "ru")]

    assert answers == [1, 2, 1]


async def test_who_comes_while_somebody_asks_waits_for_that_answer(clock: ManualClock) -> None:
    memory, source = Memory(clock=clock), Source()
    source.gate.clear()

    waiting = [asyncio.create_task(memory.recall("films", source, good_for=A_WHILE)) for _ in range(5)]
    await asyncio.sleep(0)
    source.gate.set()

    assert await asyncio.gather(*waiting) == [1] * 5
    assert source.asked == 1


async def test_a_trouble_is_not_kept(clock: ManualClock) -> None:
    memory, source = Memory(clock=clock), Source()
    source.is_broken = True
    with pytest.raises(RuntimeError, match="broken"):
        await memory.recall("films", source, good_for=A_WHILE)
    source.is_broken = False

    assert await memory.recall("films", source, good_for=A_WHILE) == 2
