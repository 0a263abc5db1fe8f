"""Pages of lists: what every list answers, over HTTP and to a page of the site."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Page(Generic[T_co]):
    """One page of a list; ``next_cursor`` is absent (null) on the last one."""

    items: tuple[T_co, ...]
    next_cursor: str | None

    def map(self, view: Callable[[T_co], T]) -> "Page[T]":
        """The same page, with each item as ``view`` shows it."""
        return Page(items=tuple(view(one) for one in self.items), next_cursor=self.next_cursor)


def whole(items: Iterable[T]) -> Page[T]:
    """A list that is never long, as its only page."""
    return Page(items=tuple(items), next_cursor=None)
