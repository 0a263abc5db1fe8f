"""The events that notifications hears."""

from cinema.kit.inbox import Consumer
from cinema.kit.outbox import Since
from cinema.notifications.domain.told import TOLD
from cinema.notifications.service.queueing import tell_many

GROUP = "notifications"


def consumers() -> tuple[Consumer, ...]:
    """One consumer for each kind of event that people are told of: news only.

    An event that gets its mail in a later release has happened for years, and nobody is
    told of those. Nothing happens before the first start, which declares all groups.
    """
    return tuple(Consumer(group=GROUP, event=row.event, handle_many=tell_many, since=Since.NOW) for row in TOLD)
