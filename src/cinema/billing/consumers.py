"""The events that billing hears, each handled once."""

from cinema.billing.service.outcomes import Outcomes
from cinema.billing.service.refunds import Refunds
from cinema.contracts.payments import (
    MethodSaved,
    PaymentCanceled,
    PaymentDeclined,
    PaymentSucceeded,
    RefundFailed,
    RefundSucceeded,
)
from cinema.kit.inbox import Consumer

GROUP = "billing"


def consumers(*, outcomes: Outcomes, refunds: Refunds) -> tuple[Consumer, ...]:
    return (
        Consumer(group=GROUP, event=PaymentSucceeded, handle=outcomes.payment_succeeded),
        Consumer(group=GROUP, event=PaymentDeclined, handle=outcomes.payment_declined),
        Consumer(group=GROUP, event=PaymentCanceled, handle=outcomes.payment_canceled),
        Consumer(group=GROUP, event=MethodSaved, handle=outcomes.method_saved),
        Consumer(group=GROUP, event=RefundSucceeded, handle=refunds.refund_succeeded),
        Consumer(group=GROUP, event=RefundFailed, handle=refunds.refund_failed),
    )
