"""Refunding: claim, call, record, and finding out what became of it.

The sum is set aside on the payment when the request is stored, so that refunds never
exceed what was taken, however many are asked for at once.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from cinema.contracts.enums import PaymentStatus, RefundFailure, RefundStatus
from cinema.contracts.ids import RefundId
from cinema.contracts.payments import PaymentConflict, PaymentNotFound, RefundRequest
from cinema.kit.clock import Clock
from cinema.kit.db import Database, Tx
from cinema.kit.ids import uuid7
from cinema.payments.domain.attempt import Attempt, Result
from cinema.payments.domain.payment import Absent, Payment, check_receipt
from cinema.payments.domain.port import Provider, RefundOrder, Rejected, Sealed, Unknown
from cinema.payments.domain.refund import Refund, claimed, failed, leased, new_refund, unsendable
from cinema.payments.service.calls import ask
from cinema.payments.service.crash_points import CrashPoint, Passes
from cinema.payments.service.record_refund import LearnedRefund, RefundRecorder
from cinema.payments.store import attempts, payments, refunds

REFUND_JOB = "payments.refund"


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimedRefund:
    """A refund that this worker, and nobody else, deals with until its lease ends."""

    refund: Refund
    attempt: Attempt
    provider_payment_id: str


class Refunds:
    """Gives money back."""

    def __init__(
        self,
        *,
        db: Database,
        clock: Clock,
        providers: Mapping[str, Provider],
        recorder: RefundRecorder,
        tried_for: timedelta,
        passes: Passes,
    ) -> None:
        self._db = db
        self._clock = clock
        self._providers = providers
        self._recorder = recorder
        self._tried_for = tried_for
        self._passes = passes

    async def accept(self, tx: Tx, request: RefundRequest) -> Refund:
        """Stores a request unless it is known; returns the refund, locked.

        One that cannot be is stored as failed, with its event. Raises `PaymentNotFound`,
        and `PaymentConflict` when the id stands for another request.
        """
        now = tx.now
        payment = await payments.lock(tx, request.payment_id)
        if payment is None:
            raise PaymentNotFound
        known = await refunds.lock(tx, request.refund_id)
        if known is not None:
            if known.request != request:
                raise PaymentConflict("This refund id already stands for another request.")
            return known
        check_receipt(request.receipt, amount=request.amount)
        refund = new_refund(request, provider=payment.provider, now=now)
        if not await refunds.insert(tx, refund):
            raise PaymentConflict("This refund id already stands for another request.")
        failure = await self._reserve(tx, payment, request)
        if failure is not None:
            fresh = failed(refund, failure, now=now)
            await self._recorder.write(tx, [(refund, fresh)], is_reserved=False)
            return fresh
        tx.wake(REFUND_JOB)
        return refund

    async def request(self, request: RefundRequest) -> Refund:
        """Stores a request unless it is known, and sends it now if it waits for that."""

        async def work(tx: Tx) -> tuple[Refund, list[ClaimedRefund]]:
            refund = await self.accept(tx, request)
            if refund.status is not RefundStatus.CREATED:
                return refund, []
            claims = await self._claim(tx, [refund])
            return await refunds.lock(tx, request.refund_id) or refund, claims

        refund, claims = await self._db.transact(work)
        for claim in claims:
            refund = await self.carry_out(claim) or claim.refund
        return refund

    async def claim_due(self, limit: int) -> list[ClaimedRefund]:
        """Claims at most ``limit`` refunds whose time has come, all of which have to be carried out at once."""

        async def work(tx: Tx) -> tuple[int, list[ClaimedRefund]]:
            due = await refunds.due_to_send(tx, providers=self._providers, now=tx.now, limit=limit)
            return len(due), await self._claim(tx, due)

        while True:
            found, claims = await self._db.transact(work)
            if claims or found < limit:  # otherwise all of them ended unsent, and more may be due
                return claims

    async def carry_out(self, claim: ClaimedRefund) -> Refund | None:
        """Sends what was claimed and records the answer; None when the claim was held too long to be used."""
        if self._is_late(claim):
            return None
        self._passes(CrashPoint.REFUND_SENDING)
        learned = await ask(self._providers[claim.refund.provider].refund(claim.attempt.sealed))
        self._passes(CrashPoint.REFUND_ANSWERED)
        return await self._recorder.record(claim.refund, learned)

    async def claim_open(self, limit: int) -> list[ClaimedRefund]:
        """Leases at most ``limit`` refunds that were sent and whose end is not known, to be asked about at once."""

        async def work(tx: Tx) -> list[ClaimedRefund]:
            now = tx.now
            due = await refunds.due_to_ask_about(tx, providers=self._providers, now=now, limit=limit)
            latest = await attempts.latest_refunds(tx, [one.refund_id for one in due])
            at_provider = await payments.provider_ids(tx, [one.request.payment_id for one in due])
            claims = [
                ClaimedRefund(
                    refund=leased(one, now=now),
                    attempt=latest[one.refund_id],
                    provider_payment_id=at_provider[one.request.payment_id],
                )
                for one in due
            ]
            await refunds.save(tx, [claim.refund for claim in claims])
            await attempts.send_again(tx, [claim.attempt for claim in claims if self._repeats(claim)], now=now)
            return claims

        return await self._db.transact(work)

    async def reconcile(self, claim: ClaimedRefund) -> None:
        """Asks how an open refund stands and records the answer."""
        if self._is_late(claim):
            return
        learned = await self._ask(claim)
        found_anew = learned is None or isinstance(learned, Rejected)
        if learned is None or isinstance(learned, Rejected):
            learned = await self._look_up(claim)
        self._passes(CrashPoint.REFUND_ANSWERED)
        await self._recorder.record(claim.refund, learned, rebinds=found_anew)

    async def _ask(self, claim: ClaimedRefund) -> LearnedRefund | None:
        """What the provider says to the id or key that we have; None when there is neither."""
        provider = self._providers[claim.refund.provider]
        known = claim.refund.provider_refund_id
        if claim.refund.status is RefundStatus.PENDING and known is not None:
            return await ask(provider.read_refund(known))
        if self._repeats(claim):
            return await ask(provider.refund(claim.attempt.sealed))
        return None

    async def _reserve(self, tx: Tx, payment: Payment, request: RefundRequest) -> RefundFailure | None:
        if payment.status is not PaymentStatus.SUCCEEDED or payment.amount.currency != request.amount.currency:
            return RefundFailure.NOT_REFUNDABLE
        is_reserved = await payments.reserve_refund(tx, payment.payment_id, minor=request.amount.minor)
        return None if is_reserved else RefundFailure.EXCEEDS_PAYMENT

    async def _claim(self, tx: Tx, due: Sequence[Refund]) -> list[ClaimedRefund]:
        now = tx.now
        latest = await attempts.latest_refunds(tx, [one.refund_id for one in due])
        at_provider = await payments.provider_ids(tx, [one.request.payment_id for one in due])
        claims: list[ClaimedRefund] = []
        fresh: list[Attempt] = []
        again: list[Attempt] = []
        lost: dict[RefundId, Result] = {}
        ended: list[tuple[Refund, Refund]] = []
        for refund in due:
            over = unsendable(refund, tried_for=self._tried_for, now=now)
            attempt = latest.get(refund.refund_id)
            keeps_key = attempt is not None and attempt.is_open and self._key_lives(refund, attempt)
            if attempt is not None and attempt.is_open and (over is not None or not keeps_key):
                lost[refund.refund_id] = Result.ABSENT
            if over is not None:
                ended.append((refund, over))
                continue
            provider_payment_id = at_provider[refund.request.payment_id]
            if attempt is not None and keeps_key:
                again.append(attempt)
            else:
                attempt = self._new_attempt(refund, provider_payment_id, now=now)
                fresh.append(attempt)
            held = claimed(refund, now=now)
            claims.append(ClaimedRefund(refund=held, attempt=attempt, provider_payment_id=provider_payment_id))
        await attempts.settle_refunds(tx, lost, now=now)
        await self._recorder.write(tx, ended)
        await attempts.insert(tx, fresh)
        await attempts.send_again(tx, again, now=now)
        await refunds.save(tx, [claim.refund for claim in claims])
        for _ in claims:
            self._passes(CrashPoint.REFUND_CLAIMED)
        return claims

    def _new_attempt(self, refund: Refund, provider_payment_id: str, *, now: datetime) -> Attempt:
        request = refund.request
        attempt_id = uuid7(now)
        body = self._providers[refund.provider].write_refund(
            RefundOrder(
                refund_id=request.refund_id,
                provider_payment_id=provider_payment_id,
                amount=request.amount,
                description=request.description,
                receipt=request.receipt,
            )
        )
        return Attempt(
            attempt_id=attempt_id,
            payment_id=request.payment_id,
            refund_id=request.refund_id,
            sealed=Sealed(key=str(attempt_id), body=body),
            sends=1,
            first_sent_at=now,
            last_sent_at=now,
        )

    async def _look_up(self, claim: ClaimedRefund) -> LearnedRefund:
        since, until = claim.attempt.created_between()
        found = await ask(
            self._providers[claim.refund.provider].look_up_refund(
                refund_id=claim.refund.refund_id,
                provider_payment_id=claim.provider_payment_id,
                since=since,
                until=until,
            )
        )
        if found is not None:
            return found
        if claim.attempt.is_open and claim.attempt.absence_is_certain(now=self._clock.now()):
            return Absent()
        return Unknown(detail="the provider does not list it")

    def _key_lives(self, refund: Refund, attempt: Attempt) -> bool:
        lifetime = self._providers[refund.provider].capabilities.key_lifetime
        return attempt.may_repeat(key_lifetime=lifetime, now=self._clock.now())

    def _repeats(self, claim: ClaimedRefund) -> bool:
        is_unknown = claim.refund.status is RefundStatus.UNKNOWN
        return is_unknown and claim.attempt.is_open and self._key_lives(claim.refund, claim.attempt)

    def _is_late(self, claim: ClaimedRefund) -> bool:
        lease_until = claim.refund.next_attempt_at
        return lease_until is None or self._clock.now() >= lease_until
