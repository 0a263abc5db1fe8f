"""Grace: once after each paid period, no longer than a grace may be."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from billing.domain.wholes import DURATIONS, END, START, make_grace, new_ids, told
from cinema.billing.domain.changes import NO_CHANGES, Changes
from cinema.billing.domain.grace import give_grace, grace_until
from cinema.billing.domain.period import Period
from cinema.billing.domain.whole import Standing
from cinema.contracts.enums import GrantKind

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
STANDING = Standing(subscription=told())
SHORT = Standing(subscription=told(period=Period(start=START, end=START + DAY)))


def give(standing: Standing, *, until: datetime, now: datetime) -> Changes:
    return give_grace(standing, until=until, durations=DURATIONS, new_id=new_ids(), now=now)


@pytest.mark.parametrize(
    ("standing", "until", "now", "given"),
    [
        (STANDING, END + 7 * DAY, END - HOUR, (END, END + 7 * DAY)),
        (STANDING, END + 7 * DAY, END + HOUR, (END + HOUR, END + 7 * DAY)),
        (STANDING, END + 30 * DAY, END + HOUR, (END + HOUR, END + HOUR + 7 * DAY)),
        (STANDING, END + 2 * DAY, END, (END, END + 2 * DAY)),
        (STANDING, END, END, None),
        (STANDING, END - HOUR, END - 2 * HOUR, None),
        (STANDING, END + DAY, END + DAY, None),
        (SHORT, END, START + DAY, (START + DAY, START + 1.25 * DAY)),
    ],
)
def test_the_grace_goes_from_the_end_to_what_may_be_waited_for(
    standing: Standing, until: datetime, now: datetime, given: tuple[datetime, datetime] | None
) -> None:
    changes = give(standing, until=until, now=now)

    assert [(right.kind, right.starts_at, right.ends_at) for right in changes.rights] == (
        [(GrantKind.GRACE, *given)] if given else []
    )
    assert len(changes.events) == len(changes.rights)


@pytest.mark.parametrize("grace", [make_grace(), make_grace(is_revoked=True), make_grace(ends_at=END + HOUR)])
def test_there_is_one_grace_after_each_paid_period(grace: object) -> None:
    standing = replace(STANDING, graces=(grace,))  # type: ignore[arg-type] # a case

    assert give(standing, until=END + 30 * DAY, now=END + 10 * DAY) == NO_CHANGES


@pytest.mark.parametrize(
    ("standing", "now", "until"),
    [
        (STANDING, END - HOUR, END + 7 * DAY),
        (replace(STANDING, graces=(make_grace(),)), END + DAY, END + 7 * DAY),
        (replace(STANDING, graces=(make_grace(is_revoked=True),)), END + DAY, END),
        (SHORT, START + DAY, START + 1.25 * DAY),
    ],
)
def test_until_when_access_goes_on_is_what_is_told(standing: Standing, now: datetime, until: datetime) -> None:
    assert grace_until(standing, until=END + 7 * DAY, durations=DURATIONS, now=now) == until
