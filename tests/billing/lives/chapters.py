"""What lives are made of: chapters of acts that belong together, in any order and for any viewer."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any, TypeAlias

from hypothesis import strategies as st

from billing.lives.acts import (
    Act,
    AddsCard,
    BankAnswers,
    Buys,
    BuysFilm,
    ChoosesCard,
    ComesNear,
    LosesCard,
    Mails,
    Moves,
    NobodyWorks,
    PaysAfterAll,
    PaysAgain,
    ProviderReturns,
    RefundEnds,
    StaffReturns,
    Switches,
    TakesBack,
    TimePasses,
    Watches,
)

Chapters: TypeAlias = st.SearchStrategy[tuple[Act, ...]]

NAMES = ("Anna", "Boris")

YES = st.booleans()
WHICH = st.integers(0, 2)
HOURS = (0.1, 1, 5, 12, 22, 23.5, 24, 72, 288, 648, 840)
SPANS = st.sampled_from([timedelta(hours=hours) for hours in HOURS])
BANK = st.sampled_from(["pays", "declines", "silent"])
PLANS = st.sampled_from(["day", "month"])

POLICIES: st.SearchStrategy[dict[str, Any]] = st.fixed_dictionaries(
    {
        "renewal_notice_days": st.sampled_from([3, 0, 10]),
        "grace_days": st.sampled_from([7, 30]),
        "refund_days": st.sampled_from([14, 0, 2]),
        "refund_again_days": st.sampled_from([0, 90, 5]),
        "refund_second_person_minor": st.sampled_from([1_000_000, 30_000, 0]),
    }
)


def passes() -> st.SearchStrategy[TimePasses]:
    return st.builds(TimePasses, by=SPANS, bank=BANK)


def bank(who: int, *how: str) -> st.SearchStrategy[BankAnswers]:
    return st.builds(BankAnswers, who=st.just(who), how=st.sampled_from(how))


def subscribes(who: int) -> Chapters:
    buys = st.builds(Buys, who=st.just(who), plan=PLANS, renewed=st.sampled_from([True, True, False]))
    return st.tuples(buys, bank(who, "pays", "pays", "pays unsaved", "declines"))


def tries_again(who: int) -> Chapters:
    """A payment by hand fails, and its money or another's comes."""
    his = st.just(who)
    return st.tuples(
        st.builds(Buys, who=his, plan=PLANS, renewed=YES),
        bank(who, "declines", "cancels", "refuses"),
        st.builds(PaysAgain, who=his, renewed=YES),
        st.one_of(bank(who, "pays", "pays unsaved", "cancels"), st.builds(PaysAfterAll, who=his)),
    )


def runs_late(who: int) -> Chapters:
    """Renewals are declined until something is done about it."""
    his = st.just(who)
    cure: st.SearchStrategy[Act] = st.one_of(
        st.builds(PaysAgain, who=his, renewed=YES),
        st.builds(ChoosesCard, who=his, which=WHICH),
        st.builds(Switches, who=his, what=st.just("cancellation")),
        st.builds(LosesCard, who=his, which=WHICH, reason=st.sampled_from(["removed", "revoked"])),
        passes(),
    )
    decline = st.builds(TimePasses, by=SPANS, bank=st.sampled_from(["declines", "silent"]))
    return st.tuples(decline, st.builds(AddsCard, who=his), cure, bank(who, "pays", "declines", "cancels"))


def comes_near(who: int, *minutes: int) -> st.SearchStrategy[ComesNear]:
    off = st.sampled_from([timedelta(minutes=one) for one in minutes])
    return st.builds(ComesNear, who=st.just(who), off=off, bank=BANK)


def changes_late(who: int) -> Chapters:
    """Told of a charge, the viewer changes something just before it, or while it is under way."""
    his = st.just(who)
    change: st.SearchStrategy[Act] = st.one_of(
        st.builds(ChoosesCard, who=his, which=WHICH),
        st.builds(ChoosesCard, who=his, which=st.just(0)),
        st.builds(LosesCard, who=his, which=WHICH, reason=st.sampled_from(["removed", "revoked"])),
        st.builds(Switches, who=his, what=st.sampled_from(["cancellation", "resumption"])),
        st.builds(TakesBack, who=his, which=st.just(0)),
    )
    near, at = comes_near(who, -180, -20, -1), comes_near(who, 0, 1, 70)
    return st.tuples(near, st.builds(AddsCard, who=his), change, st.one_of(change, near), at)


def takes_back(who: int) -> Chapters:
    his = st.just(who)
    ends = st.builds(RefundEnds, which=WHICH, how=st.sampled_from(["returns", "refuses", "returns after all"]))
    between: st.SearchStrategy[Act] = st.one_of(
        passes(), st.builds(Watches, who=his), st.builds(Buys, who=his, plan=PLANS, renewed=YES), ends
    )
    return st.tuples(passes(), between, st.builds(TakesBack, who=his, which=WHICH), between, ends)


def watches(who: int) -> Chapters:
    return st.tuples(st.builds(Watches, who=st.just(who)), passes())


def changes_cards(who: int) -> Chapters:
    his = st.just(who)
    one: st.SearchStrategy[Act] = st.one_of(
        st.builds(AddsCard, who=his),
        st.builds(LosesCard, who=his, which=WHICH, reason=st.sampled_from(["removed", "revoked"])),
        st.builds(ChoosesCard, who=his, which=WHICH),
        st.builds(Switches, who=his, what=st.sampled_from(["cancellation", "resumption"])),
    )
    return st.tuples(st.builds(AddsCard, who=his), one, one, one)


def is_helped(who: int) -> Chapters:
    """Others than the viewer return money."""
    his = st.just(who)
    staff = st.builds(
        StaffReturns, who=his, which=WHICH, percent=st.sampled_from([10, 50, 100]),
        effect=st.sampled_from(["keep", "revoke"]), is_approved=YES,
    )  # fmt: skip
    ends = st.builds(RefundEnds, which=WHICH, how=st.sampled_from(["returns", "refuses"]))
    by_hand = st.builds(ProviderReturns, who=his, percent=st.sampled_from([30, 100]))
    return st.tuples(st.one_of(staff, staff, by_hand), ends)


def buys_film(who: int) -> Chapters:
    his = st.just(who)
    goods = st.sampled_from(["film_purchase", "film_rental"])
    then = st.one_of(st.builds(Watches, who=his), st.builds(TakesBack, who=his, which=WHICH))
    return st.tuples(st.builds(BuysFilm, who=his, goods=goods), bank(who, "pays"), then)


def moves(who: int) -> Chapters:
    return st.tuples(st.builds(Moves, who=st.just(who), zone=st.sampled_from(["Asia/Vladivostok", "America/New_York"])))


WORLDLY: Chapters = st.one_of(
    st.tuples(passes()),
    st.tuples(passes()),
    st.tuples(st.builds(NobodyWorks, by=SPANS), passes()),
    st.tuples(st.builds(Mails, work=st.just(False)), passes(), st.builds(Mails, work=st.just(True))),
    st.tuples(st.builds(Mails, work=YES)),
)

OWN: tuple[Callable[[int], Chapters], ...] = (
    *(subscribes, subscribes, tries_again, watches, buys_film, moves, is_helped),
    *(runs_late, runs_late, changes_late, changes_late, changes_cards, changes_cards),
    *(takes_back, takes_back, takes_back),
)

CHAPTERS: Chapters = st.one_of(WORLDLY, WORLDLY, *(chapter(who) for who in range(len(NAMES)) for chapter in OWN))

LIVES: st.SearchStrategy[list[tuple[Act, ...]]] = st.lists(CHAPTERS, min_size=5, max_size=16)
"""How lives go on after everybody has subscribed."""
