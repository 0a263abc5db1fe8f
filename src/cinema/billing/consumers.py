"""The events that billing hears, each handled once."""

from cinema.billing.service.choices import Choices
from cinema.billing.service.refunds import Refunds
from cinema.billing.service.renewals import Renewals
from cinema.billing.service.settling import Settling
from cinema.contracts.notifications import NoticeDelivered
from cinema.contracts.payments import (
    MethodRemoved,
    PaymentCanceled,
    PaymentDeclined,
    PaymentSucceeded,
    RefundFailed,
    RefundSucceeded,
)
from cinema.contracts.playback import RightUsed
from cinema.kit.inbox import Consumer

GROUP = "billing"


def consumers(*, settling: Settling, refunds: Refunds, renewals: Renewals, choices: Choices) -> tuple[Consumer, ...]:
    return (
        Consumer(group=GROUP, event=PaymentSucceeded, handle_many=settling.settle),
        Consumer(group=GROUP, event=PaymentDeclined, handle_many=settling.settle),
        Consumer(group=GROUP, event=PaymentCanceled, handle_many=settling.settle),
        Consumer(group=GROUP, event=MethodRemoved, handle=choices.method_removed),
        Consumer(group=GROUP, event=NoticeDelivered, handle_many=renewals.notices_delivered),
        Consumer(group=GROUP, event=RightUsed, handle_many=settling.used),
        Consumer(group=GROUP, event=RefundSucceeded, handle=refunds.returned),
        Consumer(group=GROUP, event=RefundFailed, handle=refunds.refused),
    )
