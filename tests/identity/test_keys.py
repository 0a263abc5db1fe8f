"""Signing keys: when they begin and end, who makes them, and a lost secret."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from cinema.identity.domain.keys import ANNOUNCED, signing, to_forget, to_make
from cinema.identity.service.keys import Keys
from cinema.kit.clock import ManualClock
from cinema.kit.db import Database
from cinema.kit.settings import BadSetting
from identity.people import make_settings

NOW = datetime(2026, 1, 15, 9, 0, tzinfo=UTC)
DAY = timedelta(days=1)
PERIOD = 30 * DAY


def test_at_first_a_key_and_its_successor_are_made() -> None:
    assert to_make([], now=NOW, period=PERIOD) == [NOW, NOW + PERIOD]


def test_a_successor_is_made_as_soon_as_the_newest_key_signs() -> None:
    begins = [NOW, NOW + PERIOD]

    assert to_make(begins, now=NOW + PERIOD - DAY, period=PERIOD) == []
    assert to_make(begins, now=NOW + PERIOD, period=PERIOD) == [NOW + 2 * PERIOD]


def test_a_late_successor_is_still_announced_before_it_signs() -> None:
    now = NOW + 10 * PERIOD

    assert to_make([NOW, NOW + PERIOD], now=now, period=PERIOD) == [now + ANNOUNCED]


def test_the_newest_key_that_has_begun_signs() -> None:
    begins = [NOW - PERIOD, NOW, NOW + PERIOD]

    assert signing(begins, now=NOW) == NOW
    assert signing(begins, now=NOW - DAY) == NOW - PERIOD
    assert signing([], now=NOW) is None


def test_the_first_key_signs_for_a_process_whose_clock_is_behind_its_maker_s() -> None:
    assert signing([NOW, NOW + PERIOD], now=NOW - timedelta(milliseconds=1)) == NOW


def test_the_previous_key_is_kept_and_older_ones_are_forgotten() -> None:
    begins = [NOW - 2 * PERIOD, NOW - PERIOD, NOW, NOW + PERIOD]

    assert to_forget(begins, now=NOW) == [NOW - 2 * PERIOD]
    assert to_forget(begins, now=NOW - DAY) == []


async def test_processes_that_start_together_make_one_pair_of_keys(db: Database, clock: ManualClock) -> None:
    processes = [Keys(db=db.bound("identity"), clock=clock, settings=make_settings()) for _ in range(8)]

    signers = await asyncio.gather(*(keys.signing() for keys in processes))

    assert len({key.kid for key in signers}) == 1
    async with db.read() as tx:
        assert await tx.value("SELECT count(*) FROM identity.signing_keys") == 2


async def test_a_key_does_not_show_its_private_part(db: Database, clock: ManualClock) -> None:
    keys = Keys(db=db.bound("identity"), clock=clock, settings=make_settings())

    key = await keys.signing()

    assert str(key.pair.as_dict(private=True)["d"]) not in repr(key)


@pytest.mark.parametrize("secret", [None, "another secret of more than 32 characters"])
async def test_sealed_keys_without_their_secret_are_a_plain_sentence(
    db: Database, clock: ManualClock, secret: str | None
) -> None:
    sealing = make_settings(key_secret="the secret that sealed them, 32 long")
    await Keys(db=db.bound("identity"), clock=clock, settings=sealing).signing()
    keys = Keys(db=db.bound("identity"), clock=clock, settings=make_settings(key_secret=secret))

    with pytest.raises(BadSetting) as refused:
        await keys.signing()

    assert refused.value.sentences == (
        "CINEMA_IDENTITY_KEY_SECRET: the stored signing keys were sealed by another one.",
    )


async def test_the_secret_of_keys_is_changed_without_refusing_anybody(db: Database, clock: ManualClock) -> None:
    old, new = "the secret that sealed them, 32 long", "the secret that seals from now on, 32"
    first = await Keys(db=db.bound("identity"), clock=clock, settings=make_settings(key_secret=old)).signing()
    changed = make_settings(key_secret=new, key_secret_before=old)

    same = await Keys(db=db.bound("identity"), clock=clock, settings=changed).signing()
    for _ in range(3):
        clock.advance(timedelta(days=31))
        await Keys(db=db.bound("identity"), clock=clock, settings=changed).signing()
    later = await Keys(db=db.bound("identity"), clock=clock, settings=make_settings(key_secret=new)).signing()

    assert same.kid == first.kid
    assert later.kid != first.kid


async def test_an_unknown_key_makes_us_look_once_a_second_at_most(db: Database, clock: ManualClock) -> None:
    own = Keys(db=db.bound("identity"), clock=clock, settings=make_settings())
    await own.signing()
    async with db.write() as tx:
        await tx.execute(
            """INSERT INTO identity.signing_keys (kid, signs_from, public_part, private_part, created_at)
               SELECT 'new', signs_from - interval '1 day', public_part, private_part, created_at
               FROM identity.signing_keys ORDER BY signs_from LIMIT 1"""
        )

    at_once = await own.find("new")
    clock.advance(timedelta(seconds=1))
    a_second_later = await own.find("new")

    assert at_once is None
    assert a_second_later is not None
