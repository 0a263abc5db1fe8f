"""The peer of P7: what one renewal writes, made into SQL that writes it for all who are due at once.

Every row is inserted once, as it stands in the end, and changed where it stood before:
one statement for each table. Only where a status is guarded the moves are made one after
the other, as the guard wants them, a statement for each move of all rows. There are no
reads, no locks, no calls, and one commit: the least that leaves the same rows and the same
histories behind, with the same triggers and constraints.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from harness import Broken
from stencil import Stencil, viewers
from writes import Write

STATUS = "status"


@dataclass(slots=True, kw_only=True)
class Step:
    """What is done to one row: inserted (``old`` is empty), changed, or deleted (``new`` is empty)."""

    table: str
    old: Mapping[str, Any]
    new: Mapping[str, Any]
    changed: frozenset[str]

    def name(self) -> tuple[str, bool, bool, frozenset[str]]:
        """Steps of one name can be one statement."""
        return self.table, not self.old, not self.new, self.changed


def script(
    writes: Iterable[Write], *, stencil: Stencil, guarded: Collection[str], count: int, merged: bool = True
) -> list[str]:
    """The statements of one transaction for ``count`` viewers; ``guarded`` are the tables with guarded statuses.

    Unless ``merged``, every change of a row is made, as often as it was.
    """
    statements: list[list[Step]] = []
    steps = _steps(writes, stencil=stencil, guarded=guarded, merged=merged)
    for step in steps:
        same = [one for one in statements if one[0].name() == step.name() and not _has_row(one, step, stencil)]
        if same:
            same[0].append(step)
        else:
            statements.append([step])
    return [_statement(one, stencil=stencil, source=viewers(count)) for one in _in_order(statements, stencil)]


def _in_order(statements: Sequence[list[Step]], stencil: Stencil) -> list[list[Step]]:
    """As they came, but nothing before the rows that it refers to: of one statement, the order is not known."""
    placed: list[list[Step]] = []

    def place(one: list[Step]) -> None:
        for other in statements:
            is_parent = not other[0].old and other[0].table in stencil.tables[one[0].table].parents
            if is_parent and other not in placed:
                place(other)
        if one not in placed:
            placed.append(one)

    for one in statements:
        place(one)
    return placed


def _steps(writes: Iterable[Write], *, stencil: Stencil, guarded: Collection[str], merged: bool) -> list[Step]:
    """The writes, with those of one row put together as far as its status stays or is not guarded."""
    steps: list[Step] = []
    last: dict[tuple[Any, ...], Step] = {}
    for write in writes:
        row = _row(write.table, write.old or write.new, stencil)
        changed = frozenset(name for name in write.new if write.old and write.new[name] != write.old[name])
        before = last.get(row)
        moves = write.table in guarded and STATUS in changed
        if before is None or not write.new or not before.new or moves or not merged:
            last[row] = Step(table=write.table, old=write.old, new=write.new, changed=changed)
            steps.append(last[row])
        else:
            before.new = write.new
            before.changed |= changed if before.old else frozenset()
    return steps


def _row(table: str, values: Mapping[str, Any], stencil: Stencil) -> tuple[Any, ...]:
    return table, *(values[name] for name in _key(table, stencil))


def _key(table: str, stencil: Stencil) -> Sequence[str]:
    """The columns that name a row, none of them made by the table, else the one that it counts."""
    known = stencil.tables[table]
    keys = [key for key in known.keys if key]
    if not keys:
        raise Broken(f"{table} has no key")
    return next((key for key in keys if known.numbered not in key), keys[0])


def _has_row(steps: Iterable[Step], step: Step, stencil: Stencil) -> bool:
    row = _row(step.table, step.old or step.new, stencil)
    return any(_row(one.table, one.old or one.new, stencil) == row for one in steps)


def _statement(steps: Sequence[Step], *, stencil: Stencil, source: str) -> str:
    """One statement for all viewers, with one part for each row of a viewer."""
    first = steps[0]
    table = first.table
    if not first.old:
        return _insert(steps, stencil=stencil, source=source)
    key = _key(table, stencil)
    names = [*key, *sorted(first.changed - set(key))]
    selects = []
    for step in steps:
        values = [stencil.sql(table, name, (step.old if name in key else step.new)[name]) for name in names]
        selects.append(
            _select([f"{value} AS {name}" for name, value in zip(names, values, strict=True)], step, stencil, source)
        )
    rows = " UNION ALL ".join(selects)
    where = " AND ".join(f"t.{name} = v.{name}" for name in key)
    if not first.new:
        return f"DELETE FROM {table} AS t USING ({rows}) AS v WHERE {where}"  # noqa: S608 - literals, quoted
    assignments = ", ".join(f"{name} = v.{name}" for name in names if name not in key) or f"{key[0]} = v.{key[0]}"
    return f"UPDATE {table} AS t SET {assignments} FROM ({rows}) AS v WHERE {where}"  # noqa: S608 - as above


def _insert(steps: Sequence[Step], *, stencil: Stencil, source: str) -> str:
    table = steps[0].table
    known = stencil.tables[table]
    names = [name for name in steps[0].new if name not in known.made and name != known.numbered]
    selects = []
    for step in steps:
        if stencil.is_own(step.new):
            values = stencil.unique_sql(table, step.new, rows=len(steps))
        else:
            values = {name: stencil.sql(table, name, step.new[name]) for name in names}
        selects.append(_select([values[name] for name in names], step, stencil, source))
    return f"INSERT INTO {table} ({', '.join(names)}) {' UNION ALL '.join(selects)}"


def _select(values: Sequence[str], step: Step, stencil: Stencil, source: str) -> str:
    """The values for every viewer, or once where the row is nobody's own."""
    source = f" FROM {source}" if stencil.is_own(step.old or step.new) else ""
    return f"SELECT {', '.join(values)}{source}"
