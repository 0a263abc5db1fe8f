"""The one place where what was learned of a refund becomes its state, together with its event."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TypeAlias

import structlog

from cinema.contracts.enums import PaymentStatus, RefundFailure, RefundStatus
from cinema.contracts.ids import PaymentId, RefundId
from cinema.contracts.payments import RefundFailed, RefundSucceeded
from cinema.kit.db import Database, Tx
from cinema.kit.ids import uuid7
from cinema.kit.outbox import publish
from cinema.payments.domain.attempt import attempt_result
from cinema.payments.domain.payment import Absent, NotDone, Payment
from cinema.payments.domain.port import RefundAnswer, Rejected, SeenRefund, Unknown
from cinema.payments.domain.refund import Refund, adopted, after, id_to_keep
from cinema.payments.domain.trust import refund_differences
from cinema.payments.service.crash_points import CrashPoint, Passes
from cinema.payments.store import attempts, payments, refunds

LearnedRefund: TypeAlias = RefundAnswer | NotDone | Absent
"""What came of asking a provider."""

NO_ROOM = "exceeds_payment"
"""With this, more would have gone back than the payment took."""

log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedRefund:
    """How the refund stands. ``refused`` names what in the answer was not believed, or `NO_ROOM`.

    ``may_fit``: it may fit later, when a refund that is under way has come to its end.
    """

    refund: Refund | None
    moved: bool
    refused: str | None
    may_fit: bool = False


class RefundRecorder:
    """Moves refunds through their table."""

    def __init__(self, *, db: Database, tried_for: timedelta, passes: Passes) -> None:
        self._db = db
        self._tried_for = tried_for
        self._passes = passes

    async def record(self, held: Refund, learned: LearnedRefund, *, rebinds: bool = False) -> Refund:
        """Writes what came of asking about a claimed refund; returns how it stands then."""

        async def work(tx: Tx) -> RecordedRefund:
            return await self.record_in(tx, held.refund_id, learned, held=held, rebinds=rebinds)

        recorded = await self._db.transact(work)
        self._passes(CrashPoint.REFUND_COMMITTED)
        return recorded.refund or held

    async def record_in(
        self, tx: Tx, refund_id: RefundId, learned: LearnedRefund, *, held: Refund | None, rebinds: bool = False
    ) -> RecordedRefund:
        """Writes what was learned in the caller's transaction, as `Recorder.record_in` does for payments.

        Money that went back although the refund counts as failed is set aside again, if there is room.
        """
        now = tx.now
        refund = await refunds.lock(tx, refund_id)
        assert refund is not None, "refunds are never deleted"
        is_late = refund.status is RefundStatus.FAILED
        refused = await self._refused(tx, refund, learned, rebinds=rebinds or is_late)
        if refused is not None or isinstance(learned, Rejected):
            log.error("refund.answer_refused", refund_id=str(refund_id), differs_in=refused, answer=repr(learned))
        is_shown = isinstance(learned, SeenRefund) and refused is None
        is_held = held is not None and (refund.status, refund.next_attempt_at) == (held.status, held.next_attempt_at)
        if not is_shown and not is_held:
            return RecordedRefund(refund=refund, moved=False, refused=refused)
        news = learned if refused is None else Unknown(detail=f"the answer differs in {refused}")
        fresh = after(refund, news, tried_for=self._tried_for, now=now)
        if fresh is None:
            return RecordedRefund(refund=refund, moved=False, refused=None)
        if is_late and not await payments.reserve_refund(
            tx, fresh.request.payment_id, minor=fresh.request.amount.minor
        ):
            return await self._no_room(tx, fresh.request.payment_id, refund=refund)
        if isinstance(learned, SeenRefund) and is_shown:
            fresh = replace(fresh, provider_refund_id=id_to_keep(fresh, learned))
        await self.write(tx, [(refund, fresh)])
        result = attempt_result(learned, was_sent=refund.status is RefundStatus.SENT, refused=refused)
        if is_shown and fresh.status is RefundStatus.CREATED:
            await attempts.refuse_refund(tx, refund_id, now=now)
        elif result is not None:
            await attempts.settle_refunds(tx, {refund_id: result}, now=now)
        return RecordedRefund(refund=fresh, moved=fresh.status is not refund.status, refused=refused)

    async def adopt_in(self, tx: Tx, payment: Payment, seen: SeenRefund) -> RecordedRefund:
        """Stores a refund that somebody made at the provider, with its event; ``payment`` is locked.

        ``seen`` is what the provider shows of it. Refused is what does not fit the payment,
        and, for the time being, what may be one of ours whose answer has not come.
        """
        now = tx.now
        amount, paid = seen.amount, payment.amount
        if await refunds.id_at_provider(tx, provider=payment.provider, provider_refund_id=seen.provider_refund_id):
            return RecordedRefund(refund=None, moved=False, refused=None)
        if payment.status is not PaymentStatus.SUCCEEDED:
            return RecordedRefund(refund=None, moved=False, refused="payment_unpaid")
        if amount.currency != paid.currency or amount.minor <= 0:
            log.critical("refund.strange", payment_id=str(payment.payment_id), amount=str(amount))
            return RecordedRefund(refund=None, moved=False, refused="amount")
        if seen.refund_id is None and await refunds.is_awaited(tx, payment.payment_id, minor=amount.minor):
            return RecordedRefund(refund=None, moved=False, refused="refund_unknown", may_fit=True)
        if not await payments.reserve_refund(tx, payment.payment_id, minor=amount.minor):
            return await self._no_room(tx, payment.payment_id, refund=None)
        request = (await payments.requests(tx, [payment.payment_id]))[payment.payment_id]
        refund = adopted(seen, paid=request, provider=payment.provider, refund_id=RefundId(uuid7(now)), now=now)
        await refunds.insert(tx, refund)
        self._passes(CrashPoint.REFUND_CHANGED)
        await publish(tx, _event(refund, now=now))
        log.warning("refund.adopted", refund_id=str(refund.refund_id), payment_id=str(payment.payment_id))
        return RecordedRefund(refund=refund, moved=True, refused=None)

    async def write(self, tx: Tx, changes: Sequence[tuple[Refund, Refund]], *, is_reserved: bool = True) -> None:
        """Writes each second refund in place of the first, which is locked, and publishes what that means."""
        await refunds.save(tx, [after for _, after in changes])
        for _ in changes:
            self._passes(CrashPoint.REFUND_CHANGED)
        moved = [(before, after) for before, after in changes if after.status is not before.status]
        if is_reserved:
            sums: Counter[PaymentId] = Counter()
            for _, after in moved:
                if after.status is RefundStatus.FAILED:
                    sums[after.request.payment_id] += after.request.amount.minor
            await payments.release_refunds(tx, sums)
        await publish(tx, *(_event(after, now=tx.now) for _, after in moved if after.is_over))
        for before, after in moved:
            tell = log.warning if before.is_over else log.info
            facts = {"before": before.status, "status": after.status, "reason": after.reason}
            tell("refund.recorded", refund_id=str(after.refund_id), **facts)

    async def _no_room(self, tx: Tx, payment_id: PaymentId, *, refund: Refund | None) -> RecordedRefund:
        """What goes back without our doing cannot be set aside; a person is told, unless that may still change."""
        may_fit = await refunds.is_under_way(tx, payment_id)
        if not may_fit:
            log.critical("refund.exceeds_payment", payment_id=str(payment_id))
        return RecordedRefund(refund=refund, moved=False, refused=NO_ROOM, may_fit=may_fit)

    async def _refused(self, tx: Tx, refund: Refund, learned: LearnedRefund, *, rebinds: bool) -> str | None:
        if not isinstance(learned, SeenRefund):
            return None
        known = replace(refund, provider_refund_id=None) if rebinds else refund
        at_provider = await payments.provider_ids(tx, [refund.request.payment_id])
        names = refund_differences(
            learned, refund=known, provider_payment_id=at_provider.get(refund.request.payment_id)
        )
        if names:
            return ", ".join(names)
        owner = await refunds.id_at_provider(
            tx, provider=refund.provider, provider_refund_id=learned.provider_refund_id
        )
        return None if owner in {None, refund.refund_id} else "provider_refund_id"


def _event(refund: Refund, *, now: datetime) -> RefundSucceeded | RefundFailed:
    request = refund.request
    if refund.status is RefundStatus.SUCCEEDED:
        return RefundSucceeded(
            refund_id=request.refund_id,
            payment_id=request.payment_id,
            order_id=request.order_id,
            user_id=request.user_id,
            amount=request.amount,
            provider=refund.provider,
            refunded_at=now,
            origin=refund.origin,
        )
    assert refund.reason is not None
    return RefundFailed(
        refund_id=request.refund_id,
        payment_id=request.payment_id,
        order_id=request.order_id,
        user_id=request.user_id,
        amount=request.amount,
        reason=RefundFailure(refund.reason),
        failed_at=now,
    )
