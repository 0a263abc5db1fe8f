"""Lists as SQL: one statement for each combination of filters, and for each statement one way to run it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from cinema.kit.db import ReadTx, Row


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """A list in the order of its ``columns``, of which the last is unique, cut down by ``filters``.

    The first filter that is asked for leads: an index begins with its column and goes on with
    ``columns``. The order and the place name it too, and ``= ANY`` keeps the planner from leaving
    it out as a constant, so that no other index gives this order or begins at this place; the
    filters behind it are written so that no index answers them. So a page costs the same
    whatever the statistics say and whatever was asked before. All text is ours; of a request
    only values are taken.
    """

    select: str
    """Columns and table."""
    columns: tuple[str, ...]
    filters: tuple[str, ...] = ()
    """Columns that may have to have a value, the most telling first."""
    where: str = "true"
    """What holds of every row of the list."""
    is_absent: str | None = None
    """A column that is NULL in every row of a list without filters, and leads. What is absent is few: a later page
    passes over those before it."""
    around: str = "{page}"
    """A statement around the page, where more than one table is shown."""
    is_ascending: bool = False

    async def page(
        self, tx: ReadTx, *, wanted: Mapping[str, object], after: Sequence[object] | None, limit: int
    ) -> list[Row]:
        """At most ``limit`` rows from behind the place ``after`` on; a filter whose value is None lets all pass."""
        if unknown := wanted.keys() - set(self.filters):
            raise LookupError(f"the list has no filter {', '.join(sorted(unknown))}")
        given = tuple(name for name in self.filters if wanted.get(name) is not None)
        values = [[wanted[name]] if name == given[0] else wanted[name] for name in given]
        if after is not None:
            values += [*(wanted[name] for name in given[:1]), *after]
        return await tx.all(self.statement(given, is_first=after is None), *values, limit)

    def statement(self, given: Sequence[str], *, is_first: bool) -> str:
        """Takes the values of the filters that are ``given``, the first as an array; then the place; then the limit.

        The place is that of ``columns``, and before it the value of the first filter again.
        """
        conditions = [self.where]
        for number, name in enumerate(given, start=1):
            conditions.append(f"{name} = ANY(${number})" if number == 1 else f"({name} = ${number}) IS TRUE")
        count = len(given)
        if not is_first:
            place = (*given[:1], *self.columns)
            values = [f"${number}" for number in range(count + 1, count + 1 + len(place))]
            after = f"({', '.join(place)}) {'>' if self.is_ascending else '<'} ({', '.join(values)})"
            conditions.append(f"({after}) IS TRUE" if self.is_absent else after)
            count += len(values)
        if self.is_absent:
            conditions.append(f"{self.is_absent} IS NULL")
        lead = (self.is_absent,) if self.is_absent else given[:1]
        direction = "ASC" if self.is_ascending else "DESC"
        order = ", ".join(f"{column} {direction}" for column in (*lead, *self.columns))
        page = f"{self.select} WHERE {' AND '.join(conditions)} ORDER BY {order} LIMIT ${count + 1}"
        return self.around.format(page=page)
