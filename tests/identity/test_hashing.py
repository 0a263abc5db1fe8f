"""Hashing in a bounded pool."""

import asyncio
from collections.abc import Iterator

import pytest
from argon2 import PasswordHasher, extract_parameters
from argon2.exceptions import VerifyMismatchError

from cinema.identity.service.hashing import Hasher, HashingBusy, nobody
from cinema.kit.guard import TransactionOpen, held
from identity.people import PASSWORD, make_settings


@pytest.fixture
def hasher() -> Iterator[Hasher]:
    hasher = Hasher(make_settings(hash_threads=1, hash_queue_max=2))
    yield hasher
    hasher.close()


async def test_a_password_is_known_again_and_only_itself(hasher: Hasher) -> None:
    password_hash = await hasher.hash(PASSWORD)

    right = await hasher.verify(PASSWORD, password_hash)
    wrong = await hasher.verify(PASSWORD + " ", password_hash)
    absent = await hasher.verify(PASSWORD, None)

    assert (right, wrong, absent) == ((True, None), (False, None), (False, None))


async def test_two_hashes_of_one_password_differ(hasher: Hasher) -> None:
    assert await hasher.hash(PASSWORD) != await hasher.hash(PASSWORD)


async def test_the_hash_of_nobody_is_verified_to_the_end_like_any_other(hasher: Hasher) -> None:
    somebody, first, second = await hasher.hash(PASSWORD), nobody(make_settings()), nobody(make_settings())

    with pytest.raises(VerifyMismatchError):  # not InvalidHashError, which would come at once
        PasswordHasher().verify(first, PASSWORD)

    assert extract_parameters(first) == extract_parameters(somebody)
    assert first != second


async def test_long_passwords_are_not_cut(hasher: Hasher) -> None:
    password_hash = await hasher.hash("x" * 127 + "y")

    assert await hasher.verify("x" * 127 + "z", password_hash) == (False, None)


async def test_only_so_many_may_wait(hasher: Hasher) -> None:
    answers = await asyncio.gather(*(hasher.hash(PASSWORD) for _ in range(10)), return_exceptions=True)

    refused = [answer for answer in answers if isinstance(answer, HashingBusy)]
    assert len(refused) == 7
    assert refused[0].retry_after_s == 1
    assert (await hasher.hash(PASSWORD)).startswith("$argon2id$")


async def test_who_gives_up_waiting_makes_room(hasher: Hasher) -> None:
    waiting = [asyncio.create_task(hasher.hash(PASSWORD)) for _ in range(3)]
    await asyncio.sleep(0)
    for task in waiting:
        task.cancel()
    await asyncio.gather(*waiting, return_exceptions=True)
    await asyncio.to_thread(lambda: None)

    answers = await asyncio.gather(*(retried(hasher) for _ in range(3)))

    assert [answer.startswith("$argon2id$") for answer in answers] == [True, True, True]


async def retried(hasher: Hasher) -> str:
    """Waits its turn: a hash that had begun runs to its end."""
    while True:
        try:
            return await hasher.hash(PASSWORD)
        except HashingBusy:
            await asyncio.to_thread(lambda: None)


async def test_nobody_hashes_while_a_transaction_is_open(hasher: Hasher) -> None:
    with held("identity"), pytest.raises(TransactionOpen):
        await hasher.hash(PASSWORD)
