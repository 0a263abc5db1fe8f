"""Events become messages: written in the transaction that handles the events, sent later."""

from collections.abc import Sequence

import structlog

from cinema.kit.db import Tx
from cinema.kit.events import Event, Heard
from cinema.kit.ids import uuid7
from cinema.notifications import store
from cinema.notifications.domain.told import draft

SEND = "notifications.send"
"""The job to wake when a message was put in line."""

log = structlog.get_logger()


async def tell_many(tx: Tx, heard: Sequence[Heard[Event]]) -> None:
    """Puts the messages that tell what was heard in line, and takes back those that it makes untrue.

    A fact is told once, however often it is heard.
    """
    for one in heard:
        made = draft(one)
        if made is None:
            continue
        message_id = uuid7(tx.now)
        if not await store.add(tx, message_id=message_id, draft=made):
            log.info("message.known", kind=made.kind.value, event_id=str(made.event_id))
            continue
        await store.overtake(tx, draft=made, before=message_id)
        tx.wake(SEND)
