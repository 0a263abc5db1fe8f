"""Finding out how payments stand that are not waiting to be charged, and not certainly over.

- ``sent`` past its lease and ``unknown``: the same bytes go out again under the same key
  while the provider knows it, which tells the result of the first time. Afterwards, or
  when the money is not wanted any more, the payment is looked up by our id instead.
- ``pending``: read. Notifications come first as a rule; this is the safety net.
- ``waiting_for_capture``: captured, or let go when it was given up.
- over, but only because we gave up on what may have left us: looked up twice more, an hour
  and a day later, so that money is found even if nobody tells us of it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from cinema.contracts.enums import PaymentStatus
from cinema.kit.clock import Clock
from cinema.kit.db import Database, Tx
from cinema.payments.domain.attempt import Attempt
from cinema.payments.domain.finding import Finding, Learned
from cinema.payments.domain.payment import Absent, Payment, leased, looked_for
from cinema.payments.domain.port import Provider, Rejected, Seen, Unknown
from cinema.payments.domain.sending import may_charge
from cinema.payments.service.calls import ask
from cinema.payments.service.crash_points import CrashPoint, Passes
from cinema.payments.service.record import Recorder, identity_of
from cinema.payments.store import attempts, methods, payments


class Action(StrEnum):
    """What is asked of the provider."""

    REPEAT = "repeat"
    LOOK_UP = "look_up"
    READ = "read"
    CAPTURE = "capture"
    RELEASE = "release"
    LOOK_AGAIN = "look_again"


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """An open payment in this worker's hands, and what to ask."""

    payment: Payment
    attempt: Attempt | None
    action: Action


def choose(
    payment: Payment, attempt: Attempt | None, *, method_is_active: bool, key_lifetime: timedelta, now: datetime
) -> Action:
    """What to ask about a payment that is or may be open at the provider."""
    if payment.is_over:
        return Action.LOOK_AGAIN
    if payment.status is PaymentStatus.WAITING_FOR_CAPTURE:
        return Action.RELEASE if payment.given_up else Action.CAPTURE
    if payment.status is PaymentStatus.PENDING:
        return Action.READ
    is_wanted = method_is_active and not payment.given_up and now < payment.expires_at
    is_repeatable = attempt is not None and attempt.is_open and attempt.may_repeat(key_lifetime=key_lifetime, now=now)
    return Action.REPEAT if is_wanted and is_repeatable else Action.LOOK_UP


class Reconciler:
    """Brings open payments to an end."""

    def __init__(
        self, *, db: Database, clock: Clock, providers: Mapping[str, Provider], recorder: Recorder, passes: Passes
    ) -> None:
        self._db = db
        self._clock = clock
        self._providers = providers
        self._recorder = recorder
        self._passes = passes

    async def claim_due(self, limit: int) -> list[Question]:
        """Leases at most ``limit`` payments whose time to be asked about has come, to be carried out at once."""

        async def work(tx: Tx) -> list[Question]:
            now = tx.now
            due = await payments.due_to_ask_about(tx, providers=self._providers, now=now, limit=limit)
            active = await methods.lock_active(tx, {one.wanted_method_id for one in due if one.wanted_method_id})
            latest = await attempts.latest_charges(tx, [one.payment_id for one in due])
            over = [one.payment_id for one in due if one.is_over]
            first_sent = await attempts.first_sent(tx, over) if over else {}
            questions = []
            for payment in due:
                held = leased(payment, now=now)
                attempt = latest.get(payment.payment_id)
                if attempt is not None and payment.payment_id in first_sent:
                    attempt = replace(attempt, first_sent_at=first_sent[payment.payment_id])
                action = choose(
                    held,
                    attempt,
                    method_is_active=may_charge(payment, active),
                    key_lifetime=self._providers[payment.provider].capabilities.key_lifetime,
                    now=now,
                )
                questions.append(Question(payment=held, attempt=attempt, action=action))
            await payments.save(tx, [one.payment for one in questions])
            again = [one.attempt for one in questions if one.attempt and one.action is Action.REPEAT]
            await attempts.send_again(tx, again, now=now)
            return questions

        questions = await self._db.transact(work)
        for _ in questions:
            self._passes(CrashPoint.RECONCILE_CLAIMED)
        return questions

    async def carry_out(self, question: Question) -> None:
        """Asks and records the answer, unless the lease is over."""
        lease_until = question.payment.next_attempt_at
        if lease_until is None or self._clock.now() >= lease_until:
            return
        if question.action is Action.LOOK_AGAIN:
            await self._look_again(question)
            return
        learned, rebinds = await self._ask(question)
        self._passes(CrashPoint.RECONCILE_ANSWERED)
        finding = self._finding(question, learned)
        await self._recorder.record(replace(finding, held=question.payment, rebinds=rebinds))

    async def _ask(self, question: Question) -> tuple[Learned, bool]:
        """What the provider says, and whether its id for the payment was found anew."""
        if question.action is Action.LOOK_UP:
            return await self._look_up(question), True
        answer = await self._call(question)
        if not isinstance(answer, Rejected):
            return answer, False
        if question.action in {Action.REPEAT, Action.READ}:
            return await self._look_up(question), True
        return await self._call(replace(question, action=Action.READ)), False

    async def _look_again(self, question: Question) -> None:
        """Records money of a payment that we gave up on, or plans the next look."""
        learned = await self._look_up(question)
        self._passes(CrashPoint.RECONCILE_ANSWERED)
        finding = replace(self._finding(question, learned), rebinds=True)
        is_sure = question.attempt is None or isinstance(learned, Seen | Absent)

        async def work(tx: Tx) -> None:
            payment = await payments.lock(tx, question.payment.payment_id)
            if isinstance(learned, Seen):
                [changes] = await self._recorder.record_in(tx, [finding])
                payment = changes.after
            if payment is not None and payment.is_unpaid:
                await payments.save(tx, [looked_for(payment, is_sure=is_sure, now=tx.now)])

        await self._db.transact(work)

    def _finding(self, question: Question, learned: Learned) -> Finding:
        identity = identity_of(self._providers[question.payment.provider])
        return Finding(payment_id=question.payment.payment_id, learned=learned, identity=identity)

    async def _call(self, question: Question) -> Learned:
        provider = self._providers[question.payment.provider]
        payment_id, known = question.payment.payment_id, question.payment.provider_payment_id
        if question.attempt is not None and question.action is Action.REPEAT:
            return await ask(provider.charge(question.attempt.sealed))
        assert known is not None, "what the provider holds or works on has its id"
        if question.action is Action.READ:
            return await ask(provider.read(known))
        if question.action is Action.CAPTURE:
            return await ask(provider.capture(provider_payment_id=known, key=f"{payment_id}-capture"))
        return await ask(provider.cancel(provider_payment_id=known, key=f"{payment_id}-cancel"))

    async def _look_up(self, question: Question) -> Learned:
        provider = self._providers[question.payment.provider]
        if question.attempt is None:
            return Unknown(detail="it was never sent from here")
        since, until = question.attempt.created_between()
        found = await ask(provider.look_up(payment_id=question.payment.payment_id, since=since, until=until))
        if found is not None:
            return found
        may_end = question.attempt.is_open or question.action is Action.LOOK_AGAIN
        if may_end and question.attempt.absence_is_certain(now=self._clock.now()):
            return Absent()
        return Unknown(detail="the provider does not list it")
