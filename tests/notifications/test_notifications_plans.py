"""What is asked for a request or by a worker is found by an index, with any filter and on any page."""

from datetime import UTC, datetime
from uuid import UUID

import pytest

from cinema.contracts.enums import MessageStatus
from cinema.kit.db import Database
from cinema.kit.events import Heard
from cinema.notifications import store
from cinema.notifications.domain.told import draft
from notifications.facts import renewed
from plans import Plans

NOW = datetime(2026, 1, 15, 9, 0, tzinfo=UTC)
ID = UUID(int=1)
DRAFT = draft(Heard(event_id=ID, occurred_at=NOW, event=renewed()), message_id=ID)


@pytest.mark.parametrize("before", [None, ID])
@pytest.mark.parametrize("user_id", [None, ID])
@pytest.mark.parametrize("status", [None, MessageStatus.FAILED])
async def test_messages_are_found_by_an_index(
    db: Database, before: UUID | None, user_id: UUID | None, status: MessageStatus | None
) -> None:
    async with db.write() as tx:
        plans = Plans(tx)
        await store.page_of(plans, user_id=user_id, status=status, before=before, limit=20)
        await store.notifications(plans, user_id=ID, before=before, limit=20)

    assert (len(plans.found), plans.slow()) == (2, [])


async def test_what_is_due_is_found_by_an_index(db: Database) -> None:
    async with db.write() as tx:
        plans = Plans(tx)
        await store.claim(plans, now=NOW, lease_until=NOW, limit=10)
        await store.add(plans, [DRAFT])
        await store.overtake(plans, [DRAFT])
        await store.forget(plans, before=NOW, limit=10)

    assert (len(plans.found), plans.slow()) == (5, [])
