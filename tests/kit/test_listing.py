"""Lists are made of our own text, and only values come from outside."""

from datetime import UTC, datetime
from uuid import UUID

import pytest

from cinema.kit.db import Database
from cinema.kit.listing import Listing

THINGS = Listing(select="SELECT * FROM a.things", columns=("at", "id"), filters=("owner", "status"))
ID = UUID(int=1)
NOW = datetime(2026, 1, 15, 9, 0, tzinfo=UTC)


def test_the_first_filter_leads_and_no_index_answers_the_others() -> None:
    assert THINGS.statement((), is_first=True) == "SELECT * FROM a.things WHERE true ORDER BY at DESC, id DESC LIMIT $1"
    assert THINGS.statement(("owner", "status"), is_first=False) == (
        "SELECT * FROM a.things WHERE true AND owner = ANY($1) AND (status = $2) IS TRUE"
        " AND (owner, at, id) < ($3, $4, $5) ORDER BY owner DESC, at DESC, id DESC LIMIT $6"
    )


def test_what_is_absent_leads_too() -> None:
    waiting = Listing(select="SELECT * FROM a.things", columns=("id",), is_absent="outcome")

    assert waiting.statement((), is_first=False) == (
        "SELECT * FROM a.things WHERE true AND ((id) < ($1)) IS TRUE AND outcome IS NULL"
        " ORDER BY outcome DESC, id DESC LIMIT $2"
    )


@pytest.mark.parametrize("is_ascending", [False, True])
async def test_pages_follow_each_other_without_a_gap(db: Database, *, is_ascending: bool) -> None:
    moves = Listing(
        select="SELECT position, to_state FROM kit.state_history",
        columns=("position",),
        filters=("entity_id", "to_state"),
        is_ascending=is_ascending,
    )
    async with db.write() as tx:
        await tx.execute_many(
            "INSERT INTO kit.state_history (entity, entity_id, from_state, to_state, at) VALUES ('a', $1, '', $2, $3)",
            [(UUID(int=n % 2), "new" if n % 3 else "old", NOW) for n in range(30)],
        )

    seen: list[int] = []
    async with db.read() as tx:
        every = await tx.all("SELECT position, entity_id, to_state FROM kit.state_history ORDER BY position")
        page = await moves.page(tx, wanted={"entity_id": ID, "to_state": "new"}, after=None, limit=3)
        while page:
            seen += [row["position"] for row in page]
            page = await moves.page(tx, wanted={"entity_id": ID, "to_state": "new"}, after=(seen[-1],), limit=3)
        unfiltered = await moves.page(tx, wanted={"entity_id": None}, after=None, limit=100)

    wanted = [row["position"] for row in every if (row["entity_id"], row["to_state"]) == (ID, "new")]
    assert seen == sorted(wanted, reverse=not is_ascending)
    assert len(seen) == 10
    assert len(unfiltered) == 30


async def test_a_filter_that_the_list_does_not_have_is_a_bug(db: Database) -> None:
    async with db.read() as tx:
        with pytest.raises(LookupError):
            await THINGS.page(tx, wanted={"ownr": ID}, after=None, limit=3)
