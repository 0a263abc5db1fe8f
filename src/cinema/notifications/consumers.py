"""The events that notifications hears."""

from cinema.kit.inbox import Consumer
from cinema.notifications.domain.told import TOLD
from cinema.notifications.service.queueing import tell_many

GROUP = "notifications"


def consumers() -> tuple[Consumer, ...]:
    """One consumer for each kind of event that people are told of."""
    return tuple(Consumer(group=GROUP, event=row.event, handle_many=tell_many) for row in TOLD)
