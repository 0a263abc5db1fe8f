"""What is long has pages: nothing is cut off silently."""

from typing import Any

import httpx2

from billing.stage import Stage
from blocks import copies
from cinema.contracts.ids import UserId
from cinema.kit.db import Database

COUNT = 250


async def pages(client: httpx2.AsyncClient, path: str) -> list[list[Any]]:
    found = []
    cursor: str | None = ""
    while cursor is not None:
        answer = await client.get(path, params={"limit": 100} | ({"cursor": cursor} if cursor else {}))
        assert answer.status_code == 200
        found.append(answer.json()["items"])
        cursor = answer.json()["next_cursor"]
    return found


async def of_long_use(stage: Stage, user_id: UserId) -> None:
    """The first right and the first note, `COUNT` times more, one second after the other."""
    request = await stage.subscribed(user_id)
    async with stage.db.write() as tx:
        later = "timestamptz '2026-02-01' + n * interval '1 second'"
        number = "('00000000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid"
        right = {"id": number, "starts_at": later, "ends_at": "'2027-01-01'", "kind": "'grace'"}
        await copies(tx, "billing.entitlements", COUNT, right | {"subscription_id": "NULL"})
        await tx.execute(
            """INSERT INTO billing.history (at, actor, entity, entity_id, action)
               SELECT $1, 'staff', 'order', $2, 'step ' || n FROM generate_series(1, 250) AS n""",
            tx.now,
            request.order_id,
        )


async def test_rights_come_newest_first_to_the_last_one(stage: Stage) -> None:
    user_id = stage.new_user()
    await of_long_use(stage, user_id)

    async with stage.client(user_id) as client:
        found = await pages(client, "/v1/entitlements")

    starts = [one["starts_at"] for page in found for one in page]
    assert [len(page) for page in found] == [100, 100, 51]
    assert starts == sorted(starts, reverse=True)
    assert len({one["id"] for page in found for one in page}) == COUNT + 1


async def test_the_newest_note_of_a_long_history_is_told(stage: Stage, db: Database) -> None:
    user_id = stage.new_user()
    await of_long_use(stage, user_id)
    async with db.read() as tx:
        order_id = await tx.value("SELECT id FROM billing.orders")

    async with stage.client(user_id, role="support") as client:
        found = await pages(client, f"/v1/admin/history/{order_id}")

    told = [one["action"] for page in found for one in page]
    assert told[-COUNT:] == [f"step {n}" for n in range(1, COUNT + 1)]
    assert len(found) == 3


async def test_a_cursor_of_another_list_is_refused(stage: Stage) -> None:
    user_id = stage.new_user()
    await of_long_use(stage, user_id)

    async with stage.client(user_id) as client:
        cursor = (await client.get("/v1/entitlements")).json()["next_cursor"]
        answer = await client.get("/v1/orders", params={"cursor": cursor})

    assert (answer.status_code, answer.json()["code"]) == (400, "cursor-invalid")
