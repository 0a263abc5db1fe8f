"""Checking what must always hold: within a time, and not again what was proved before."""

import hashlib
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

from cinema.kit.clock import stopwatch_s
from cinema.kit.db import Database, ReadTx, StatementTimeout
from cinema.kit.sweep import MOVES, SLICE, VIOLATIONS_MAX, Along, Find, Invariant, Key, Sweep

T = TypeVar("T")

STATEMENT_MAX_S = 50.0
"""The longest statement, whatever time a check has; the driver gives up a little later."""


def swept(number: str, name: str, *sweeps: Sweep) -> Invariant:
    """An invariant that goes along some tables."""

    async def find(tx: ReadTx) -> list[str]:
        found: dict[str, None] = {}
        for one in sweeps:
            after = one.along.lowest
            while len(found) < VIOLATIONS_MAX and (until := await one.along.until(tx, after=after, limit=one.limit)):
                found |= dict.fromkeys(await one.found(tx, after=after, until=until))
                after = until
        return list(found)[:VIOLATIONS_MAX]

    return Invariant(number=number, name=name, find=find, sweeps=sweeps)


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """What came of a check; ``is_cut_off``: its time was over before it had seen everything."""

    found: tuple[str, ...]
    seconds: float
    is_cut_off: bool


async def check(db: Database, invariant: Invariant, *, seconds: float, is_whole: bool = False) -> Checked:
    """Checks what is not proved yet, or with ``is_whole`` everything, within so many seconds."""
    run = _Run(db=db, ends_s=stopwatch_s() + seconds)
    begun_s = stopwatch_s()
    found: dict[str, None] = {}
    try:
        if not invariant.sweeps:
            found |= dict.fromkeys(await run.asked(invariant.find, by_index=False))
        for number, sweep in enumerate(invariant.sweeps):
            async for sentences in run.sweep(f"{invariant.number} {invariant.name} {number}", sweep, is_whole=is_whole):
                found |= dict.fromkeys(sentences)
                if len(found) >= VIOLATIONS_MAX:
                    break
    except StatementTimeout:
        run.is_cut_off = True
    return Checked(found=tuple(found)[:VIOLATIONS_MAX], seconds=stopwatch_s() - begun_s, is_cut_off=run.is_cut_off)


@dataclass(slots=True, kw_only=True)
class _Run:
    """One check while it runs."""

    db: Database
    ends_s: float
    is_cut_off: bool = False

    async def asked(self, ask: Callable[[ReadTx], Awaitable[T]], *, by_index: bool = True) -> T:
        """What ``ask`` answers in a transaction that ends in time. Raises `StatementTimeout`.

        With ``by_index`` it is planned so that a slice reads its own rows, however small the
        tables are said to be.
        """
        left_s = self.ends_s - stopwatch_s()
        if left_s <= 0:
            raise StatementTimeout
        async with self.db.snapshot() as tx:
            await tx.value(LIMITS, str(int(min(left_s, STATEMENT_MAX_S) * 1000) + 1), "off" if by_index else "on")
            return await ask(tx)

    async def sweep(self, name: str, sweep: Sweep, *, is_whole: bool) -> AsyncIterator[list[str]]:
        """What is wrong, slice by slice."""
        basis = await self.asked(partial(_basis, sweep=sweep))
        moves = f"{name}, moves"
        start = None if is_whole or not sweep.moves else await self._mark(moves, MOVES, basis)
        if sweep.moves and start is None and not is_whole:  # what moves while the rows are gone through, is seen after
            until = await self.asked(partial(_final, along=MOVES, mark=MOVES.lowest))
            await self._prove(moves, basis, until or MOVES.lowest)
        async for found in self._slices(
            name, sweep.along, sweep.found, basis=basis, is_whole=is_whole, limit=sweep.limit, is_traced=sweep.moves
        ):
            yield found
        if start is not None:
            async for found in self._slices(moves, MOVES, sweep.found_moved, basis=basis, is_whole=False, limit=SLICE):
                yield found

    async def _slices(
        self, name: str, along: Along, find: Find, *, basis: str, is_whole: bool, limit: int, is_traced: bool = False
    ) -> AsyncIterator[list[str]]:
        """Goes along from the mark; ``is_traced``: what changes before it leaves a trace in the moves."""
        mark = None if is_whole else await self._mark(name, along, basis)
        after = along.lowest if mark is None else mark
        edge = None if is_whole else await self.asked(partial(_final, along=along, mark=after))
        is_provable = not is_whole
        while (until := await self.asked(partial(along.until, after=after, limit=limit))) is not None:
            found = await self.asked(partial(find, after=after, until=until))
            proved = until if is_traced else min(until, edge or along.lowest)
            if is_provable and not found and proved > after:
                await self._prove(name, basis, proved)
            is_provable = is_provable and not found and proved == until
            yield found
            after = until

    async def _mark(self, name: str, along: Along, basis: str) -> Key | None:
        async with self.db.read() as tx:
            text = await tx.value("SELECT until FROM kit.proved WHERE name = $1 AND basis = $2", name, basis)
        return None if text is None else along.read(text)

    async def _prove(self, name: str, basis: str, until: Key) -> None:
        async with self.db.write() as tx:
            await tx.execute(PROVE, name, basis, str(until), tx.now)


async def _final(tx: ReadTx, *, along: Along, mark: Key) -> Key | None:
    return await along.final(tx, mark)


async def _basis(tx: ReadTx, *, sweep: Sweep) -> str:
    """A digest of what is checked, and of what else a proof rests on."""
    rests_on = await tx.value(sweep.basis) if sweep.basis else ""
    text = f"{sweep.find if isinstance(sweep.find, str) else ''} {sweep.thing} {rests_on}"
    return hashlib.sha256(text.encode()).hexdigest()


LIMITS = """
SELECT set_config('statement_timeout', $1, true), set_config('enable_seqscan', $2, true),
       set_config('enable_hashjoin', $2, true), set_config('enable_mergejoin', $2, true)
"""

PROVE = """
INSERT INTO kit.proved (name, basis, until, proved_at) VALUES ($1, $2, $3, $4)
ON CONFLICT (name) DO UPDATE
SET basis = excluded.basis, until = excluded.until, proved_at = excluded.proved_at
"""
