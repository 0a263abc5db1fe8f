"""Events become messages: written in the transaction that handles the event, sent later."""

import structlog

from cinema.kit.clock import Clock
from cinema.kit.db import Tx
from cinema.kit.events import Event
from cinema.kit.ids import uuid7
from cinema.notifications import store
from cinema.notifications.domain.drafts import draft
from cinema.notifications.domain.message import OVERTAKES

SEND = "notifications.send"
"""The job to wake when a message was put in line."""

log = structlog.get_logger()


class Queueing:
    """Puts messages in line."""

    def __init__(self, *, clock: Clock) -> None:
        self._clock = clock

    async def tell(self, tx: Tx, event: Event) -> None:
        """Puts the message that tells ``event`` in line, once, and takes back what the event makes untrue."""
        made = draft(event)
        if made is None:
            return
        if tx.cause is None:
            raise LookupError(f"{event.name()} was told without having been published")
        now = self._clock.now()
        message_id = uuid7(now)
        if not await store.add(tx, message_id=message_id, draft=made, event=event, event_id=tx.cause, now=now):
            log.info("message.known", kind=made.kind.value, event_id=str(tx.cause))
            return
        await store.overtake(
            tx,
            thing_id=made.thing_id,
            kinds=OVERTAKES.get(made.kind, ()),
            before=message_id,
            reason=f"overtaken by {event.name()}",
            now=now,
        )
        tx.wake(SEND)
