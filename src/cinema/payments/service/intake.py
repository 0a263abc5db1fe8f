"""Taking notifications in: stored raw before they are answered, many in one commit."""

import asyncio
from collections.abc import Mapping, Sequence

import structlog

from cinema.kit.clock import Clock
from cinema.kit.db import Database
from cinema.kit.errors import Forbidden, NotFound, Unavailable
from cinema.kit.ids import uuid7
from cinema.payments.domain.port import NotificationInvalid, Provider
from cinema.payments.domain.webhook import RawWebhook
from cinema.payments.store import webhooks

WEBHOOK_JOB = "payments.handle_webhooks"

BATCH = 200
"""How many notifications one commit may store."""

log = structlog.get_logger()


class ProviderUnknown(NotFound):
    """There is no such payment provider here."""

    code = "payment-provider-unknown"


class SenderForbidden(Forbidden):
    """Notifications of this provider do not come from this address."""

    code = "webhook-sender-forbidden"


class IntakeFull(Unavailable):
    """More notifications are waiting to be stored than we take; send it again."""

    code = "webhook-queue-full"


class Intake:
    """Stores notifications. One writer commits all that came in meanwhile; unstarted, each commits alone."""

    def __init__(
        self, *, db: Database, clock: Clock, providers: Mapping[str, Provider], queue_max: int, batch_max: int = BATCH
    ) -> None:
        self._db = db
        self._clock = clock
        self._providers = providers
        self._queue_max = queue_max
        self._batch_max = batch_max
        self._waiting: list[tuple[RawWebhook, asyncio.Future[None]]] = []
        self._has_work = asyncio.Event()
        self._writer: asyncio.Task[None] | None = None

    def check_sender(self, *, provider: str, address: str) -> None:
        """Raises `ProviderUnknown` or `SenderForbidden`."""
        known = self._providers.get(provider)
        if known is None:
            raise ProviderUnknown
        if not known.admits(address):
            log.warning("webhook.foreign_sender", provider=provider, address=address)
            raise SenderForbidden

    async def take(self, *, provider: str, address: str, body: bytes, headers: Mapping[str, str]) -> None:
        """Returns when the notification is stored.

        Raises `NotificationInvalid` for what the provider does not document, and
        `IntakeFull`. Nothing in it is believed yet.
        """
        try:
            notification = self._providers[provider].parse_notification(body=body, headers=headers)
        except NotificationInvalid:
            log.warning("webhook.unreadable", provider=provider, address=address, size_bytes=len(body))
            raise
        now = self._clock.now()
        webhook = RawWebhook(
            webhook_id=uuid7(now),
            provider=provider,
            address=address,
            received_at=now,
            event=notification.event,
            object_id=notification.object_id,
            body=body,
        )
        if self._writer is None:
            await self._store([webhook])
            return
        if len(self._waiting) >= self._queue_max:
            raise IntakeFull
        stored: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((webhook, stored))
        self._has_work.set()
        await stored

    async def start(self) -> None:
        """Starts the writer."""
        self._writer = asyncio.create_task(self._write_until_stopped(), name="payments.intake")

    async def stop(self) -> None:
        """Stores what waits and ends the writer."""
        writer, self._writer = self._writer, None
        if writer is not None:
            self._has_work.set()
            await writer

    async def _write_until_stopped(self) -> None:
        while self._writer is not None or self._waiting:
            await self._has_work.wait()
            batch, self._waiting = self._waiting[: self._batch_max], self._waiting[self._batch_max :]
            if not self._waiting:
                self._has_work.clear()
            if batch:
                await self._write(batch)

    async def _write(self, batch: Sequence[tuple[RawWebhook, "asyncio.Future[None]"]]) -> None:
        trouble: Exception | None = None
        try:
            await self._store([webhook for webhook, _ in batch])
        except Exception as error:  # noqa: BLE001 - told to everybody who waits; the writer goes on
            trouble = error
        for _, stored in batch:
            if not stored.done():
                if trouble is None:
                    stored.set_result(None)
                else:
                    stored.set_exception(trouble)

    async def _store(self, batch: Sequence[RawWebhook]) -> None:
        async with self._db.write() as tx:
            await webhooks.insert(tx, batch)
            tx.wake(WEBHOOK_JOB)
