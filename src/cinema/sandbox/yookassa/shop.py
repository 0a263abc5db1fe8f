"""The shop: what every operation needs, and how it tells the merchant of an event."""

import json
import secrets
from dataclasses import replace
from datetime import datetime
from typing import Any

from cinema.kit.clock import Clock
from cinema.kit.ids import uuid7
from cinema.sandbox.yookassa.domain import Authorization
from cinema.sandbox.yookassa.faults import FaultKind, Switches
from cinema.sandbox.yookassa.settings import YookassaSandboxSettings
from cinema.sandbox.yookassa.store import Delivery, Store


class Shop:
    """Settings, memory, clock and switches of one test shop."""

    def __init__(self, *, settings: YookassaSandboxSettings, store: Store, clock: Clock, switches: Switches) -> None:
        self.settings = settings
        self.store = store
        self.switches = switches
        self.webhook_url = settings.webhook_url
        self.receipts_required = settings.receipts_required
        self._clock = clock

    def now(self) -> datetime:
        """The present in whole milliseconds, as the API shows it."""
        now = self._clock.now()
        return now.replace(microsecond=now.microsecond // 1000 * 1000)

    def new_id(self) -> str:
        """36 characters."""
        return str(uuid7(self.now()))

    def announce(self, event: str, *, object_id: str, chain: str, body: dict[str, Any]) -> None:
        """Queues a notification. Without an address for it there is none."""
        if self.webhook_url is None:
            return
        now = self.now()
        delivery = Delivery(
            id=self.new_id(),
            chain=chain,
            event=event,
            object_id=object_id,
            created_at=now,
            due_at=now,
            body=json.dumps({"type": "notification", "event": event, "object": body}, ensure_ascii=False),
        )
        if self.switches.take([FaultKind.WEBHOOK_WITHHOLD], operation=event):
            self.store.add_delivery(replace(delivery, state="withheld"))
            return
        reordered = self.switches.take([FaultKind.WEBHOOK_REORDER], operation=event)
        self.store.add_delivery(replace(delivery, state="reordered") if reordered else delivery)
        for fault in self.switches.take([FaultKind.WEBHOOK_DUPLICATE], operation=event):
            for _ in range(fault.copies):
                self.send_again(delivery)
        if reordered and reordered[0].is_spent:
            self.release([each.id for each in reversed(self.store.deliveries(state="reordered"))])

    def send_again(self, delivery: Delivery) -> Delivery:
        """Queues a copy of a notification, now."""
        twin_id = self.new_id()
        now = self.now()
        twin = Delivery(
            id=twin_id,
            chain=twin_id,
            event=delivery.event,
            object_id=delivery.object_id,
            created_at=now,
            due_at=now,
            body=delivery.body,
        )
        self.store.add_delivery(twin)
        return twin

    def release(self, delivery_ids: list[str]) -> None:
        """Sends withheld notifications in this very order."""
        chain = self.new_id()
        for delivery_id in delivery_ids:
            delivery = self.store.delivery(delivery_id)
            if delivery is not None:
                self.store.remove_delivery(delivery_id)
                self.store.add_delivery(replace(delivery, chain=chain, state="waiting", due_at=self.now()))


def new_authorization(*, three_d_secure: bool) -> Authorization:
    """What a bank's answer looks like."""
    return Authorization(
        rrn=f"{secrets.randbelow(10**12):012}",
        auth_code=f"{secrets.randbelow(10**6):06}",
        three_d_secure=three_d_secure,
    )
