"""How work that takes a while tells what it does."""

from collections.abc import Callable
from typing import TypeAlias

Progress: TypeAlias = Callable[[str], None]
"""Is told in plain words what is being done."""


def silent(_: str) -> None:
    """For work that is done before anybody would wonder."""
