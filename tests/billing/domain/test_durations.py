"""Durations of renewing: each within a quarter of its period, whatever that is."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing.domain.wholes import DURATIONS, END, START, SUBSCRIPTION
from cinema.billing.domain.durations import (
    SHARES,
    Durations,
    charge_at,
    charge_if_told,
    misfits,
    pay_until,
    remind_at,
)
from cinema.billing.domain.period import Period
from cinema.billing.settings import BillingSettings
from cinema.contracts.ids import SubscriptionId
from cinema.kit.settings import load

SECOND, MINUTE, HOUR, DAY = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
USUAL = Durations(
    lead=HOUR, spread=45 * MINUTE, notice=3 * DAY, grace=7 * DAY, retries=(DAY, 3 * DAY, 5 * DAY), paying=HOUR
)
MONTH = Period(start=START, end=END)
THREE_YEARS = 1096 * DAY


def lasting(length: timedelta) -> Period:
    return Period(start=START, end=START + length)


def test_the_product_s_own_durations_are_the_ones_of_this_table() -> None:
    assert load(BillingSettings, env_file=None, values={}).durations == USUAL


def micros(*numbers: int) -> tuple[timedelta, ...]:
    return tuple(timedelta(microseconds=one) for one in numbers)


SHRUNK = {
    HOUR: Durations(
        lead=15 * MINUTE,
        spread=timedelta(minutes=11, seconds=15),
        notice=15 * MINUTE,
        grace=15 * MINUTE,
        retries=micros(128_571_428, 385_714_285, 642_857_142),
        paying=15 * MINUTE,
    ),
    4 * HOUR: replace(
        USUAL, notice=HOUR, grace=HOUR, retries=micros(514_285_714, 1_542_857_142, 2_571_428_571), paying=HOUR
    ),
    7 * DAY: replace(USUAL, notice=42 * HOUR, grace=42 * HOUR, retries=(6 * HOUR, 18 * HOUR, 30 * HOUR)),
    12 * DAY: replace(USUAL, grace=3 * DAY, retries=micros(37_028_571_428, 111_085_714_285, 185_142_857_142)),
    28 * DAY: USUAL,
    THREE_YEARS: USUAL,
}


@pytest.mark.parametrize("length", SHRUNK, ids=str)
def test_durations_shrink_with_the_period(length: timedelta) -> None:
    assert USUAL.within(lasting(length)) == SHRUNK[length]


def spans(longest: timedelta) -> st.SearchStrategy[timedelta]:
    return st.timedeltas(min_value=timedelta(0), max_value=longest)


@st.composite
def fitting(draw: st.DrawFn) -> Durations:
    """Durations of which none is a misfit."""
    lead, grace = draw(spans(30 * DAY)), draw(spans(60 * DAY))
    tries = st.lists(st.timedeltas(min_value=SECOND, max_value=max(grace - SECOND, SECOND)), unique=True, max_size=5)
    retries = tuple(sorted(draw(tries))) if grace > SECOND else ()
    found = Durations(
        lead=lead, spread=draw(spans(lead * 3 // 4)), notice=draw(spans(30 * DAY)), grace=grace, retries=retries
    )
    assert misfits(found) == []
    return found


LENGTHS = st.timedeltas(min_value=HOUR, max_value=THREE_YEARS)
IDS = st.integers(min_value=0, max_value=2**128 - 1).map(lambda number: SubscriptionId(UUID(int=number)))


@given(fitting(), LENGTHS)
def test_of_every_policy_and_length_nothing_is_longer_than_a_quarter_of_the_period(
    durations: Durations, length: timedelta
) -> None:
    fit = durations.within(lasting(length))

    assert max(fit.lead, fit.notice, fit.grace, fit.paying) <= length / 4
    assert fit.spread <= fit.lead * 3 / 4
    assert all(timedelta(0) <= one <= fit.grace for one in fit.retries)
    assert all(one < fit.grace for one in fit.retries if fit.grace)
    assert list(fit.retries) == sorted(fit.retries)


@given(fitting(), LENGTHS, IDS)
def test_of_every_policy_and_length_notice_charge_and_end_come_in_this_order(
    durations: Durations, length: timedelta, its_id: SubscriptionId
) -> None:
    period, fit = lasting(length), durations.within(lasting(length))
    told, charged = remind_at(its_id, period, durations), charge_at(its_id, period, durations)

    assert period.start + length / 2 <= told <= charged <= period.end
    assert told == charged - fit.notice
    assert period.end - fit.lead <= charged <= period.end - fit.lead + fit.spread
    assert pay_until(period, durations, charged_at=charged) <= period.end + fit.paying + fit.grace
    assert pay_until(period, durations, charged_at=charged) <= period.end + length / 2


@given(fitting(), LENGTHS, IDS, st.timedeltas(min_value=timedelta(0), max_value=2 * THREE_YEARS))
def test_who_is_told_late_still_has_half_of_the_notice(
    durations: Durations, length: timedelta, its_id: SubscriptionId, late: timedelta
) -> None:
    period, fit = lasting(length), durations.within(lasting(length))
    now = START + late

    at = charge_if_told(its_id, period, durations, now=now)

    assert at == max(charge_at(its_id, period, durations), now + fit.notice // 2)


@pytest.mark.parametrize(
    ("share", "after"),
    [(0, timedelta(0)), (SHARES // 3, timedelta(seconds=899, microseconds=986_267)), (SHARES // 2, 22.5 * MINUTE)],
)
def test_charges_are_spread_by_the_last_bits_of_the_id(share: int, after: timedelta) -> None:
    its_id = SubscriptionId(UUID(int=(7 << 16) + share))

    assert charge_at(its_id, MONTH, USUAL) == END - HOUR + after


def test_the_last_share_is_charged_just_before_the_spread_is_over() -> None:
    last = charge_at(SubscriptionId(UUID(int=SHARES - 1)), MONTH, USUAL)

    assert END - 15 * MINUTE - SECOND < last < END - 15 * MINUTE


@pytest.mark.parametrize(
    ("charged_at", "until"),
    [
        (END - HOUR, END + 7 * DAY),
        (END - HOUR + SECOND, END + 7 * DAY + SECOND),
        (END + DAY, END + 8 * DAY + HOUR),
    ],
)
def test_a_late_charge_may_be_paid_as_long_as_one_in_time(charged_at: datetime, until: datetime) -> None:
    assert pay_until(MONTH, USUAL, charged_at=charged_at) == until


def test_without_a_grace_nothing_is_tried_again() -> None:
    durations = Durations(lead=HOUR, notice=DAY, grace=timedelta(0), retries=())

    assert durations.within(MONTH) == replace(durations, grace=timedelta(0))
    assert pay_until(MONTH, durations, charged_at=END - HOUR) == END


MISFITS = {
    "none": (USUAL, []),
    "spread": (
        replace(USUAL, spread=45 * MINUTE + SECOND),
        ["Charges are spread over 0:45:01, which is more than three quarters of the lead."],
    ),
    "order": (replace(USUAL, retries=(3 * DAY, DAY)), ["Retries have to come one after the other."]),
    "twice": (replace(USUAL, retries=(DAY, DAY)), ["Retries have to come one after the other."]),
    "after the grace": (
        replace(USUAL, retries=(DAY, 7 * DAY, 9 * DAY)),
        [
            "A retry after 7 days, 0:00:00 would come when the grace of 7 days, 0:00:00 is over.",
            "A retry after 9 days, 0:00:00 would come when the grace of 7 days, 0:00:00 is over.",
        ],
    ),
    "at once": (replace(USUAL, retries=(timedelta(0), DAY)), ["The first retry has to come after the refusal."]),
    "negative notice": (replace(USUAL, notice=-SECOND), ["No duration is negative."]),
    "negative lead": (replace(USUAL, lead=-SECOND, spread=-HOUR), ["No duration is negative."]),
    "negative grace": (replace(USUAL, grace=-SECOND, retries=()), ["No duration is negative."]),
}


@pytest.mark.parametrize("case", MISFITS)
def test_each_misfit_has_its_sentence(case: str) -> None:
    durations, sentences = MISFITS[case]

    assert misfits(durations) == sentences


def test_the_first_notice_of_a_month_comes_three_days_before_its_charge() -> None:
    assert remind_at(SUBSCRIPTION, MONTH, DURATIONS) == datetime(2026, 2, 12, 8, 0, tzinfo=UTC)
