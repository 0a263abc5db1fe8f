"""The months of the sign-in history."""

from datetime import timedelta

import httpx2
import pytest

from cinema.kit.db import Database
from identity.people import Place, names, register, sign_in


@pytest.fixture(autouse=True)
async def no_month_is_open(db: Database) -> None:
    """Tests before this one may have opened some; a table outlives the emptying of tables."""
    async with db.write() as tx:
        await tx.execute("SELECT identity.drop_login_months('9999-01-01')")


async def months(place: Place) -> list[str]:
    rows = await place.rows(
        """SELECT relname FROM pg_class JOIN pg_inherits ON inhrelid = oid
           WHERE inhparent = 'identity.logins'::regclass ORDER BY relname"""
    )
    return names(rows, "relname")


async def where(place: Place) -> list[str]:
    """In which partition each attempt stands, the oldest first."""
    rows = await place.rows("SELECT tableoid::regclass::text AS name FROM identity.logins ORDER BY at")
    return names(rows, "name")


async def test_months_open_by_themselves_and_take_what_came_before_them(
    place: Place, client: httpx2.AsyncClient
) -> None:
    await register(client)
    await place.settle()
    await sign_in(client)
    place.clock.advance(timedelta(days=100))
    await sign_in(client)
    before = await where(place)

    await place.settle()

    assert before == ["identity.logins_2026_01", "identity.logins_default"]
    assert await where(place) == ["identity.logins_2026_01", "identity.logins_2026_04"]
    assert await months(place) == [
        "logins_2026_01",
        "logins_2026_02",
        "logins_2026_04",
        "logins_2026_05",
        "logins_default",
    ]
    assert len((await client.get("/v1/me/logins")).json()["items"]) == 2


async def test_old_months_are_dropped(place: Place, client: httpx2.AsyncClient) -> None:
    await register(client)
    await place.settle()
    await sign_in(client)
    place.clock.advance(timedelta(days=366))
    await place.settle()
    kept = await months(place)

    place.clock.advance(timedelta(days=31))
    await place.settle()

    assert kept[0] == "logins_2026_01"
    assert "logins_2026_01" not in await months(place)
    assert await place.count("identity.logins") == 0
