"""State machines in the code; what the database does with them is in test_status_guard.py."""

from enum import StrEnum

import pytest

from cinema.kit.clock import ManualClock
from cinema.kit.db import Database
from cinema.kit.migrate import declare
from cinema.kit.module import Module
from cinema.kit.states import IllegalMove, Machine


class Door(StrEnum):
    OPEN = "open"
    SHUT = "shut"
    GONE = "gone"


DOORS: Machine[StrEnum] = Machine(
    name="door",
    table="doors.doors",
    states=Door,
    starts=frozenset({Door.OPEN, Door.SHUT}),
    moves={(Door.OPEN, Door.SHUT): "shut", (Door.SHUT, Door.OPEN): "opened", (Door.SHUT, Door.GONE): "torn out"},
)


def test_a_declared_move_is_named() -> None:
    assert DOORS.event(Door.SHUT, Door.GONE) == "torn out"


@pytest.mark.parametrize(("before", "after"), [(Door.OPEN, Door.GONE), (Door.GONE, Door.OPEN), (Door.OPEN, Door.OPEN)])
def test_an_undeclared_move_is_a_bug(before: Door, after: Door) -> None:
    assert not DOORS.allows(before, after)
    with pytest.raises(IllegalMove, match=f"door does not go from {before} to {after}"):
        DOORS.event(before, after)


def test_the_table_answers_where_things_end_and_come_from() -> None:
    assert DOORS.ends() == {Door.GONE}
    assert DOORS.before(Door.OPEN) == {Door.SHUT}
    assert DOORS.before(Door.GONE) == {Door.SHUT}


async def test_the_database_learns_the_declared_moves_and_forgets_none(db: Database, clock: ManualClock) -> None:
    await declare([Module(name="old", machines=(DOORS,))], db=db, clock=clock)
    lamps: Machine[StrEnum] = Machine(
        name="lamp",
        table="lamps.lamps",
        states=Door,
        starts=frozenset({Door.OPEN}),
        moves={(Door.OPEN, Door.GONE): "broke"},
    )

    await declare([Module(name="new", machines=(lamps,))], db=db, clock=clock)

    async with db.read() as tx:
        rows = await tx.all("SELECT entity, from_state, to_state, event FROM kit.moves ORDER BY from_state")
    assert {tuple(row) for row in rows if row["entity"] == "lamps.lamps"} == {
        ("lamps.lamps", "", "open", "created"),
        ("lamps.lamps", "open", "gone", "broke"),
    }
    assert len(rows) == 2 + len(DOORS.starts) + len(DOORS.moves)
