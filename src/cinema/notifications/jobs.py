"""Due work of notifications: sending, and forgetting what is over."""

from cinema.kit.db import Database
from cinema.kit.jobs import Job
from cinema.notifications import store
from cinema.notifications.service.queueing import SEND
from cinema.notifications.service.sending import Sending
from cinema.notifications.settings import NotificationsSettings

FORGET_BATCH = 1_000
"""Messages that one transaction forgets."""


def jobs(*, db: Database, sending: Sending, settings: NotificationsSettings) -> tuple[Job, ...]:
    """All jobs of the context."""

    async def forget_messages() -> int:
        """Deletes a batch of old messages with the tries to send them; returns how many."""
        async with db.write() as tx:
            return await store.forget(tx, before=tx.now - settings.kept_for, limit=FORGET_BATCH)

    return (
        Job(name=SEND, run=sending.run),
        Job(name="notifications.forget_messages", run=forget_messages, every_s=60.0, batch=FORGET_BATCH),
    )
