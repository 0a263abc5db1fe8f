"""The months of the sign-in history: opened ahead of time, dropped when they are old."""

from datetime import UTC, datetime

from cinema.identity.settings import IdentitySettings
from cinema.identity.store import logins as store
from cinema.kit.clock import Clock
from cinema.kit.db import Database

MONTHS_A_YEAR = 12


class History:
    """Keeps the partitions of the sign-in history."""

    def __init__(self, *, db: Database, clock: Clock, settings: IdentitySettings) -> None:
        self._db = db
        self._clock = clock
        self._months_kept = settings.login_months

    async def tend(self) -> int:
        """Opens this month and the next, drops those past keeping; returns how many changed.

        Until a month is open its rows stand in the default partition, so signing in never waits for this.
        """
        now = self._clock.now()
        wanted = [month_of(now), month_of(now, later=1)]
        dropped_before = month_of(now, later=-self._months_kept)
        async with self._db.read() as read:
            missing = [month for month in wanted if not await store.is_month_open(read, starts_at=month)]
            has_old = await store.has_month_before(read, ended_by=dropped_before)
        changed = 0
        for month in missing:
            async with self._db.write() as tx:
                changed += await store.open_month(tx, starts_at=month, ends_at=month_of(month, later=1))
        if has_old:
            async with self._db.write() as tx:
                changed += await store.drop_months(tx, ended_by=dropped_before)
        return changed


def month_of(moment: datetime, *, later: int = 0) -> datetime:
    """The start, in UTC, of the month of ``moment``, or of one so many months later."""
    year, month = divmod(moment.year * MONTHS_A_YEAR + moment.month - 1 + later, MONTHS_A_YEAR)
    return datetime(year, month + 1, 1, tzinfo=UTC)
