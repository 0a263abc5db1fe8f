"""Passwords are hashed (Argon2id, RFC 9106) in a few threads, and only so many may wait for them."""

import asyncio
import secrets
from base64 import b64encode
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from argon2 import DEFAULT_HASH_LENGTH, DEFAULT_RANDOM_SALT_LENGTH
from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher

from cinema.identity.domain.password import canonical, is_readable
from cinema.identity.settings import IdentitySettings
from cinema.kit.errors import TooMany
from cinema.kit.guard import forbid_transaction

T = TypeVar("T")


class HashingBusy(TooMany):
    """Too many people sign in at this moment; try again in a second."""

    code = "sign-in-busy"


class Hasher:
    """Hashes and verifies without holding up the event loop."""

    def __init__(self, settings: IdentitySettings) -> None:
        argon = Argon2Hasher(
            time_cost=settings.hash_passes, memory_cost=settings.hash_memory_kib, parallelism=settings.hash_lanes
        )
        self._hashes = PasswordHash((argon,))
        self._threads = ThreadPoolExecutor(settings.hash_threads, thread_name_prefix="hashing")
        self._places = settings.hash_threads + settings.hash_queue_max
        self._nobody = nobody(settings)

    async def hash(self, password: str) -> str:
        """The hash to store; raises `HashingBusy`."""
        return await self._run(lambda: self._hashes.hash(password))

    async def verify(self, password: str, password_hash: str | None) -> tuple[bool, str | None]:
        """Whether the password is right, and its hash by the present settings if that differs.

        Without a hash (there is no such user) it takes as long and answers no. Raises `HashingBusy`.
        """
        text = canonical(password) if is_readable(password) else ""
        known = password_hash if password_hash is not None else self._nobody
        is_right, fresh = await self._run(lambda: self._hashes.verify_and_update(text, known))
        return (is_right, fresh) if password_hash is not None else (False, None)

    def close(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def _run(self, work: Callable[[], T]) -> T:
        forbid_transaction("hashing")
        if self._places == 0:
            raise HashingBusy(retry_after_s=1)
        loop = asyncio.get_running_loop()
        future = self._threads.submit(work)
        self._places -= 1
        future.add_done_callback(lambda _: loop.call_soon_threadsafe(self._free))
        return await asyncio.wrap_future(future)

    def _free(self) -> None:
        self._places += 1


def nobody(settings: IdentitySettings) -> str:
    """A hash that no password has, as its end is random: to verify with it takes as long as with another."""
    sizes = (DEFAULT_RANDOM_SALT_LENGTH, DEFAULT_HASH_LENGTH)
    salt, end = (b64encode(secrets.token_bytes(size)).rstrip(b"=").decode() for size in sizes)
    cost = f"m={settings.hash_memory_kib},t={settings.hash_passes},p={settings.hash_lanes}"
    return f"$argon2id$v=19${cost}${salt}${end}"
