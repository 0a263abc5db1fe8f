"""Charging: claim, call, record.

1. Claim, in a short transaction: the payment becomes ``sent``, and the attempt is stored
   with its idempotency key and its exact bytes.
2. Call the provider, with no transaction open.
3. Record the answer with its event, in a second short transaction.

A process that dies on the way leaves ``sent`` behind; when the lease ends, `Reconciler`
takes it for ``unknown`` and finds out. Nothing here ever charges an unknown payment again.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import structlog

from cinema.contracts.enums import PaymentStatus
from cinema.contracts.ids import MethodId, PaymentId
from cinema.contracts.payments import PaymentConflict, PaymentNotFound, PaymentRequest
from cinema.kit.clock import Clock
from cinema.kit.db import Database, Tx
from cinema.kit.ids import uuid7
from cinema.payments.domain.attempt import Attempt
from cinema.payments.domain.finding import Finding, ended_unsent
from cinema.payments.domain.method import Method
from cinema.payments.domain.payment import Payment, claimed, new_payment, unsendable, with_wish_to_give_up
from cinema.payments.domain.port import ChargeOrder, Provider, Sealed
from cinema.payments.domain.sending import chargeable, plan_charges
from cinema.payments.service.calls import ask
from cinema.payments.service.crash_points import CrashPoint, Passes
from cinema.payments.service.record import CHARGE_JOB, RECONCILE_JOB, Recorder, identity_of
from cinema.payments.store import attempts, methods, payments

log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimedCharge:
    """A payment that this worker, and nobody else, charges until its lease ends."""

    payment: Payment
    attempt: Attempt


class Charges:
    """Takes requests in and carries them out."""

    def __init__(
        self,
        *,
        db: Database,
        clock: Clock,
        providers: Mapping[str, Provider],
        default_provider: str,
        recorder: Recorder,
        passes: Passes,
    ) -> None:
        self._db = db
        self._clock = clock
        self._providers = providers
        self._default_provider = default_provider
        self._recorder = recorder
        self._passes = passes
        self._key_lifetimes = {name: one.capabilities.key_lifetime for name, one in providers.items()}

    async def accept(self, tx: Tx, requests: Sequence[PaymentRequest]) -> None:
        """Puts requests in line, unless they are known. Raises `PaymentConflict` like `request`, whichever it is."""
        known = await payments.requests(tx, [one.payment_id for one in requests])
        if await self._store(tx, [one for one in requests if known.get(one.payment_id) != one]):
            tx.wake(CHARGE_JOB)

    async def request(self, request: PaymentRequest) -> Payment:
        """Stores a request unless it is known, and charges it now if it waits for that.

        Raises `PaymentConflict` when the id stands for another request or the order has
        another payment that is under way or paid.
        """

        async def work(tx: Tx) -> tuple[Payment, list[ClaimedCharge]]:
            stored = await self._store(tx, [request])
            payment = stored.get(request.payment_id) or await payments.lock(tx, request.payment_id)
            assert payment is not None
            if payment.status is not PaymentStatus.CREATED:
                return payment, []
            claims = await self._claim(tx, [payment], requests={request.payment_id: request})
            if not claims:
                payment = await payments.find(tx, request.payment_id) or payment
            return payment, claims

        payment, claims = await self._db.transact(work)
        for claim in claims:
            payment = await self.carry_out(claim) or claim.payment
        return payment

    async def _store(self, tx: Tx, requests: Sequence[PaymentRequest]) -> dict[PaymentId, Payment]:
        """Stores the payments of these requests, unless they are known; returns those that are new.

        Raises `PaymentConflict`.
        """
        wanted = {one.payment_id: one for one in requests}
        if any(wanted[one.payment_id] != one for one in requests):
            raise PaymentConflict
        saved_at = await methods.providers_of(tx, {one.method_id for one in requests if one.method_id})
        new = [new_payment(one, provider=self._provider_for(one, saved_at), now=tx.now) for one in wanted.values()]
        stored = await payments.insert(tx, new, requests=wanted)
        known = await payments.requests(tx, [payment_id for payment_id in wanted if payment_id not in stored])
        for payment_id, request in wanted.items():
            if payment_id in stored:
                self._passes(CrashPoint.CHARGE_STORED)
            elif payment_id not in known:
                raise PaymentConflict("This order has another payment that is under way or paid.")
            elif known[payment_id] != request:
                raise PaymentConflict
        return {one.payment_id: one for one in new if one.payment_id in stored}

    def _provider_for(self, request: PaymentRequest, saved_at: Mapping[MethodId, str]) -> str:
        """A saved method is charged where it was saved."""
        known = saved_at.get(request.method_id) if request.method_id else None
        return known or self._default_provider

    async def give_up(self, tx: Tx, payment_id: PaymentId) -> Payment:
        """Ends a payment that was never sent; otherwise notes the wish, which lets go of money that is held.

        A payment at the provider's page ends only there: paid, or not confirmed in time.
        Raises `PaymentNotFound`.
        """
        payment = await payments.lock(tx, payment_id)
        if payment is None:
            raise PaymentNotFound
        if payment.is_over:
            return payment
        now = tx.now
        wished = with_wish_to_give_up(payment, now=now)
        if wished.status is PaymentStatus.CREATED:
            over = unsendable(wished, method_is_active=True, now=now)
            assert over is not None
            await self._recorder.write(tx, [ended_unsent(payment, over, now=now)])
            return over
        await payments.save(tx, [wished])
        tx.wake(RECONCILE_JOB)
        return wished

    async def claim_due(self, limit: int) -> list[ClaimedCharge]:
        """Claims at most ``limit`` payments whose time has come, all of which have to be carried out at once."""

        async def work(tx: Tx) -> tuple[int, list[ClaimedCharge]]:
            due = await payments.due_to_charge(tx, providers=self._providers, now=tx.now, limit=limit)
            return len(due), await self._claim(tx, due)

        while True:
            found, claims = await self._db.transact(work)
            if claims or found < limit:  # otherwise all of them ended unsent, and more may be due
                return claims

    async def carry_out(self, claim: ClaimedCharge) -> Payment | None:
        """Sends what was claimed and records the answer; None when the claim was held too long to be used."""
        lease_until = claim.payment.next_attempt_at
        if lease_until is None or self._clock.now() >= lease_until:
            return None
        self._passes(CrashPoint.CHARGE_SENDING)
        provider = self._providers[claim.payment.provider]
        learned = await ask(provider.charge(claim.attempt.sealed))
        self._passes(CrashPoint.CHARGE_ANSWERED)
        finding = Finding(
            payment_id=claim.payment.payment_id, learned=learned, identity=identity_of(provider), held=claim.payment
        )
        return await self._recorder.record(finding)

    async def _claim(
        self, tx: Tx, due: Sequence[Payment], *, requests: Mapping[PaymentId, PaymentRequest] | None = None
    ) -> list[ClaimedCharge]:
        """Claims locked, created payments; those that may not be sent any more end here.

        The methods stay locked until the commit, so that a removal comes either before
        the claim, and nothing is sent, or after it. However many there are, the number
        of statements is the same. ``requests`` spares looking them up.
        """
        now = tx.now
        active = await methods.lock_active(tx, {one.wanted_method_id for one in due if one.wanted_method_id})
        latest = await attempts.latest_charges(tx, [one.payment_id for one in due if one.tries])
        plan = plan_charges(due, active=active, latest=latest, key_lifetimes=self._key_lifetimes, now=now)
        await self._recorder.write(tx, plan.ended)
        await attempts.settle_charges(tx, plan.lost, now=now)
        fresh = [one for one in plan.to_send if one.payment_id not in plan.repeats]
        wanted = requests or await payments.requests(tx, [one.payment_id for one in fresh])
        made = {
            one.payment_id: self._new_attempt(one, wanted[one.payment_id], chargeable(one, active), now=now)
            for one in fresh
        }
        await attempts.insert(tx, list(made.values()))
        await attempts.send_again(tx, list(plan.repeats.values()), now=now)
        open_attempts = {**made, **plan.repeats}
        claims = [
            ClaimedCharge(payment=claimed(one, now=now), attempt=open_attempts[one.payment_id]) for one in plan.to_send
        ]
        await payments.save(tx, [claim.payment for claim in claims])
        for _ in claims:
            self._passes(CrashPoint.CHARGE_CLAIMED)
        return claims

    def _new_attempt(
        self, payment: Payment, request: PaymentRequest, method: Method | None, *, now: datetime
    ) -> Attempt:
        attempt_id = uuid7(now)
        body = self._providers[payment.provider].write_charge(
            ChargeOrder(
                payment_id=request.payment_id,
                order_id=request.order_id,
                user_id=request.user_id,
                amount=request.amount,
                description=request.description,
                language=request.language,
                receipt=request.receipt,
                method_token=method.token if method else None,
                save_method=request.save_method,
                return_url=request.return_url,
            )
        )
        return Attempt(
            attempt_id=attempt_id,
            payment_id=request.payment_id,
            refund_id=None,
            sealed=Sealed(key=str(attempt_id), body=body),
            sends=1,
            first_sent_at=now,
            last_sent_at=now,
        )
