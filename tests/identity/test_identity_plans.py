"""What is asked for a request is found by an index, with any filter and on any page."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from cinema.contracts.ids import SessionId, UserId
from cinema.identity.domain.session import Lifetimes
from cinema.identity.store import accounts, logins, roles, sessions
from cinema.kit.db import Database
from plans import Plans

NOW = datetime(2026, 1, 15, 9, 0, tzinfo=UTC)
LIFETIMES = Lifetimes(idle=timedelta(days=1), absolute=timedelta(days=9))
ID = UUID(int=1)


async def test_who_asks_is_found_by_an_index(db: Database) -> None:
    async with db.write() as tx:
        plans = Plans(tx)
        await sessions.live_by_id(plans, session_id=SessionId(ID), lifetimes=LIFETIMES, now=NOW)
        await sessions.live_by_cookie(plans, cookie_hash=b"", lifetimes=LIFETIMES, now=NOW)
        await sessions.token(plans, token_hash=b"")
        await accounts.claimant(plans, name="viewer", address="::1")
        await roles.grants(plans, user_id=ID)

    assert (len(plans.found), plans.slow()) == (5, [])


@pytest.mark.parametrize("before", [None, ID])
async def test_every_page_of_a_user_is_found_by_an_index(db: Database, before: UUID | None) -> None:
    user_id = UserId(ID)

    async with db.write() as tx:
        plans = Plans(tx)
        await sessions.running(plans, user_id=user_id, lifetimes=LIFETIMES, now=NOW, before=before, limit=20)
        await logins.page(plans, user_id=user_id, before=before, limit=20)

    assert (len(plans.found), plans.slow()) == (2, [])


@pytest.mark.parametrize("before", [None, ID])
@pytest.mark.parametrize("login", [None, "viewer"])
@pytest.mark.parametrize("email", [None, "viewer@example.com"])
async def test_users_are_found_by_an_index(
    db: Database, before: UUID | None, login: str | None, email: str | None
) -> None:
    async with db.write() as tx:
        plans = Plans(tx)
        await accounts.page(plans, before=before, login=login, email=email, limit=20)

    assert (len(plans.found), plans.slow()) == (1, [])
