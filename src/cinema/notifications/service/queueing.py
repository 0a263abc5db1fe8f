"""Events become messages: written in the transaction that handles the events, sent later."""

from collections.abc import Sequence

import structlog

from cinema.kit.db import Tx
from cinema.kit.events import Event, Heard
from cinema.kit.ids import uuid7
from cinema.notifications import store
from cinema.notifications.domain.told import draft, is_told

SEND = "notifications.send"
"""The job to wake when a message was put in line."""

log = structlog.get_logger()


async def tell_many(tx: Tx, heard: Sequence[Heard[Event]]) -> None:
    """Queues a message for each event that people are told of, and takes back those that it makes untrue.

    A fact is told once, however often it is heard. The ids of one batch are in the order
    in which its events were heard.
    """
    told = [one for one in heard if is_told(one.event)]
    ids = sorted(uuid7(tx.now) for _ in told)
    drafts = [draft(one, message_id=message_id) for one, message_id in zip(told, ids, strict=True)]
    if not drafts:
        return
    fresh = await store.add(tx, drafts)
    await store.overtake(tx, fresh)
    if fresh:
        tx.wake(SEND)
    if known := len(drafts) - len(fresh):
        log.info("messages.known", kinds=sorted({made.kind.value for made in drafts}), count=known)
