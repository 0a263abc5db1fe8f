"""The one place where what was learned of a payment becomes its state, together with its event."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import TypeAlias

import structlog

from cinema.contracts.ids import MethodId, PaymentId
from cinema.contracts.payments import (
    MethodRemoved,
    MethodSaved,
    PaymentCanceled,
    PaymentDeclined,
    PaymentNotFound,
    PaymentStatus,
    PaymentSucceeded,
)
from cinema.kit.clock import Clock
from cinema.kit.db import Database, Tx
from cinema.kit.events import Event
from cinema.kit.ids import uuid7
from cinema.kit.outbox import publish
from cinema.payments.domain.attempt import Result
from cinema.payments.domain.decline import DECLINE_CLASSES, METHOD_ENDING, DeclineReason
from cinema.payments.domain.method import MethodEnd
from cinema.payments.domain.payment import Absent, News, NotDone, Payment, after
from cinema.payments.domain.port import Answer, Instrument, Provider, Rejected, Seen, Succeeded, Unknown
from cinema.payments.domain.trust import Identity, differences
from cinema.payments.service.steps import Step, Steps
from cinema.payments.store import attempts, methods, payments

Learned: TypeAlias = Answer | NotDone | Absent
"""What came of asking a provider."""

BATCH = 100
"""How much due work one claim takes."""

CHARGE_JOB = "payments.charge"
RECONCILE_JOB = "payments.reconcile"

log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """How the payment stands. ``refused`` names what in the answer was not believed; ``moved``: its status changed."""

    payment: Payment
    moved: bool
    refused: str | None


def identity_of(provider: Provider) -> Identity:
    """Who we are at this provider."""
    return Identity(account=provider.account, is_test=provider.is_test)


class Recorder:
    """Moves payments through their table."""

    def __init__(self, *, db: Database, clock: Clock, steps: Steps) -> None:
        self._db = db
        self._clock = clock
        self._steps = steps

    async def record(self, held: Payment, learned: Learned, *, identity: Identity, rebinds: bool = False) -> Payment:
        """Writes what came of asking about a claimed payment; returns how it stands then. See `record_in`."""

        async def work(tx: Tx) -> Recorded:
            return await self.record_in(tx, held.payment_id, learned, identity=identity, held=held, rebinds=rebinds)

        recorded = await self._db.transact(work)
        self._steps(Step.RECORD_COMMITTED)
        return recorded.payment

    async def record_in(
        self,
        tx: Tx,
        payment_id: PaymentId,
        learned: Learned,
        *,
        identity: Identity,
        held: Payment | None,
        rebinds: bool = False,
    ) -> Recorded:
        """Writes what was learned in the caller's transaction.

        What the provider shows of the payment always counts, if it is believed. That
        nothing happened, or that nobody knows, counts only while ``held`` is still held
        as it was claimed: a worker that was asleep must not speak for its successor.
        ``rebinds``: the provider's id was found by our own id and replaces a wrong one;
        so does the id of money that comes late. Raises `PaymentNotFound`.
        """
        now = self._clock.now()
        payment = await payments.lock(tx, payment_id)
        if payment is None:
            raise PaymentNotFound
        is_late = payment.is_unpaid and isinstance(learned, Seen) and isinstance(learned.state, Succeeded)
        refused = await self._refused(tx, payment, learned, identity=identity, rebinds=rebinds or is_late)
        if refused is not None or isinstance(learned, Rejected):
            log.error("payment.answer_refused", payment_id=str(payment_id), differs_in=refused, answer=repr(learned))
        is_shown = isinstance(learned, Seen) and refused is None
        if not is_shown and not _is_held(payment, held):
            return Recorded(payment=payment, moved=False, refused=refused)
        news = _news(learned, refused=refused)
        fresh = after(payment, news, now=now)
        if fresh is None:
            return Recorded(payment=payment, moved=False, refused=refused)
        if isinstance(learned, Seen) and is_shown:
            fresh = replace(fresh, provider_payment_id=learned.provider_payment_id)
        await self.change(tx, payment, fresh, instrument=news.instrument if isinstance(news, Succeeded) else None)
        result = _result(learned, payment=payment, refused=refused)
        if result is not None:
            await attempts.settle_charge(tx, payment_id, result=result, now=now)
        return Recorded(payment=fresh, moved=fresh.status is not payment.status, refused=refused)

    async def change(self, tx: Tx, before: Payment, fresh: Payment, *, instrument: Instrument | None = None) -> None:
        """Writes ``fresh`` in place of ``before``, which is locked, and publishes what that means."""
        now = self._clock.now()
        moved = fresh.status is not before.status
        events: list[Event] = []
        if moved and fresh.status is PaymentStatus.SUCCEEDED:
            fresh, saved = await self._with_method(tx, before, fresh, instrument, now=now)
            events = [_event(fresh, now=now), *saved]
        elif moved and fresh.is_over:
            events = [_event(fresh, now=now), *await self._without_method(tx, fresh, now=now)]
        await payments.save(tx, fresh)
        self._steps(Step.RECORD_CHANGED)
        await publish(tx, *events, now=now)
        self._steps(Step.RECORD_PUBLISHED)
        if fresh.next_attempt_at is not None and fresh.next_attempt_at <= now:
            tx.wake(CHARGE_JOB if fresh.status is PaymentStatus.CREATED else RECONCILE_JOB)
        if moved:
            facts = {"payment_id": str(fresh.payment_id), "order_id": str(fresh.request.order_id)}
            tell = log.warning if before.is_over else log.info
            tell("payment.recorded", **facts, before=before.status, status=fresh.status, reason=fresh.reason)

    async def _refused(
        self, tx: Tx, payment: Payment, learned: Learned, *, identity: Identity, rebinds: bool
    ) -> str | None:
        if not isinstance(learned, Seen):
            return None
        known = replace(payment, provider_payment_id=None) if rebinds else payment
        names = differences(learned, payment=known, identity=identity)
        if names:
            return ", ".join(names)
        owner = await payments.id_at_provider(
            tx, provider=payment.provider, provider_payment_id=learned.provider_payment_id
        )
        return None if owner in {None, payment.payment_id} else "provider_payment_id"

    async def _with_method(
        self, tx: Tx, before: Payment, payment: Payment, instrument: Instrument | None, *, now: datetime
    ) -> tuple[Payment, list[Event]]:
        """The paid payment with its method, which is stored if the payer agreed and the provider saved it."""
        request = payment.request
        title = instrument.title if instrument else None
        if request.method_id is not None:
            # What was never sent may name a method that nobody has.
            is_sure = not before.is_over and before.status is not PaymentStatus.CREATED
            is_there = is_sure or await methods.is_known(tx, request.method_id, user_id=request.user_id)
            return replace(payment, method_id=request.method_id if is_there else None, method_title=title), []
        if instrument is None or not (request.save_method and instrument.is_saved):
            return replace(payment, method_title=title), []
        await methods.lock_user(tx, request.user_id)
        method = await methods.keep(
            tx,
            instrument,
            method_id=MethodId(uuid7(now)),
            user_id=request.user_id,
            provider=payment.provider,
            now=now,
        )
        if method is None:
            log.error("method.token_of_another_user", payment_id=str(payment.payment_id))
            await methods.promote_newest(tx, request.user_id)
            return replace(payment, method_title=title), []
        event = MethodSaved(method_id=method.method_id, user_id=method.user_id, title=method.title)
        return replace(payment, method_id=method.method_id, method_title=method.title), [event]

    async def _without_method(self, tx: Tx, payment: Payment, *, now: datetime) -> list[Event]:
        """Ends the saved method if the refusal says that it is worth nothing any more."""
        request = payment.request
        if payment.reason not in METHOD_ENDING or request.method_id is None:
            return []
        await methods.lock_user(tx, request.user_id)
        if not await methods.end(tx, request.method_id, reason=MethodEnd.REVOKED, now=now):
            return []
        await methods.promote_newest(tx, request.user_id)
        return [MethodRemoved(method_id=request.method_id, user_id=request.user_id, reason=MethodEnd.REVOKED)]


def _is_held(payment: Payment, held: Payment | None) -> bool:
    if held is None:
        return False
    return (payment.status, payment.next_attempt_at) == (held.status, held.next_attempt_at)


def _news(learned: Learned, *, refused: str | None) -> News:
    if refused is not None:
        return Unknown(detail=f"the answer differs in {refused}")
    return learned.state if isinstance(learned, Seen) else learned


def _result(learned: Learned, *, payment: Payment, refused: str | None) -> Result | None:
    """How the open attempt ends, None while it stays open."""
    match learned:
        case Seen():
            return Result.ACCEPTED if refused is None else None
        case Rejected():
            return Result.REJECTED if payment.status is PaymentStatus.SENT else None
        case NotDone():
            is_over = payment.status is PaymentStatus.SENT and not learned.keeps_key
            return Result.REJECTED if is_over else None
        case Absent():
            return Result.ABSENT
        case Unknown():
            return None


def _event(payment: Payment, *, now: datetime) -> Event:
    request = payment.request
    if payment.status is PaymentStatus.SUCCEEDED:
        return PaymentSucceeded(
            payment_id=request.payment_id,
            order_id=request.order_id,
            user_id=request.user_id,
            amount=request.amount,
            fee=payment.fee,
            provider=payment.provider,
            method_id=payment.method_id,
            method_title=payment.method_title,
            captured_at=payment.captured_at or now,
        )
    assert payment.reason is not None
    if payment.status is PaymentStatus.DECLINED:
        return PaymentDeclined(
            payment_id=request.payment_id,
            order_id=request.order_id,
            user_id=request.user_id,
            amount=request.amount,
            reason=payment.reason,
            decline_class=DECLINE_CLASSES[DeclineReason(payment.reason)],
            method_id=request.method_id,
            declined_at=now,
        )
    return PaymentCanceled(
        payment_id=request.payment_id,
        order_id=request.order_id,
        user_id=request.user_id,
        amount=request.amount,
        reason=payment.reason,
        canceled_at=now,
    )
