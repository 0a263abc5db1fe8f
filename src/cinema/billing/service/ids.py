"""New ids for what a decision makes."""

from datetime import datetime
from functools import partial

from cinema.billing.domain.changes import NewId
from cinema.kit.ids import uuid7


def ids_at(now: datetime) -> NewId:
    """Makes ids that carry the moment ``now``."""
    return partial(uuid7, now)
