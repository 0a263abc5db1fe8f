"""Receipts by themselves: claim, call, record, and finding out what became of a lost answer.

The key and the bytes are stored before they are sent. What was lost goes out again under
the same key, which tells what the first time has led to; when the provider knows the key
no more, its list is read, and only what is not in it is sent anew.
"""

from collections.abc import Mapping

import structlog

from cinema.contracts.enums import PaymentStatus, ReceiptStatus
from cinema.contracts.payments import PaymentConflict, PaymentNotFound, ReceiptRequest
from cinema.kit.clock import Clock
from cinema.kit.db import Database, Tx
from cinema.kit.ids import uuid7
from cinema.payments.domain.payment import Absent, check_receipt
from cinema.payments.domain.port import Provider, ReceiptOrder, Rejected, Sealed, SeenReceipt, Unknown
from cinema.payments.domain.receipt import (
    Receipt,
    ReceiptNews,
    after,
    claimed,
    leased,
    new_receipt,
    receipt_differences,
)
from cinema.payments.service.calls import ask
from cinema.payments.store import payments, receipts

RECEIPT_JOB = "payments.receipts"

log = structlog.get_logger()


class Receipts:
    """Tells the cash register that what was paid ahead has been given."""

    def __init__(self, *, db: Database, clock: Clock, providers: Mapping[str, Provider]) -> None:
        self._db = db
        self._clock = clock
        self._providers = providers

    async def accept(self, tx: Tx, request: ReceiptRequest) -> None:
        """Stores a request unless it is known, or its provider sends no receipts.

        Raises `PaymentNotFound`, `RequestInvalid` for a receipt that does not add up, and
        `PaymentConflict` for a payment that took no money or less than that.
        """
        payment = await payments.find(tx, request.payment_id)
        if payment is None:
            raise PaymentNotFound
        if payment.status is not PaymentStatus.SUCCEEDED or payment.provider_payment_id is None:
            raise PaymentConflict("Nothing was paid by this payment.")
        if request.amount.currency != payment.amount.currency or request.amount.minor > payment.amount.minor:
            raise PaymentConflict("Less was paid by this payment.")
        check_receipt(request.receipt, amount=request.amount)
        provider = self._providers.get(payment.provider)
        if provider is not None and not provider.capabilities.sends_receipts:
            return
        fresh = new_receipt(
            request, provider=payment.provider, provider_payment_id=payment.provider_payment_id, now=tx.now
        )
        if await receipts.insert(tx, fresh):
            tx.wake(RECEIPT_JOB)

    async def claim_due(self, limit: int) -> list[Receipt]:
        """Claims at most ``limit`` receipts whose time has come, to be carried out at once."""

        async def work(tx: Tx) -> list[Receipt]:
            due = await receipts.due(tx, providers=self._providers, now=tx.now, limit=limit)
            held = [
                claimed(one, self._sealed(one, tx), now=tx.now)
                if one.status is ReceiptStatus.CREATED
                else leased(one, now=tx.now)
                for one in due
            ]
            await receipts.save(tx, held)
            return held

        return await self._db.transact(work)

    async def carry_out(self, held: Receipt) -> Receipt | None:
        """Sends what was claimed, or asks how it stands, and records that; None when it was held too long."""
        lease_until = held.next_attempt_at
        if lease_until is None or self._clock.now() >= lease_until:
            return None
        learned = await self._ask(held)
        return await self._db.transact(lambda tx: self._record(tx, held, learned))

    async def _ask(self, held: Receipt) -> ReceiptNews:
        provider, now = self._providers[held.provider], self._clock.now()
        if held.provider_receipt_id is not None:
            return await ask(provider.read_receipt(held.provider_receipt_id))
        assert held.sealed is not None, "it was claimed"
        if held.may_repeat(key_lifetime=provider.capabilities.key_lifetime, now=now):
            return await ask(provider.send_receipt(held.sealed))
        since, until = held.created_between(now=now)
        found = await ask(
            provider.look_up_receipt(provider_payment_id=held.provider_payment_id, since=since, until=until)
        )
        return Absent() if found is None else found

    async def _record(self, tx: Tx, held: Receipt, learned: ReceiptNews) -> Receipt:
        receipt = await receipts.lock(tx, held.receipt_id)
        assert receipt is not None, "receipts are never deleted"
        if (receipt.status, receipt.next_attempt_at) != (held.status, held.next_attempt_at):
            return receipt
        refused = receipt_differences(learned, receipt=receipt) if isinstance(learned, SeenReceipt) else ()
        if refused or isinstance(learned, Rejected):
            differs_in = ", ".join(refused) or None
            log.error(
                "receipt.answer_refused", receipt_id=str(held.receipt_id), differs_in=differs_in, answer=repr(learned)
            )
        news = Unknown(detail=f"the answer differs in {', '.join(refused)}") if refused else learned
        fresh = after(receipt, news, now=tx.now)
        await receipts.save(tx, [fresh])
        if fresh.status is not receipt.status:
            tell = log.error if fresh.status is ReceiptStatus.FAILED else log.info
            facts = {"before": receipt.status, "status": fresh.status, "reason": fresh.reason}
            tell("receipt.recorded", receipt_id=str(fresh.receipt_id), **facts)
        return fresh

    def _sealed(self, receipt: Receipt, tx: Tx) -> Sealed:
        request = receipt.request
        order = ReceiptOrder(
            provider_payment_id=receipt.provider_payment_id, amount=request.amount, receipt=request.receipt
        )
        return Sealed(key=str(uuid7(tx.now)), body=self._providers[receipt.provider].write_receipt(order))
