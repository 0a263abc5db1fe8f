"""Idempotency-Key: the same key and input give the same answer, once done.

The key, the hash of the input, the effect and the answer are rows of one commit
(the idea of draft-ietf-httpapi-idempotency-key-header-07). A refused or crashed
request therefore leaves its key free, and of parallel twins the second waits for the
first and repeats its answer.
"""

import hashlib
import json
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import reduce
from operator import getitem
from typing import Annotated, Any, TypeVar

from fastapi import Depends, Request, Response

from cinema.kit.auth import CurrentActor
from cinema.kit.db import Database, Tx
from cinema.kit.errors import BadRequest, Invalid
from cinema.kit.intent import Done, Intent, adapter

T = TypeVar("T")

HEADER = "Idempotency-Key"
REPLAY_HEADER = "Idempotent-Replayed"
KEY = re.compile(r"[\x21-\x7e]{1,128}")

LINK = "created"
IN_THE_ANSWER = "$response.body#"
"""How OpenAPI begins an expression for a place in an answer."""


class KeyMissing(BadRequest):
    """Send one Idempotency-Key header: 1 to 128 visible ASCII characters, new for each intent."""

    code = "idempotency-key-missing"


class KeyReused(Invalid):
    """This Idempotency-Key was used for another request."""

    code = "idempotency-key-reused"


@dataclass(frozen=True, slots=True, kw_only=True)
class Once:
    """What a route is asked to do once: the caller's intent, and how to answer it over HTTP."""

    intent: Intent
    locate: Callable[[Any], str] | None = None
    """The address of what was created, from the answer."""

    async def run(self, db: Database, kind: type[T], work: Callable[[Tx], Awaitable[T]]) -> Done[T]:
        """Does ``work`` for the intent; see `once`."""
        return await once(db, self.intent, kind, work)

    def response(self, done: Done[Any]) -> Response:
        """The answer over HTTP, the same bytes each time."""
        headers = {REPLAY_HEADER: "true"} if done.replayed else {}
        if self.locate is not None:
            headers["Location"] = self.locate(done.body)
        content = json.dumps(done.body, ensure_ascii=False, separators=(",", ":")).encode()
        return Response(content, status_code=done.status, media_type="application/json", headers=headers)


async def once(db: Database, intent: Intent, kind: type[T], work: Callable[[Tx], Awaitable[T]]) -> Done[T]:
    """Does ``work`` in a transaction, or repeats what it answered to the same intent.

    ``work`` may run more than once (see `Database.transact`) but commits once; its
    result, a ``kind`` (dataclass or pydantic model), is the answer. Raises `KeyReused`
    when the key stands for another input.
    """
    return await db.transact(lambda tx: _once(tx, intent, kind, work))


async def _once(tx: Tx, intent: Intent, kind: type[T], work: Callable[[Tx], Awaitable[T]]) -> Done[T]:
    if intent.key is None:
        return Done(kind=kind, status=intent.status, body=jsonable(await work(tx)), replayed=False)
    fresh = await tx.execute(
        """INSERT INTO kit.idempotency (scope, key, input_hash, created_at) VALUES ($1, $2, $3, $4)
           ON CONFLICT DO NOTHING""",
        intent.scope,
        intent.key,
        intent.input_hash,
        tx.now,
    )
    if not fresh:
        return await _replay(tx, intent, kind)
    body = jsonable(await work(tx))
    await tx.execute(
        "UPDATE kit.idempotency SET status = $3, body = $4 WHERE scope = $1 AND key = $2",
        intent.scope,
        intent.key,
        intent.status,
        body,
    )
    return Done(kind=kind, status=intent.status, body=body, replayed=False)


async def _replay(tx: Tx, intent: Intent, kind: type[T]) -> Done[T]:
    row = await tx.one(
        "SELECT input_hash, status, body FROM kit.idempotency WHERE scope = $1 AND key = $2", intent.scope, intent.key
    )
    assert row is not None
    if row["input_hash"] != intent.input_hash:
        raise KeyReused
    return Done(kind=kind, status=row["status"], body=row["body"], replayed=True)


def created(operation: str, **places: str) -> dict[int | str, dict[str, Any]]:
    """The ``responses`` of a route that creates a thing: its address is that of ``operation``.

    ``places`` are the JSON Pointers, in the answer, of the operation's path parameters. The
    description says so by a link, and `Once.response` by ``Location``.
    """
    parameters = {name: f"{IN_THE_ANSWER}{pointer}" for name, pointer in places.items()}
    return {201: {"links": {LINK: {"operationId": operation, "parameters": parameters}}}}


def jsonable(value: object) -> Any:
    """A dataclass or model as JSON types: money as minor units and currency, times in ISO 8601."""
    kind: Any = type(value)
    return adapter(kind).dump_python(value, mode="json")


async def maybe_once(request: Request, actor: CurrentActor) -> Once:
    """The caller's intent; the header is optional."""
    keys = request.headers.getlist(HEADER)
    key = keys[0] if keys else None
    if len(keys) > 1 or (key is not None and not KEY.fullmatch(key)):
        raise KeyMissing
    route = request.scope["route"]
    parts = (request.url.path.encode(), request.url.query.encode(), await request.body())
    intent = Intent(
        scope=f"{actor.user_id} {request.method} {route.path}",
        key=key,
        input_hash=hashlib.sha256(b"\x00".join(parts)).digest(),
        status=route.status_code or 200,
    )
    return Once(intent=intent, locate=_locator(request))


def _locator(request: Request) -> Callable[[Any], str] | None:
    """Reads the address of what was created from the answer, as the route has told by `created`."""
    link = request.scope["route"].responses.get(201, {}).get("links", {}).get(LINK)
    if link is None:
        return None
    places = {name: place.removeprefix(IN_THE_ANSWER) for name, place in link["parameters"].items()}

    def locate(body: Any) -> str:
        found = {name: reduce(getitem, place.split("/")[1:], body) for name, place in places.items()}
        return str(request.app.url_path_for(link["operationId"], **found))

    return locate


async def required_once(asked: Annotated[Once, Depends(maybe_once)]) -> Once:
    """The caller's intent, where money moves: the header is demanded."""
    if asked.intent.key is None:
        raise KeyMissing
    return asked


MaybeOnce = Annotated[Once, Depends(maybe_once)]
RequiredOnce = Annotated[Once, Depends(required_once)]
