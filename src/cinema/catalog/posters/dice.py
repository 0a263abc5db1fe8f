"""Choices that look random and are the same each time: a hash of the seed, counted on."""

from collections.abc import Sequence
from hashlib import blake2b
from typing import TypeVar

Item = TypeVar("Item")

BYTES = 4
STEPS = 256**BYTES


class Dice:
    """A row of numbers that depends on the seed alone."""

    def __init__(self, seed: str) -> None:
        self._seed = seed.encode()
        self._thrown = 0

    def between(self, low: float, high: float) -> float:
        """A number from ``low`` up to, but not including, ``high``."""
        self._thrown += 1
        digest = blake2b(self._seed, digest_size=BYTES, salt=self._thrown.to_bytes(4, "big")).digest()
        share: float = int.from_bytes(digest, "big") / STEPS
        return low + (high - low) * share

    def whole(self, low: int, high: int) -> int:
        """A whole number from ``low`` to ``high``, both included."""
        return int(self.between(low, high + 1))

    def pick(self, items: Sequence[Item]) -> Item:
        return items[self.whole(0, len(items) - 1)]

    def chance(self, share: float) -> bool:
        """True in ``share`` of the throws."""
        return self.between(0, 1) < share
