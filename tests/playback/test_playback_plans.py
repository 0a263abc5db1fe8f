"""What is asked for a start, a heartbeat or a file is found by an index."""

from datetime import UTC, datetime
from uuid import UUID

from cinema.contracts.ids import EntitlementId, FilmId, PlaybackId, UserId
from cinema.kit.db import Database
from cinema.playback.domain.playback import Ending
from cinema.playback.store import playbacks as store
from cinema.playback.store import positions
from plans import Plans

NOW = datetime(2026, 1, 15, 9, 0, tzinfo=UTC)
ID = UUID(int=1)


async def test_playbacks_are_found_by_an_index(db: Database) -> None:
    user_id, playback_id = UserId(ID), PlaybackId(ID)

    async with db.write() as tx:
        plans = Plans(tx)
        await store.playback(plans, playback_id=playback_id)
        await store.playback_and_folder(plans, playback_id=playback_id)
        await store.open_streams(plans, user_id=user_id, now=NOW)
        await store.end_expired(plans, user_id=user_id, now=NOW)
        await store.end_lapsed(plans, user_id=user_id, silent_since=NOW, count=1, now=NOW)
        await store.extend(plans, playback_id=playback_id, expires_at=NOW, now=NOW)
        await store.use(plans, playback_id=playback_id, entitlement_id=EntitlementId(ID))
        await store.end(plans, playback_id=playback_id, ending=Ending.STOPPED, now=NOW)
        await store.close_expired(plans, now=NOW, limit=500)
        await store.forget_ended(plans, before=NOW, limit=500)

    assert (len(plans.found), plans.slow()) == (10, [])


async def test_positions_are_found_by_an_index(db: Database) -> None:
    user_id, film_id = UserId(ID), FilmId(ID)

    async with db.write() as tx:
        plans = Plans(tx)
        await positions.of(plans, user_id=user_id, film_ids=[film_id])
        await positions.row(plans, user_id=user_id, after=None, limit=20)
        await positions.row(plans, user_id=user_id, after=(NOW, film_id), limit=20)
        await positions.set_taken_out(plans, user_id=user_id, film_id=film_id, is_taken_out=True)
        await positions.forget(plans, before=NOW, limit=500)

    assert (len(plans.found), plans.slow()) == (5, [])
    assert ["Sort" in plan for plan in plans.found[:3]] == [False] * 3
