"""What follows a renewal that was not paid."""

from datetime import UTC, datetime, timedelta

import pytest

from cinema.billing.domain.dunning import DunningPolicy, after_failure
from cinema.contracts.enums import DeclineClass

END = datetime(2026, 3, 1, tzinfo=UTC)
FAILED = END - timedelta(hours=1)
POLICY = DunningPolicy(retries=(timedelta(days=1), timedelta(days=3), timedelta(days=5)), grace=timedelta(days=7))


@pytest.mark.parametrize(("attempt", "days"), [(1, 1), (2, 3), (3, 5)])
def test_retries_follow_the_schedule_from_the_first_failure(attempt: int, days: int) -> None:
    step = after_failure(
        POLICY,
        attempt=attempt,
        decline_class=DeclineClass.SOFT,
        first_failed_at=FAILED,
        access_until=END + timedelta(days=7),
        now=FAILED + timedelta(days=days - 1),
    )

    assert step.retry_at == FAILED + timedelta(days=days)
    assert step.look_at == step.retry_at


@pytest.mark.parametrize(("attempt", "how"), [(4, DeclineClass.SOFT), (1, DeclineClass.HARD)])
def test_no_retry_after_the_last_one_or_a_hard_decline(attempt: int, how: DeclineClass) -> None:
    over = END + timedelta(days=7)

    step = after_failure(
        POLICY, attempt=attempt, decline_class=how, first_failed_at=FAILED, access_until=over, now=FAILED
    )

    assert step.retry_at is None
    assert step.look_at == (FAILED if how is DeclineClass.HARD else over)


def test_a_retry_that_would_come_after_the_grace_is_not_made() -> None:
    policy = DunningPolicy(retries=(timedelta(days=9),), grace=timedelta(days=7))

    step = after_failure(
        policy,
        attempt=1,
        decline_class=DeclineClass.SOFT,
        first_failed_at=FAILED,
        access_until=END + timedelta(days=7),
        now=FAILED,
    )

    assert step.retry_at is None
    assert step.look_at == END + timedelta(days=7)
