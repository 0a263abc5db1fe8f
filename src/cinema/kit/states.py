"""States: a machine is data, one table of moves for each kind of thing.

The same table stands in the code (`Machine.event`), in the database (a trigger reads
``kit.moves``) and in the documents, which are drawn from it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Generic, TypeVar

S = TypeVar("S", bound=StrEnum)


class IllegalMove(RuntimeError):
    """A programming error: this move is not in the table."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine(Generic[S]):
    """The moves that a status may make, each with the name of what happened.

    ``table`` is the ``schema.table`` whose ``column`` the database guards.
    """

    name: str
    table: str
    column: str = "status"
    states: type[S]
    starts: frozenset[S]
    moves: Mapping[tuple[S, S], str]

    @property
    def entity(self) -> str:
        """How the database's guard and its history call what moves."""
        return self.table if self.column == "status" else f"{self.table}.{self.column}"

    def event(self, before: S, after: S) -> str:
        """What happens on this move; raises `IllegalMove` when it is undeclared."""
        try:
            return self.moves[before, after]
        except KeyError:
            raise IllegalMove(f"{self.name} does not go from {before} to {after}") from None

    def allows(self, before: S, after: S) -> bool:
        """Whether the move is declared."""
        return (before, after) in self.moves

    def ends(self) -> frozenset[S]:
        """The states that nothing leaves."""
        return frozenset(self.states) - {before for before, _ in self.moves}

    def before(self, after: S) -> frozenset[S]:
        """The states from which ``after`` is reached."""
        return frozenset(source for source, target in self.moves if target == after)
