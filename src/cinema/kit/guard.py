"""The guard that keeps the network and other contexts out of open transactions.

A call that would be remote on a larger installation fails here in the same place
when it is local: as soon as it is tried while this task holds a transaction.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_holder: ContextVar[str | None] = ContextVar("transaction_holder", default=None)


class TransactionOpen(RuntimeError):
    """A programming error: something slow or foreign was tried inside a transaction."""


@contextmanager
def held(owner: str) -> Iterator[None]:
    """Marks this task as being inside a transaction of ``owner``."""
    forbid_transaction(f"a transaction of {owner}")
    token = _holder.set(owner)
    try:
        yield
    finally:
        _holder.reset(token)


def forbid_transaction(attempt: str) -> None:
    """Raises `TransactionOpen` when this task is inside a transaction."""
    owner = _holder.get()
    if owner is not None:
        raise TransactionOpen(f"{attempt} was tried while {owner} holds a transaction")
