"""What follows a renewal that was not paid."""

from datetime import UTC, datetime, timedelta

import pytest

from cinema.billing.domain.dunning import Dunning, after_failure
from cinema.contracts.enums import DeclineClass

END = datetime(2026, 3, 1, tzinfo=UTC)
FAILED = END - timedelta(hours=1)
DAY = timedelta(days=1)
RETRIES = (DAY, 3 * DAY, 5 * DAY)
OVER = END + 7 * DAY


def step(
    *,
    attempt: int = 1,
    how: DeclineClass = DeclineClass.SOFT,
    pay_until: datetime = OVER,
    now: datetime = FAILED,
    retries: tuple[timedelta, ...] = RETRIES,
) -> Dunning:
    return after_failure(
        retries, attempt=attempt, decline_class=how, first_failed_at=FAILED, pay_until=pay_until, now=now
    )


@pytest.mark.parametrize("how", [DeclineClass.SOFT, DeclineClass.PAYER])
@pytest.mark.parametrize(("attempt", "days"), [(1, 1), (2, 3), (3, 5)])
def test_retries_follow_the_schedule_from_the_first_failure(attempt: int, days: int, how: DeclineClass) -> None:
    at = FAILED + timedelta(days=days)

    assert step(attempt=attempt, how=how, now=at - DAY) == Dunning(retry_at=at, look_at=at)


@pytest.mark.parametrize(("attempt", "how"), [(4, DeclineClass.SOFT), (1, DeclineClass.HARD)])
def test_no_retry_after_the_last_one_or_a_hard_decline(attempt: int, how: DeclineClass) -> None:
    assert step(attempt=attempt, how=how) == Dunning(retry_at=None, look_at=OVER)


def test_a_retry_whose_time_has_passed_is_made_in_a_minute() -> None:
    now = FAILED + 2 * DAY

    assert step(now=now).retry_at == now + timedelta(minutes=1)


@pytest.mark.parametrize(
    ("pay_until", "retry_at"),
    [(FAILED + DAY, None), (FAILED + DAY + timedelta(microseconds=1), FAILED + DAY)],
)
def test_a_retry_comes_before_the_order_cannot_be_paid_any_more(pay_until: datetime, retry_at: datetime | None) -> None:
    assert step(pay_until=pay_until) == Dunning(retry_at=retry_at, look_at=retry_at or pay_until)
