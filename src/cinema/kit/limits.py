"""Rate limits in this process: so many at once, then one after each pause."""

from collections import OrderedDict
from datetime import datetime, timedelta
from ipaddress import IPv6Address

from cinema.kit.clock import Clock
from cinema.kit.errors import TooMany
from cinema.kit.hosts import parsed

KEYS_MAX = 100_000
IPV6_PREFIX = 64


class RateLimited(TooMany):
    """Too many tries; wait a little. ``Retry-After`` says how long."""

    code = "rate-limited"


class Limiter:
    """For each key ``burst`` at once, and one more after each ``pause``.

    One time is kept for each key: when its bucket will be full again. Of more than
    ``keys_max`` keys those that were not used for longest are forgotten.
    """

    def __init__(self, *, clock: Clock, burst: int, pause: timedelta, keys_max: int = KEYS_MAX) -> None:
        self._clock = clock
        self._pause = pause
        self._capacity = pause * burst
        self._keys_max = keys_max
        self._full_at: OrderedDict[str, datetime] = OrderedDict()

    def take(self, key: str) -> None:
        """Takes one; raises `RateLimited`, and takes nothing, when none is left."""
        now = self._clock.now()
        full_at = max(self._full_at.get(key, now), now) + self._pause
        missing = full_at - now - self._capacity
        if missing > timedelta(0):
            raise RateLimited(retry_after_s=-(-missing // timedelta(seconds=1)))
        self._full_at[key] = full_at
        self._full_at.move_to_end(key)
        if len(self._full_at) > self._keys_max:
            self._full_at.popitem(last=False)

    def give_back(self, key: str) -> None:
        """Returns one that was taken for something that needs no limit after all."""
        full_at = self._full_at.get(key)
        if full_at is not None:
            self._full_at[key] = full_at - self._pause


def network_of(address: str) -> str:
    """What counts as one place: an IPv4 address, or the /64 that a provider gives to one customer."""
    place = parsed(address.partition("%")[0])
    if not isinstance(place, IPv6Address):
        return str(place) if place else address
    return f"{IPv6Address(int(place) >> IPV6_PREFIX << IPV6_PREFIX)}/{IPV6_PREFIX}"
