"""The events that notifications hears."""

from cinema.kit.inbox import Consumer
from cinema.notifications.domain.drafts import TOLD
from cinema.notifications.service.queueing import Queueing

GROUP = "notifications"


def consumers(*, queueing: Queueing) -> tuple[Consumer, ...]:
    """One consumer for each kind of event that people are told of."""
    return tuple(Consumer(group=GROUP, event=event, handle=queueing.tell) for event in TOLD)
