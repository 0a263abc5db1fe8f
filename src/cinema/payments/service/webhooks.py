"""Handling stored notifications: each once, each believed only as far as the provider itself confirms it."""

from collections.abc import Mapping
from datetime import timedelta
from uuid import UUID

import structlog

from cinema.contracts.enums import RefundStatus, WebhookOutcome
from cinema.contracts.ids import BindingId, PaymentId, RefundId
from cinema.kit.clock import Clock
from cinema.kit.db import Database, ReadTx, Tx
from cinema.payments.domain import binding as binding_rules
from cinema.payments.domain.finding import Finding
from cinema.payments.domain.payment import LEASE, NotDone, pause
from cinema.payments.domain.port import Notification, Provider, Rejected, Seen, SeenBinding, SeenRefund, Unknown
from cinema.payments.domain.trust import contradictions, refund_contradictions
from cinema.payments.domain.webhook import TRIES_MAX, RawWebhook, Verdict
from cinema.payments.service.binding import Bindings
from cinema.payments.service.calls import ask
from cinema.payments.service.intake import WEBHOOK_JOB
from cinema.payments.service.record import Recorder, identity_of
from cinema.payments.service.record_refund import RecordedRefund, RefundRecorder
from cinema.payments.store import bindings, payments, refunds, webhooks
from cinema.payments.store.webhooks import WaitingWebhook

APPLIED = Verdict(outcome=WebhookOutcome.APPLIED)
DUPLICATE = Verdict(outcome=WebhookOutcome.DUPLICATE)
STALE = Verdict(outcome=WebhookOutcome.IGNORED, reason="known_already")
UNUSED = Verdict(outcome=WebhookOutcome.IGNORED, reason="not_used")

log = structlog.get_logger()


class Webhooks:
    """Works off the stored notifications."""

    def __init__(
        self,
        *,
        db: Database,
        clock: Clock,
        providers: Mapping[str, Provider],
        recorder: Recorder,
        refund_recorder: RefundRecorder,
        bindings: Bindings,
    ) -> None:
        self._db = db
        self._clock = clock
        self._providers = providers
        self._recorder = recorder
        self._refund_recorder = refund_recorder
        self._bindings = bindings

    async def claim_due(self, limit: int) -> list[WaitingWebhook]:
        """Leases at most ``limit`` notifications, one of each object, to be handled at once."""

        async def work(tx: Tx) -> list[WaitingWebhook]:
            now = tx.now
            due = await webhooks.claim_due(tx, providers=self._providers, now=now, lease_until=now + LEASE, limit=limit)
            if any(one.has_next for one in due):
                tx.wake(WEBHOOK_JOB)
            return due

        return await self._db.transact(work)

    async def handle(self, waiting: WaitingWebhook) -> None:
        """Finds out whether a notification is true and lets it act, in one commit with its mark."""
        raw = waiting.raw
        provider = self._providers[raw.provider]
        if waiting.is_twin:
            await self._finish(raw, DUPLICATE)
            return
        notification = provider.parse_notification(body=raw.body, headers={})
        match notification.claim:
            case None:
                await self._finish(raw, UNUSED)
            case Seen():
                await self._handle_payment(waiting, provider, notification.claim)
            case SeenRefund():
                await self._handle_refund(waiting, provider, notification, notification.claim)
            case SeenBinding():
                await self._handle_binding(waiting, provider, notification.claim)

    async def forget(self, *, older_than: timedelta, limit: int = 1000) -> int:
        """Deletes notifications that were handled long ago; returns how many."""
        before = self._clock.now() - older_than
        return await self._db.transact(lambda tx: webhooks.forget(tx, before=before, limit=limit))

    async def _handle_payment(self, waiting: WaitingWebhook, provider: Provider, claim: Seen) -> None:
        truth = await ask(provider.read(claim.provider_payment_id))
        if not isinstance(truth, Seen):
            await self._unconfirmed(waiting, truth)
            return
        names = contradictions(claim, truth=truth)
        if names:
            await self._finish(waiting.raw, refusal(*names))
            return

        async def work(tx: Tx) -> None:
            payment_id = await _our_payment(tx, provider, truth)
            if payment_id is None:
                await self._mark(tx, waiting.raw, refusal("payment_unknown"))
                return
            finding = Finding(payment_id=payment_id, learned=truth, identity=identity_of(provider))
            [recorded] = await self._recorder.record_in(tx, [finding])
            verdict = APPLIED if recorded.moved else STALE
            await self._mark(tx, waiting.raw, refusal(recorded.refused) if recorded.refused else verdict)

        await self._db.transact(work)

    async def _handle_refund(
        self, waiting: WaitingWebhook, provider: Provider, notification: Notification, claim: SeenRefund
    ) -> None:
        truth = await ask(provider.read_refund(notification.object_id))
        if not isinstance(truth, SeenRefund):
            await self._unconfirmed(waiting, truth)
            return
        names = refund_contradictions(claim, truth=truth)
        if names:
            await self._finish(waiting.raw, refusal(*names))
            return
        async with self._db.read() as read:
            refund_id = await _our_refund(read, provider, truth)
        if refund_id is not None:
            await self._record_refund(waiting, refund_id, truth)
        elif truth.status is RefundStatus.SUCCEEDED:
            await self._adopt_refund(waiting, provider, truth)
        else:
            await self._finish(waiting.raw, UNUSED)

    async def _handle_binding(self, waiting: WaitingWebhook, provider: Provider, claim: SeenBinding) -> None:
        """Methods are told of that we do not bind, too: about those nobody is asked."""
        async with self._db.read() as read:
            binding_id = await _our_binding(read, provider, claim)
        if binding_id is None:
            await self._finish(waiting.raw, UNUSED)
            return
        truth = await ask(provider.read_binding(claim.provider_method_id))
        if not isinstance(truth, SeenBinding):
            await self._unconfirmed(waiting, truth)
            return
        names = binding_rules.contradictions(claim, truth=truth)
        if names:
            await self._finish(waiting.raw, refusal(*names))
            return

        async def work(tx: Tx) -> None:
            recorded = await self._bindings.record_in(tx, binding_id, truth, provider=provider, held=None)
            verdict = APPLIED if recorded.moved else STALE
            await self._mark(tx, waiting.raw, refusal(recorded.refused) if recorded.refused else verdict)

        await self._db.transact(work)

    async def _record_refund(self, waiting: WaitingWebhook, refund_id: RefundId, truth: SeenRefund) -> None:
        async def work(tx: Tx) -> None:
            recorded = await self._refund_recorder.record_in(tx, refund_id, truth, held=None)
            await self._conclude(tx, waiting, recorded)

        await self._db.transact(work)

    async def _adopt_refund(self, waiting: WaitingWebhook, provider: Provider, truth: SeenRefund) -> None:
        """Makes a refund ours that somebody made at the provider, if its payment is ours.

        The payment is read again too: that it was paid may be news to us.
        """
        shown = await ask(provider.read(truth.provider_payment_id))
        if not isinstance(shown, Seen):
            await self._unconfirmed(waiting, shown)
            return

        async def work(tx: Tx) -> None:
            payment_id = await _our_payment(tx, provider, shown)
            if payment_id is None:
                await self._mark(tx, waiting.raw, refusal("refund_unknown"))
                return
            finding = Finding(payment_id=payment_id, learned=shown, identity=identity_of(provider))
            [paid] = await self._recorder.record_in(tx, [finding])
            if paid.refused:
                await self._mark(tx, waiting.raw, refusal(paid.refused))
                return
            await self._conclude(tx, waiting, await self._refund_recorder.adopt_in(tx, paid.after, truth))

        await self._db.transact(work)

    async def _conclude(self, tx: Tx, waiting: WaitingWebhook, recorded: RecordedRefund) -> None:
        """Ends a notification of a refund; one for which there is no room waits while that may change."""
        if recorded.may_fit and waiting.tries + 1 < TRIES_MAX:
            await webhooks.postpone(tx, waiting.raw, until=self._clock.now() + pause(waiting.tries))
            return
        verdict = APPLIED if recorded.moved else STALE
        await self._mark(tx, waiting.raw, refusal(recorded.refused) if recorded.refused else verdict)

    async def _unconfirmed(self, waiting: WaitingWebhook, answer: Rejected | Unknown | NotDone) -> None:
        """Refuses what the provider does not know; waits for a provider that does not answer."""
        if isinstance(answer, Rejected):
            await self._finish(waiting.raw, refusal("object_unknown"))
        elif waiting.tries + 1 >= TRIES_MAX:
            await self._finish(waiting.raw, refusal("unconfirmed"))
        else:
            until = self._clock.now() + pause(waiting.tries)
            await self._db.transact(lambda tx: webhooks.postpone(tx, waiting.raw, until=until))

    async def _finish(self, raw: RawWebhook, verdict: Verdict) -> None:
        await self._db.transact(lambda tx: self._mark(tx, raw, verdict))

    async def _mark(self, tx: Tx, raw: RawWebhook, verdict: Verdict) -> None:
        now = self._clock.now()
        await webhooks.finish(tx, raw, verdict=verdict, now=now)
        facts = {"webhook_id": str(raw.webhook_id), "name": raw.event, "object_id": raw.object_id}
        if verdict.outcome is WebhookOutcome.REFUSED:
            log.warning("webhook.refused", **facts, address=raw.address, reason=verdict.reason)
        else:
            log.info("webhook.handled", **facts, outcome=verdict.outcome, reason=verdict.reason)


def refusal(*names: str) -> Verdict:
    """The end of a notification that is not true, or not about us."""
    return Verdict(outcome=WebhookOutcome.REFUSED, reason=", ".join(names))


async def _our_payment(tx: ReadTx, provider: Provider, truth: Seen) -> PaymentId | None:
    """Our payment by the provider's id, or by our own id where its answer has not reached us yet."""
    known = await payments.id_at_provider(tx, provider=provider.name, provider_payment_id=truth.provider_payment_id)
    if known is not None or truth.payment_id is None:
        return known
    named = _uuid(truth.payment_id)
    payment = await payments.find(tx, PaymentId(named)) if named else None
    return payment.payment_id if payment and payment.provider == provider.name else None


async def _our_refund(tx: ReadTx, provider: Provider, truth: SeenRefund) -> RefundId | None:
    """Our refund by the provider's id, or by our own id where the provider's is not known, or was that of a failure.

    What names a refund of ours that stands for another one at the provider is money that went back beside it.
    """
    known = await refunds.id_at_provider(tx, provider=provider.name, provider_refund_id=truth.provider_refund_id)
    if known is not None or truth.refund_id is None:
        return known
    named = _uuid(truth.refund_id)
    refund = await refunds.find(tx, RefundId(named)) if named else None
    if refund is None or refund.provider != provider.name:
        return None
    is_free = refund.provider_refund_id is None or refund.status is RefundStatus.FAILED
    return refund.refund_id if is_free else None


async def _our_binding(tx: ReadTx, provider: Provider, claim: SeenBinding) -> BindingId | None:
    """Our binding by the provider's id, or by our own id where the provider's answer has not reached us yet."""
    known = await bindings.id_at_provider(tx, provider=provider.name, provider_method_id=claim.provider_method_id)
    named = _uuid(claim.binding_id) if known is None and claim.binding_id else None
    binding = await bindings.find(tx, BindingId(named)) if named else None
    return binding.binding_id if binding and binding.provider == provider.name else known


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
