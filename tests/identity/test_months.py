"""Which month a moment belongs to."""

from datetime import UTC, datetime

import pytest

from cinema.identity.service.history import month_of


@pytest.mark.parametrize(
    ("moment", "later", "expected"),
    [
        (datetime(2026, 1, 15, 9, 0, tzinfo=UTC), 0, datetime(2026, 1, 1, tzinfo=UTC)),
        (datetime(2026, 12, 31, 23, 59, tzinfo=UTC), 1, datetime(2027, 1, 1, tzinfo=UTC)),
        (datetime(2026, 1, 1, tzinfo=UTC), -12, datetime(2025, 1, 1, tzinfo=UTC)),
        (datetime(2026, 1, 1, tzinfo=UTC), -1, datetime(2025, 12, 1, tzinfo=UTC)),
    ],
)
def test_months_are_counted_across_years(moment: datetime, later: int, expected: datetime) -> None:
    assert month_of(moment, later=later) == expected
