"""Idempotency-Key: the same intent has one effect and one answer, and nobody reads another's."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import httpx2
import pytest
from fastapi import APIRouter
from fastapi.responses import Response
from pydantic import Field

from cinema.kit.app import build_app
from cinema.kit.auth import Actor
from cinema.kit.clock import ManualClock
from cinema.kit.db import Database, Tx
from cinema.kit.errors import Conflict, Unauthenticated
from cinema.kit.http import Strict
from cinema.kit.idempotency import KeyReused, MaybeOnce, RequiredOnce, created, once
from cinema.kit.ids import uuid7
from cinema.kit.intent import Done, Intent
from cinema.kit.module import Module
from cinema.kit.money import Money
from cinema.kit.retention import forget_keys

ANNA, BORIS = "anna", "boris"


class TwoPeople:
    """Anna and Boris; a token is a name."""

    def __init__(self, clock: ManualClock) -> None:
        self._ids = {name: uuid7(clock.now()) for name in (ANNA, BORIS)}

    async def actor(self, token: str) -> Actor:
        if token not in self._ids:
            raise Unauthenticated
        return Actor(user_id=self._ids[token], session_id=self._ids[token], roles=frozenset())


class Sale(Strict):
    amount: int = Field(ge=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sold:
    sale_id: UUID
    total: Money


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    at: datetime


class SoldOut(Conflict):
    """There are none left."""

    code = "test-sold-out"


@dataclass(slots=True, kw_only=True)
class Shop:
    """Sells, and can be told to have nothing or to break down after the effect."""

    client: httpx2.AsyncClient
    is_empty: bool = False
    breaks_down: bool = False

    async def sell(
        self, amount: Any = 5, *, key: str | None = "key-1", who: str = ANNA, path: str = "/v1/sales"
    ) -> httpx2.Response:
        headers = {b"Authorization": f"Bearer {who}".encode()}
        if key is not None:
            headers[b"Idempotency-Key"] = key.encode()
        return await self.client.post(path, json={"amount": amount}, headers=headers)


@pytest.fixture
async def shop(db: Database, clock: ManualClock) -> AsyncIterator[Shop]:
    async with db.write() as tx:
        await tx.execute("CREATE SCHEMA shop")
        await tx.execute("CREATE TABLE shop.sales (id uuid PRIMARY KEY, amount integer NOT NULL)")
    router = APIRouter()

    async def effect(tx: Tx, amount: int) -> Sold:
        if state.is_empty:
            raise SoldOut
        sale_id = uuid7(clock.now())
        await tx.execute("INSERT INTO shop.sales VALUES ($1, $2)", sale_id, amount)
        if state.breaks_down:
            raise RuntimeError("power cut")
        return Sold(sale_id=sale_id, total=Money(minor=amount, currency="RUB"))

    @router.get("/v1/sales/{sale_id}", name="sales.get")
    async def look(sale_id: UUID) -> UUID:
        return sale_id

    @router.post("/v1/sales", status_code=201, responses=created("sales.get", sale_id="/sale_id"))
    async def sell(sale: Sale, once: RequiredOnce, gift: bool = False) -> Response:  # noqa: FBT001, FBT002 - a query parameter
        assert gift in {True, False}
        return once.response(await once.run(db, Sold, lambda tx: effect(tx, sale.amount)))

    @router.post("/v1/gifts")
    async def give(sale: Sale, once: MaybeOnce) -> Response:
        return once.response(await once.run(db, Sold, lambda tx: effect(tx, sale.amount)))

    app = build_app(modules=(Module(name="shop", routes=(router,)),), authenticator=TwoPeople(clock), clock=clock)
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app), base_url="http://testserver") as client:
        state = Shop(client=client)
        yield state
    async with db.write() as tx:
        await tx.execute("DROP SCHEMA shop CASCADE")


async def sales(db: Database) -> list[int]:
    async with db.read() as tx:
        return [row["amount"] for row in await tx.all("SELECT amount FROM shop.sales ORDER BY id")]


async def keys(db: Database) -> int:
    async with db.read() as tx:
        count = await tx.value("SELECT count(*) FROM kit.idempotency")
    assert isinstance(count, int)
    return count


def code(answer: httpx2.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


async def test_the_same_key_and_body_give_the_same_answer_and_say_so(shop: Shop, db: Database) -> None:
    first = await shop.sell()
    second = await shop.sell()

    assert (first.status_code, second.status_code) == (201, 201)
    assert first.content == second.content
    assert "idempotent-replayed" not in first.headers
    assert second.headers["idempotent-replayed"] == "true"
    assert await sales(db) == [5]


async def test_an_answer_says_where_the_thing_is_that_it_made_and_says_it_again(shop: Shop) -> None:
    answers = [await shop.sell(), await shop.sell()]
    gift = await shop.sell(path="/v1/gifts", key="key-2")

    sale_id = answers[0].json()["sale_id"]
    assert [answer.headers["location"] for answer in answers] == [f"/v1/sales/{sale_id}"] * 2
    assert (await shop.client.get(answers[1].headers["location"])).json() == sale_id
    assert "location" not in gift.headers


async def test_the_same_key_with_another_body_is_refused(shop: Shop, db: Database) -> None:
    await shop.sell(5)

    other = await shop.sell(6)

    assert code(other) == (422, "idempotency-key-reused")
    assert await sales(db) == [5]


async def test_another_query_is_another_request(shop: Shop, db: Database) -> None:
    await shop.sell()

    other = await shop.sell(path="/v1/sales?gift=true")

    assert code(other) == (422, "idempotency-key-reused")
    assert await sales(db) == [5]


async def test_another_key_is_another_intent(shop: Shop, db: Database) -> None:
    await shop.sell(key="key-1")
    await shop.sell(key="key-2")

    assert await sales(db) == [5, 5]


async def test_fifty_parallel_twins_have_one_effect_and_one_answer(shop: Shop, db: Database) -> None:
    answers = await asyncio.gather(*(shop.sell() for _ in range(50)))

    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.content for answer in answers}) == 1
    assert sum("idempotent-replayed" not in answer.headers for answer in answers) == 1
    assert await sales(db) == [5]


async def test_a_refusal_leaves_the_key_free(shop: Shop, db: Database) -> None:
    shop.is_empty = True
    refused = await shop.sell()
    kept = await keys(db)
    shop.is_empty = False

    sold = await shop.sell(6)

    assert code(refused) == (409, "test-sold-out")
    assert kept == 0
    assert sold.status_code == 201
    assert await sales(db) == [6]


async def test_a_crash_after_the_effect_undoes_it_and_leaves_the_key_free(shop: Shop, db: Database) -> None:
    shop.breaks_down = True
    crashed = await shop.sell()
    left = (await sales(db), await keys(db))
    shop.breaks_down = False

    sold = await shop.sell()

    assert code(crashed) == (500, "internal-error")
    assert left == ([], 0)
    assert sold.status_code == 201
    assert await sales(db) == [5]


async def test_nobody_fetches_the_answer_of_another_user(shop: Shop, db: Database) -> None:
    annas = await shop.sell(who=ANNA)

    boriss = await shop.sell(who=BORIS)

    assert boriss.status_code == 201
    assert "idempotent-replayed" not in boriss.headers
    assert annas.json()["sale_id"] != boriss.json()["sale_id"]
    assert await sales(db) == [5, 5]


async def test_a_stranger_who_knows_the_key_gets_nothing(shop: Shop, db: Database) -> None:
    await shop.sell()

    stranger = await shop.sell(who="stranger")

    assert code(stranger) == (401, "unauthenticated")
    assert await sales(db) == [5]


async def test_a_key_is_of_one_route(shop: Shop, db: Database) -> None:
    await shop.sell()

    gift = await shop.sell(path="/v1/gifts")

    assert gift.status_code == 200
    assert "idempotent-replayed" not in gift.headers
    assert await sales(db) == [5, 5]


@pytest.mark.parametrize("key", [None, "", "x" * 129, "two words", "tab\tbed", "ключ"])
async def test_where_money_moves_a_proper_key_is_demanded(shop: Shop, db: Database, key: str | None) -> None:
    answer = await shop.sell(key=key)

    assert code(answer) == (400, "idempotency-key-missing")
    assert (await sales(db), await keys(db)) == ([], 0)


@pytest.mark.parametrize("path", ["/v1/sales", "/v1/gifts"])
async def test_of_two_keys_none_is_taken(shop: Shop, db: Database, path: str) -> None:
    headers = [("Authorization", f"Bearer {ANNA}"), ("Idempotency-Key", "key-1"), ("Idempotency-Key", "key-2")]

    answer = await shop.client.post(path, json={"amount": 5}, headers=headers)

    assert code(answer) == (400, "idempotency-key-missing")
    assert (await sales(db), await keys(db)) == ([], 0)


async def test_elsewhere_every_call_without_a_key_is_a_new_intent(shop: Shop, db: Database) -> None:
    await shop.sell(key=None, path="/v1/gifts")
    await shop.sell(key=None, path="/v1/gifts")

    assert (await sales(db), await keys(db)) == ([5, 5], 0)


async def test_a_bad_body_does_not_use_up_the_key(shop: Shop, db: Database) -> None:
    bad = await shop.sell(0)
    good = await shop.sell(1)

    assert code(bad) == (422, "input-invalid")
    assert good.status_code == 201
    assert await sales(db) == [1]


async def test_who_speaks_no_http_does_once_too_and_hears_a_value(db: Database, clock: ManualClock) -> None:
    intent = Intent(scope="anna a form", key="key-1", input_hash=b"5", status=201)
    sold = Sold(sale_id=uuid7(clock.now()), total=Money(minor=5, currency="RUB"))
    done: list[int] = []

    async def sell(_: Tx) -> Sold:
        done.append(5)
        return sold

    first = await once(db, intent, Sold, sell)
    clock.advance(timedelta(days=1))
    second = await once(db, intent, Sold, sell)
    with pytest.raises(KeyReused):
        await once(db, replace(intent, input_hash=b"6"), Sold, sell)

    body = {"sale_id": str(sold.sale_id), "total": {"minor": 5, "currency": "RUB"}}
    assert first == Done(kind=Sold, status=201, body=body, replayed=False)
    assert second == Done(kind=Sold, status=201, body=body, replayed=True)
    assert second.value == sold
    assert done == [5]


async def test_a_key_is_as_old_as_its_effect(db: Database, clock: ManualClock) -> None:
    async def now(tx: Tx) -> Moment:
        return Moment(at=tx.now)

    done = await once(db, Intent(scope="anna a form", key="key-1", input_hash=b""), Moment, now)

    async with db.read() as tx:
        assert await tx.value("SELECT created_at FROM kit.idempotency") == done.value.at == clock.now()


async def test_old_keys_are_forgotten_in_batches(shop: Shop, db: Database, clock: ManualClock) -> None:
    for number in range(3):
        await shop.sell(key=f"old-{number}")
    clock.advance(timedelta(days=31))
    await shop.sell(key="new")

    forgotten = [await forget_keys(db, older_than=timedelta(days=30), limit=2) for _ in range(3)]

    assert forgotten == [2, 1, 0]
    assert await keys(db) == 1
