"""Writing what was found out about payments: many in one commit, each with its event.

Answers come one by one; those that come while a commit is on its way go into the next
one. All of a batch is gathered under its locks, `domain.finding.decide` says what each
finding changes, and one writer writes it.
"""

from collections.abc import Mapping, Sequence

import structlog

from cinema.contracts.enums import PaymentStatus
from cinema.contracts.ids import MethodId
from cinema.contracts.payments import PaymentNotFound
from cinema.kit.commits import SharedCommits
from cinema.kit.db import Database, Tx
from cinema.kit.ids import uuid7
from cinema.kit.outbox import publish
from cinema.payments.domain.finding import Changes, Finding, Whole, decide, sought_method
from cinema.payments.domain.method import Method, MethodEnd, Token
from cinema.payments.domain.payment import Payment
from cinema.payments.domain.port import Provider, Rejected, Seen
from cinema.payments.domain.trust import Identity
from cinema.payments.service.crash_points import CrashPoint, Passes
from cinema.payments.store import attempts, methods, payments

BATCH = 100
"""How many findings one commit takes."""

CHARGE_JOB = "payments.charge"
RECONCILE_JOB = "payments.reconcile"

log = structlog.get_logger()


class Entangled(RuntimeError):
    """Two findings touch the same thing; each has to be written by itself."""


def identity_of(provider: Provider) -> Identity:
    """Who we are at this provider."""
    return Identity(account=provider.account, is_test=provider.is_test)


class Recorder:
    """Moves payments through their table."""

    def __init__(self, *, db: Database, passes: Passes) -> None:
        self._passes = passes
        self._commits: SharedCommits[Finding, Changes] = SharedCommits(db, self.record_in, batch=BATCH)

    async def record(self, finding: Finding) -> Payment:
        """Writes what was found out, in a commit that it may share; returns how the payment stands then."""
        changes = await self._commits.write(finding)
        self._passes(CrashPoint.RECORD_COMMITTED)
        return changes.after

    async def record_in(self, tx: Tx, findings: Sequence[Finding]) -> list[Changes]:
        """Writes what was found out in the caller's transaction; returns what each finding has changed.

        Raises `PaymentNotFound`, and `Entangled` when two findings touch the same thing.
        """
        wholes = await self._gather(tx, findings)
        changes = [decide(whole, one, now=tx.now) for whole, one in zip(wholes, findings, strict=True)]
        for one, changed in zip(findings, changes, strict=True):
            if changed.refused is not None or isinstance(one.learned, Rejected):
                facts = {"payment_id": str(one.payment_id), "differs_in": changed.refused}
                log.error("payment.answer_refused", **facts, answer=repr(one.learned))
        await self.write(tx, changes)
        return changes

    async def write(self, tx: Tx, changes: Sequence[Changes]) -> None:
        """Writes the changes of payments that are locked, and publishes what they mean."""
        real = [one for one in changes if one.after is not one.before]
        if not real:
            return
        for one in real:
            await self._write_method(tx, one)
        await payments.save(tx, [one.after for one in real])
        for _ in real:
            self._passes(CrashPoint.RECORD_CHANGED)
        results = {one.after.payment_id: one.result for one in real if one.result is not None}
        await attempts.settle_charges(tx, results, now=tx.now)
        await publish(tx, *(event for one in real for event in one.events))
        for one in real:
            self._passes(CrashPoint.RECORD_PUBLISHED)
            _tell(tx, one)

    async def _gather(self, tx: Tx, findings: Sequence[Finding]) -> list[Whole]:
        locked = await payments.lock_all(tx, [one.payment_id for one in findings])
        if any(one.payment_id not in locked for one in findings):
            raise PaymentNotFound
        if len(locked) < len(findings):
            raise Entangled
        shown = [_shown(locked[one.payment_id], one) for one in findings]
        owners = await payments.owners(tx, {one for one in shown if one is not None})
        sought = [sought_method(locked[one.payment_id], one.learned) for one in findings]
        known = await self._known_methods(
            tx, {key: locked[one.payment_id] for key, one in zip(sought, findings, strict=True) if key is not None}
        )
        return [
            Whole(
                payment=locked[one.payment_id],
                owner=owners.get(its_id) if its_id else None,
                method=known.get(key) if key else None,
                new_method_id=MethodId(uuid7(tx.now)) if isinstance(key, Token) else None,
            )
            for one, its_id, key in zip(findings, shown, sought, strict=True)
        ]

    async def _known_methods(
        self, tx: Tx, sought: Mapping[MethodId | Token, Payment]
    ) -> dict[MethodId | Token, Method]:
        """The saved methods on which something depends, with their users locked. As a rule there are none."""
        if not sought:
            return {}
        await methods.lock_users(tx, *(payment.user_id for payment in sought.values()))
        tokens = [key for key in sought if isinstance(key, Token)]
        known = await methods.known(tx, [key for key in sought if not isinstance(key, Token)], tokens)
        for token in tokens:
            if token in known and known[token].user_id != sought[token].user_id:
                log.error("method.token_of_another_user", payment_id=str(sought[token].payment_id))
        return known

    async def _write_method(self, tx: Tx, changes: Changes) -> None:
        after = changes.after
        if changes.keeps is not None:
            assert after.method_id is not None
            kept = await methods.keep(
                tx,
                changes.keeps,
                method_id=after.method_id,
                user_id=after.user_id,
                provider=after.provider,
                kept_by=after.payment_id,
                now=tx.now,
            )
            if kept != after.method_id:
                raise Entangled
        if changes.ends is not None:
            if not await methods.end(tx, changes.ends, reason=MethodEnd.REVOKED, now=tx.now):
                raise Entangled
            await methods.promote_newest(tx, after.user_id)


def _shown(payment: Payment, finding: Finding) -> tuple[str, str] | None:
    """The provider, and its id for the payment, where it has shown one."""
    return (payment.provider, finding.learned.provider_payment_id) if isinstance(finding.learned, Seen) else None


def _tell(tx: Tx, changes: Changes) -> None:
    before, after = changes.before, changes.after
    if after.next_attempt_at is not None and after.next_attempt_at <= tx.now:
        tx.wake(CHARGE_JOB if after.status is PaymentStatus.CREATED else RECONCILE_JOB)
    if changes.moved:
        facts = {"payment_id": str(after.payment_id), "order_id": str(after.order_id)}
        tell = log.warning if before.is_over else log.info
        tell("payment.recorded", **facts, before=before.status, status=after.status, reason=after.reason)
