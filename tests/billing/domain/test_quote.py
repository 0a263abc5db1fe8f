"""The refund policy: what goes back of an order, and when a person has to look."""

from dataclasses import replace
from datetime import datetime, timedelta
from fractions import Fraction
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing.domain.wholes import (
    END,
    POLICIES,
    PRICE,
    START,
    make_film_order,
    make_film_right,
    make_order,
    make_paid_film,
    make_paid_whole,
    make_right,
    make_subscription,
    rub,
)
from cinema.billing.domain.goods import FilmRental, PlanPeriod
from cinema.billing.domain.refund_policy import (
    FilmPlayed,
    LaterPeriodPaid,
    NothingToRefund,
    Quote,
    RefundNeedsStaff,
    RefundNotPossible,
    RefundTooLate,
    demand_possible,
    fitted,
    may_ask,
    needs_second_person,
    quote,
    used_value,
)
from cinema.billing.domain.subscription import RefundUnderWay
from cinema.billing.domain.whole import Whole
from cinema.contracts.enums import OrderKind, OrderStatus, RefundBasis
from cinema.contracts.ids import FilmId
from cinema.contracts.payments import RefundLimits
from cinema.kit.errors import Conflict
from cinema.kit.money import Money

POLICY = POLICIES.refunds
MICRO, HOUR, DAY = timedelta(microseconds=1), timedelta(hours=1), timedelta(days=1)
WINDOW = START + POLICY.window


def played(at: datetime = START + HOUR) -> Whole:
    return make_paid_whole(rights=(make_right(used_at=at),))


def rented(**changed: object) -> Whole:
    order = make_film_order(
        goods=FilmRental(film_id=FilmId(UUID(int=11)), lasts=48 * HOUR), status=OrderStatus.PAID, paid_at=START
    )
    right = make_film_right(ends_at=START + 48 * HOUR, **changed)
    return make_paid_film(order=order, rights=(right,))


AHEAD = make_paid_whole(
    order=make_order(
        kind=OrderKind.CHECKOUT, goods=PlanPeriod(subscription_id=make_order().goods.subscription_id, period_no=1),  # type: ignore[union-attr] # a period
        status=OrderStatus.PAID, paid_at=START,
    ),
    rights=(make_right(starts_at=END, ends_at=END + 28 * DAY, used_at=END + HOUR),),
    subscription=make_subscription(period_no=1),
)  # fmt: skip

# A month of 31 days for 399 roubles: a day is worth 1,287.096… kopecks.
QUOTES = {
    "unused, at once": (make_paid_whole(), PRICE, START, 39_900, 0, RefundBasis.WHOLE),
    "unused, at the end of the window": (make_paid_whole(), PRICE, WINDOW, 39_900, 0, RefundBasis.WHOLE),
    "unused, after the window": (make_paid_whole(), PRICE, WINDOW + MICRO, 21_880, 18_020, RefundBasis.UNUSED_TIME),
    "used, at once": (played(START), PRICE, START, 39_900, 0, RefundBasis.UNUSED_TIME),
    "used, a moment later": (played(), PRICE, START + MICRO, 39_899, 1, RefundBasis.UNUSED_TIME),
    "used, a day later": (played(), PRICE, START + DAY, 38_612, 1_288, RefundBasis.UNUSED_TIME),
    "used, half of it": (played(), PRICE, START + 15.5 * DAY, 19_950, 19_950, RefundBasis.UNUSED_TIME),
    "used, half of it and a moment": (
        played(), PRICE, START + 15.5 * DAY + MICRO, 19_949, 19_951, RefundBasis.UNUSED_TIME,
    ),
    "a part is back": (played(), rub(30_000), START + 15.5 * DAY, 10_050, 19_950, RefundBasis.UNUSED_TIME),
    "a part is back, unused": (make_paid_whole(), rub(30_000), START + DAY, 30_000, 9_900, RefundBasis.WHOLE),
    "a film": (make_paid_film(), PRICE, WINDOW, 39_900, 0, RefundBasis.WHOLE),
    "a rental": (rented(), PRICE, START + 48 * HOUR - MICRO, 39_900, 0, RefundBasis.WHOLE),
    "bought ahead": (AHEAD, PRICE, START + 13 * DAY, 39_900, 0, RefundBasis.WHOLE),
    "bought ahead, after the window": (AHEAD, PRICE, END - HOUR, 39_900, 0, RefundBasis.UNUSED_TIME),
    "bought ahead, half of it over": (AHEAD, PRICE, END + 14 * DAY, 19_950, 19_950, RefundBasis.UNUSED_TIME),
}  # fmt: skip


@pytest.mark.parametrize("case", QUOTES)
def test_each_case_has_its_quote(case: str) -> None:
    whole, left, now, amount, kept, basis = QUOTES[case]

    assert quote(whole, left, POLICY, now=now) == Quote(amount=rub(amount), kept=rub(kept), basis=basis)


REFUSALS: dict[str, tuple[Whole, Money, datetime, type[Conflict]]] = {
    "on its way": (make_paid_whole(rights=(), suspended=(make_right(),)), PRICE, START + DAY, RefundUnderWay),
    "over": (make_paid_whole(rights=()), PRICE, END, RefundTooLate),
    "less than a kopeck is left": (played(), PRICE, END - timedelta(seconds=67), NothingToRefund),
    "more was used than is left": (played(), rub(19_950), START + 15.5 * DAY, NothingToRefund),
    "the next period is paid": (
        make_paid_whole(subscription=make_subscription(period_no=1)), PRICE, START, LaterPeriodPaid,
    ),
    "a film, after the window": (make_paid_film(), PRICE, WINDOW + MICRO, RefundTooLate),
    "a film that was played": (
        make_paid_film(rights=(make_film_right(used_at=START),)), PRICE, START, FilmPlayed,
    ),
    "a rental that was played": (rented(used_at=START + HOUR), PRICE, START + 2 * HOUR, FilmPlayed),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSALS)
def test_what_cannot_be_taken_back_says_why(case: str) -> None:
    whole, left, now, refusal = REFUSALS[case]

    with pytest.raises(refusal):
        quote(whole, left, POLICY, now=now)


@pytest.mark.parametrize(
    ("total", "used", "value"),
    [
        (39_900, timedelta(0), 0),
        (39_900, -DAY, 0),
        (39_900, MICRO, 1),
        (31, DAY, 1),
        (31, DAY + MICRO, 2),
        (31, DAY - MICRO, 1),
        (30, DAY, 1),
        (39_900, 31 * DAY - MICRO, 39_900),
        (39_900, 31 * DAY, 39_900),
        (39_900, 32 * DAY, 39_900),
        (0, 10 * DAY, 0),
        (10**11, 31 * DAY / 3, 33_333_333_334),
    ],
)
def test_what_was_used_is_rounded_up_to_the_next_kopeck(total: int, used: timedelta, value: int) -> None:
    assert used_value(rub(total), make_right(), now=START + used) == rub(value)


@given(
    st.integers(min_value=1, max_value=10**11),
    st.timedeltas(min_value=HOUR, max_value=1096 * DAY),
    st.fractions(min_value=0, max_value=1),
    st.timedeltas(min_value=MICRO, max_value=60 * DAY),
)
def test_the_time_in_which_a_right_stood_still_is_not_used(
    total: int, length: timedelta, share: Fraction, lost: timedelta
) -> None:
    used = timedelta(microseconds=int(length / MICRO * share))
    right = make_right(ends_at=START + length)
    later = make_right(ends_at=START + length + lost, stood_still=lost)

    kept = used_value(rub(total), later, now=START + used + lost)

    assert kept == used_value(rub(total), right, now=START + used)


@given(
    st.integers(min_value=1, max_value=10**11),
    st.timedeltas(min_value=HOUR, max_value=1096 * DAY),
    st.fractions(min_value=0, max_value=1),
)
def test_what_is_kept_is_the_value_of_what_was_used_and_less_than_a_kopeck_more(
    total: int, length: timedelta, share: Fraction
) -> None:
    right = make_right(ends_at=START + length)
    used = timedelta(microseconds=int(length / MICRO * share))

    kept = used_value(rub(total), right, now=START + used)

    exact = Fraction(total) * (used // MICRO) / (length // MICRO)
    assert exact <= kept.minor < exact + 1


@pytest.mark.parametrize(
    ("earlier", "again"),
    [
        ([], None),
        ([START - 90 * DAY], None),
        ([START - 90 * DAY + MICRO], START + MICRO),
        ([START - 200 * DAY, START - 80 * DAY, START - 85 * DAY], START + 10 * DAY),
    ],
)
def test_who_took_money_back_not_long_ago_needs_a_person(earlier: list[datetime], again: datetime | None) -> None:
    if again is None:
        may_ask(earlier, POLICY, now=START)
        return
    with pytest.raises(RefundNeedsStaff) as refusal:
        may_ask(earlier, POLICY, now=START)
    assert refusal.value.facts == {"again_at": again.isoformat()}


def limits(*, minimum: int = 100, rest: int = 50, is_partial: bool = True) -> RefundLimits:
    return RefundLimits(minimum=rub(minimum), rest_minimum=rub(rest), is_partial=is_partial, until=START + DAY)


FITS = [
    (39_900, 39_900, limits(), START, 39_900),
    (39_900, 39_900, limits(is_partial=False), START, 39_900),
    (39_850, 39_900, limits(), START, 39_850),
    (39_851, 39_900, limits(), START, 39_850),
    (39_899, 39_900, limits(), START, 39_850),
    (100, 39_900, limits(), START, 100),
    (99, 39_900, limits(), START, None),
    (140, 149, limits(), START, None),
    (10_000, 39_900, limits(is_partial=False), START, None),
    (39_900, 39_900, limits(), START + DAY, None),
    (39_900, 39_900, limits(), START + DAY - MICRO, 39_900),
    (1, 39_900, None, START + 1_000 * DAY, 1),
]


@pytest.mark.parametrize(("amount", "left", "found", "now", "fits"), FITS)
def test_what_goes_back_fits_what_the_provider_can_return(
    amount: int, left: int, found: RefundLimits | None, now: datetime, fits: int | None
) -> None:
    if fits is None:
        with pytest.raises(RefundNotPossible):
            fitted(rub(amount), rub(left), found, now=now)
        return
    assert fitted(rub(amount), rub(left), found, now=now) == rub(fits)


def test_what_the_provider_cannot_return_is_said_in_numbers() -> None:
    with pytest.raises(RefundNotPossible) as refusal:
        demand_possible(rub(39_851), rub(39_900), limits(), now=START)

    assert refusal.value.facts == {
        "minimum_minor": 100,
        "rest_minimum_minor": 50,
        "is_partial": True,
        "until": (START + DAY).isoformat(),
        "left_minor": 39_900,
        "currency": "RUB",
    }


@given(st.integers(1, 500), st.integers(1, 500), st.integers(1, 300), st.integers(1, 300), st.booleans())
def test_what_fits_is_possible_and_never_more_than_what_is_owed(
    amount: int,
    more: int,
    minimum: int,
    rest: int,
    is_partial: bool,  # noqa: FBT001 - a case
) -> None:
    left, found = amount + more - 1, limits(minimum=minimum, rest=rest, is_partial=is_partial)
    try:
        fits = fitted(rub(amount), rub(left), found, now=START)
    except RefundNotPossible:
        return
    demand_possible(fits, rub(left), found, now=START)
    assert fits <= rub(amount)


@pytest.mark.parametrize(
    ("back", "more", "needs"),
    [(0, 1_000_000, False), (0, 1_000_001, True), (999_999, 1, False), (999_999, 2, True)],
)
def test_above_an_amount_in_all_a_second_person_decides(back: int, more: int, *, needs: bool) -> None:
    order = replace(make_order(), total=rub(2_000_000), refunded=rub(back))

    assert needs_second_person(order, rub(more), POLICY) is needs
