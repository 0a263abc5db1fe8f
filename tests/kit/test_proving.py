"""Checks are within a time, go on where they were, and name what was cut off."""

from datetime import timedelta
from uuid import UUID

from cinema.kit.clock import ManualClock
from cinema.kit.db import Database, ReadTx
from cinema.kit.ids import uuid7
from cinema.kit.invariants import kit_invariants
from cinema.kit.proving import Checked, check, swept
from cinema.kit.sweep import MOVES, SETTLED, Invariant, Sweep
from cinema.main.operations import report

LINE = "each history is one line"


async def add_moves(db: Database, clock: ManualClock, *moves: tuple[str, str], thing: UUID) -> None:
    async with db.write() as tx:
        await tx.execute_many(
            """INSERT INTO kit.state_history (entity, entity_id, from_state, to_state, at)
               VALUES ('a.things', $1, $2, $3, $4)""",
            [(thing, before, after, clock.now()) for before, after in moves],
        )


async def checked(db: Database, clock: ManualClock, *, is_whole: bool = False) -> Checked:
    line = next(one for one in kit_invariants(clock=clock) if one.name == LINE)
    return await check(db, line, seconds=60, is_whole=is_whole)


async def mark(db: Database) -> str | None:
    async with db.read() as tx:
        found: str | None = await tx.value("SELECT until FROM kit.proved")
    return found


async def test_only_what_is_old_and_sound_is_proved(db: Database, clock: ManualClock) -> None:
    thing = uuid7(clock.now())
    await add_moves(db, clock, ("", "new"), ("new", "done"), thing=thing)
    assert (await checked(db, clock)).found == ()
    assert await mark(db) is None, "it is not old enough"

    clock.advance(SETTLED + timedelta(seconds=1))
    await add_moves(db, clock, ("lost", "found"), thing=thing)
    first, again = (await checked(db, clock)).found, (await checked(db, clock)).found

    assert first == again == (f"a.things {thing} was 'done' and moved from 'lost'.",)
    assert await mark(db) is None, "a violation holds the mark of its slice"


async def test_what_is_behind_the_mark_is_read_by_the_whole_pass_alone(db: Database, clock: ManualClock) -> None:
    thing = uuid7(clock.now())
    await add_moves(db, clock, ("", "new"), ("new", "done"), thing=thing)
    clock.advance(2 * SETTLED)
    await checked(db, clock)
    assert await mark(db) == "2"

    async with db.write() as tx:
        await tx.execute("SET LOCAL session_replication_role = replica")
        await tx.execute("UPDATE kit.state_history SET from_state = 'else' WHERE position = 2")
    passed_by, whole = (await checked(db, clock)).found, (await checked(db, clock, is_whole=True)).found

    assert passed_by == ()
    assert whole == (f"a.things {thing} was 'new' and moved from 'else'.",)


async def test_another_check_of_the_same_name_proves_anew(db: Database, clock: ManualClock) -> None:
    await add_moves(db, clock, ("", "new"), thing=uuid7(clock.now()))
    clock.advance(2 * SETTLED)
    await checked(db, clock)
    stricter = "SELECT entity AS violation FROM kit.state_history WHERE position > $1 AND position <= $2"

    found = await check(db, swept("I6", LINE, Sweep(along=MOVES, find=stricter)), seconds=60)

    assert found.found == ("a.things",)


async def test_slices_meet_without_a_gap(db: Database, clock: ManualClock) -> None:
    for _ in range(5):
        await add_moves(db, clock, ("", "new"), ("new", "done"), thing=uuid7(clock.now()))
    counted = "SELECT position::text AS violation FROM kit.state_history WHERE position > $1 AND position <= $2"

    found = await check(db, swept("I6", "all", Sweep(along=MOVES, find=counted, limit=3)), seconds=60)

    assert sorted(found.found, key=int) == [str(number) for number in range(1, 11)]


async def endless(tx: ReadTx) -> list[str]:
    await tx.value("SELECT count(*) FROM generate_series(1, 1000000000)")
    return []


async def wrong(_: ReadTx) -> list[str]:
    return ["It does not hold."]


async def test_a_check_that_is_cut_off_is_named_and_the_others_go_on(db: Database) -> None:
    lines: list[str] = []
    invariants = [Invariant(number="I1", name="slow", find=endless), Invariant(number="I2", name="wrong", find=wrong)]

    count, cut_off = await report(db, invariants, is_whole=False, seconds=0.2, progress=lines.append)

    assert (count, cut_off) == (1, ["I1   slow"])
    assert [line.partition(",")[0] for line in lines] == ["CUT  I1   slow", "FAIL I2   wrong", "     It does not hold."]
