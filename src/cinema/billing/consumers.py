"""The events that billing hears, each handled once."""

from cinema.billing.service.refunds import Refunds
from cinema.billing.service.settling import Settling
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


def consumers(*, settling: Settling, refunds: Refunds) -> tuple[Consumer, ...]:
    return (
        Consumer(group=GROUP, event=PaymentSucceeded, handle_many=settling.settle),
        Consumer(group=GROUP, event=PaymentDeclined, handle_many=settling.settle),
        Consumer(group=GROUP, event=PaymentCanceled, handle_many=settling.settle),
        Consumer(group=GROUP, event=MethodSaved, handle=settling.method_saved),
        Consumer(group=GROUP, event=RefundSucceeded, handle=refunds.returned),
        Consumer(group=GROUP, event=RefundFailed, handle=refunds.refused),
    )
