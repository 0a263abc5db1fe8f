"""What random lives need of the world: viewers with many cards, and mails that may be held up."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from billing.stage import MailsPlayed, PaymentsPlayed
from cinema.contracts.billing import RenewalUpcoming
from cinema.contracts.ids import MethodId, PaymentId, UserId
from cinema.contracts.methods import method_words
from cinema.contracts.payments import MethodNotFound, MethodRemoved, PaymentRequest, PaymentSucceeded
from cinema.contracts.views.payments import MethodView
from cinema.kit.clock import ManualClock
from cinema.kit.db import Database, Tx
from cinema.kit.ids import uuid7


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """A card that may be charged, with a title that no other card has."""

    owner: UserId
    method: MethodView


class Wallets(PaymentsPlayed):
    """Payments of viewers who have any number of cards."""

    def __init__(self, db: Database, clock: ManualClock) -> None:
        super().__init__(db, clock)
        self.cards: dict[MethodId, Card] = {}
        self.titles: dict[MethodId, str] = {}
        """Of all cards, also those that were removed."""
        self.answered: set[PaymentId] = set()

    def of(self, user_id: UserId) -> list[MethodView]:
        return [card.method for card in self.cards.values() if card.owner == user_id]

    def open(self, user_id: UserId) -> list[PaymentRequest]:
        """The viewer's payments that have no result yet, oldest first."""
        return [one for one in self.requests.values() if one.user_id == user_id and one.payment_id not in self.answered]

    def add(self, user_id: UserId) -> MethodView:
        now = self._clock.now()
        title = f"Bank card *{len(self.titles):04}"
        method = MethodView(
            id=MethodId(uuid7(now)),
            title=title,
            label=method_words(title),
            kind="bank_card",
            is_default=False,
            saved_at=now,
        )
        self.cards[method.id], self.titles[method.id] = Card(owner=user_id, method=method), title
        return method

    async def remove(self, method_id: MethodId, *, reason: str) -> None:
        owner = self.cards.pop(method_id).owner
        await self.say(MethodRemoved(method_id=method_id, user_id=owner, reason=reason))

    async def methods(self, method_ids: Collection[MethodId]) -> Mapping[MethodId, MethodView]:
        return {its_id: self.cards[its_id].method for its_id in method_ids if its_id in self.cards}

    async def method_of(self, *, user_id: UserId, method_id: MethodId) -> MethodView:
        card = self.cards.get(method_id)
        if card is None or card.owner != user_id:
            raise MethodNotFound
        return card.method

    async def succeed(self, request: PaymentRequest, *, is_saved: bool = True) -> MethodId | None:  # type: ignore[override] # tells the card that was kept
        """The money comes; returns the method that may be charged again."""
        kept = self.add(request.user_id).id if is_saved and request.save_method else request.method_id
        event = PaymentSucceeded(
            payment_id=request.payment_id,
            order_id=request.order_id,
            user_id=request.user_id,
            amount=request.amount,
            fee=None,
            provider="played",
            method_id=kept,
            method_title=self.titles[kept] if kept else None,
            captured_at=self._clock.now(),
        )
        await self.say(event)
        return kept


class Letters(MailsPlayed):
    """Mails that tell when each notice was handed over, and hand over late what was held up."""

    def __init__(self, clock: ManualClock) -> None:
        super().__init__(clock)
        self.handed_over: dict[object, datetime] = {}
        self.times: list[datetime] = []
        """When each of what is told was written."""

    async def hear(self, tx: Tx, event: RenewalUpcoming) -> None:
        self.times.append(self._clock.now())
        await super().hear(tx, event)

    async def deliver(self, tx: Tx, event: RenewalUpcoming) -> None:
        self.handed_over[event.notice_id] = self._clock.now()
        await super().deliver(tx, event)

    async def catch_up(self, db: Database) -> None:
        """What was held up is handed over now."""
        self.is_working = True
        async with db.write() as tx:
            for event in self.told:
                if event.notice_id not in self.handed_over:
                    await self.deliver(tx, event)
