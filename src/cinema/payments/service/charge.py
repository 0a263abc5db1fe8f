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

import structlog

from cinema.contracts.ids import MethodId, PaymentId
from cinema.contracts.payments import PaymentConflict, PaymentNotFound, PaymentRequest, PaymentStatus
from cinema.kit.clock import Clock
from cinema.kit.db import Database, Tx
from cinema.kit.ids import uuid7
from cinema.payments.domain.attempt import Attempt, Result
from cinema.payments.domain.method import Method
from cinema.payments.domain.payment import Payment, claimed, new_payment, unsendable, with_wish_to_give_up
from cinema.payments.domain.port import ChargeOrder, Provider, Sealed
from cinema.payments.service.calls import ask
from cinema.payments.service.record import BATCH, CHARGE_JOB, RECONCILE_JOB, Recorder, identity_of
from cinema.payments.service.steps import Step, Steps
from cinema.payments.store import attempts, methods, payments

log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
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
        steps: Steps,
    ) -> None:
        self._db = db
        self._clock = clock
        self._providers = providers
        self._default_provider = default_provider
        self._recorder = recorder
        self._steps = steps

    async def accept(self, tx: Tx, request: PaymentRequest) -> None:
        """Puts a request in line unless it is known. Raises `PaymentConflict` like `request`."""
        known = await payments.find(tx, request.payment_id)
        if known is None or known.request != request:
            await self._stored(tx, request)
            tx.wake(CHARGE_JOB)

    async def request(self, request: PaymentRequest) -> Payment:
        """Stores a request unless it is known, and charges it now if it waits for that.

        Raises `PaymentConflict` when the id stands for another request or the order has
        another payment that is under way or paid.
        """

        async def work(tx: Tx) -> tuple[Payment, list[Claim]]:
            payment = await self._stored(tx, request)
            if payment.status is not PaymentStatus.CREATED:
                return payment, []
            claims = await self._claim(tx, [payment])
            if not claims:
                payment = await payments.find(tx, request.payment_id) or payment
            return payment, claims

        payment, claims = await self._db.transact(work)
        for claim in claims:
            payment = await self.carry_out(claim) or claim.payment
        return payment

    async def _stored(self, tx: Tx, request: PaymentRequest) -> Payment:
        """The payment of this request, new or known, locked. Raises `PaymentConflict`."""
        payment = new_payment(request, provider=await self._provider_for(tx, request), now=self._clock.now())
        if await payments.insert(tx, payment):
            self._steps(Step.CHARGE_STORED)
            return payment
        known = await payments.lock(tx, request.payment_id)
        if known is None:
            raise PaymentConflict("This order has another payment that is under way or paid.")
        if known.request != request:
            raise PaymentConflict
        return known

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
        now = self._clock.now()
        wished = with_wish_to_give_up(payment, now=now)
        if wished.status is PaymentStatus.CREATED:
            over = unsendable(wished, method_is_active=True, now=now)
            assert over is not None
            await self._recorder.change(tx, payment, over)
            return over
        await payments.save(tx, wished)
        tx.wake(RECONCILE_JOB)
        return wished

    async def claim_due(self) -> list[Claim]:
        """Claims a batch of payments whose time has come."""

        async def work(tx: Tx) -> list[Claim]:
            due = await payments.claim_due(
                tx, statuses=payments.TO_CHARGE, providers=self._providers, now=self._clock.now(), limit=BATCH
            )
            return await self._claim(tx, due)

        return await self._db.transact(work)

    async def carry_out(self, claim: Claim) -> Payment | None:
        """Sends what was claimed and records the answer; None when the claim was held too long to be used."""
        lease_until = claim.payment.next_attempt_at
        if lease_until is None or self._clock.now() >= lease_until:
            return None
        self._steps(Step.CHARGE_SENDING)
        provider = self._providers[claim.payment.provider]
        learned = await ask(provider.charge(claim.attempt.sealed))
        self._steps(Step.CHARGE_ANSWERED)
        return await self._recorder.record(claim.payment, learned, identity=identity_of(provider))

    async def _provider_for(self, tx: Tx, request: PaymentRequest) -> str:
        """A saved method is charged where it was saved."""
        if request.method_id is not None:
            method = (await methods.lock_active(tx, [request.method_id])).get(request.method_id)
            if method is not None:
                return method.provider
        return self._default_provider

    async def _claim(self, tx: Tx, due: Sequence[Payment]) -> list[Claim]:
        """Claims locked, created payments; those that may not be sent any more end here.

        The methods stay locked until the commit, so that a removal comes either before
        the claim, and nothing is sent, or after it.
        """
        now = self._clock.now()
        active = await methods.lock_active(tx, {one.request.method_id for one in due if one.request.method_id})
        latest = await attempts.latest_charges(tx, [one.payment_id for one in due if one.tries])
        claims: list[Claim] = []
        fresh: list[Attempt] = []
        again: list[Attempt] = []
        for payment in due:
            method = chargeable(payment, active)
            over = unsendable(payment, method_is_active=method is not None or not payment.request.method_id, now=now)
            attempt = latest.get(payment.payment_id)
            keeps_key = self._keeps_key(payment, attempt)
            if attempt is not None and attempt.is_open and (over is not None or not keeps_key):
                await attempts.settle_charge(tx, payment.payment_id, result=Result.ABSENT, now=now)
            if over is not None:
                await self._recorder.change(tx, payment, over)
                continue
            if attempt is not None and keeps_key:
                again.append(attempt)
            else:
                attempt = self._new_attempt(payment, method)
                fresh.append(attempt)
            claims.append(Claim(payment=claimed(payment, now=now), attempt=attempt))
        await attempts.insert(tx, fresh)
        await attempts.send_again(tx, again, now=now)
        await payments.save(tx, *(claim.payment for claim in claims))
        self._steps(Step.CHARGE_CLAIMED)
        return claims

    def _keeps_key(self, payment: Payment, attempt: Attempt | None) -> bool:
        lifetime = self._providers[payment.provider].capabilities.key_lifetime
        now = self._clock.now()
        return attempt is not None and attempt.is_open and attempt.may_repeat(key_lifetime=lifetime, now=now)

    def _new_attempt(self, payment: Payment, method: Method | None) -> Attempt:
        now = self._clock.now()
        request = payment.request
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


def chargeable(payment: Payment, active: Mapping[MethodId, Method]) -> Method | None:
    """The saved method that this payment may charge: active, the same user's, at the same provider."""
    wanted = payment.request.method_id
    method = active.get(wanted) if wanted else None
    if method is None or method.user_id != payment.request.user_id or method.provider != payment.provider:
        return None
    return method
