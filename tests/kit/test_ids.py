"""Ids: UUIDv7 that sort by the time they were made."""

from datetime import UTC, datetime, timedelta
from uuid import RFC_4122

from hypothesis import given
from hypothesis import strategies as st

from cinema.kit.ids import uuid7

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MILLISECOND = timedelta(milliseconds=1)
MOMENTS = st.datetimes(min_value=datetime(2020, 1, 1), max_value=datetime(2200, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - hypothesis adds the zone


@given(MOMENTS)
def test_an_id_says_its_version_and_its_millisecond(now: datetime) -> None:
    found = uuid7(now)

    assert (found.version, found.variant) == (7, RFC_4122)
    assert found.int >> 80 == (now - EPOCH) // MILLISECOND


@given(MOMENTS)
def test_a_later_id_sorts_later(now: datetime) -> None:
    assert uuid7(now) < uuid7(now + MILLISECOND)


def test_ids_of_one_moment_differ() -> None:
    now = datetime(2026, 1, 15, tzinfo=UTC)

    assert len({uuid7(now) for _ in range(10_000)}) == 10_000
