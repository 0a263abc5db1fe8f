"""How a film stands to its viewer, in words: for every answer that the question for access may have."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from cinema.contracts.enums import Access, AccessReason, BlockReason, GoodsKind, GrantKind
from cinema.contracts.ids import EntitlementId, FilmId, SubscriptionId
from cinema.contracts.text import Text
from cinema.contracts.views.billing import FOR_GOOD, AccessBlock, AccessGrant, Offer, PlanView
from cinema.contracts.views.playback import AccessView, PositionView
from cinema.kit.money import Money
from cinema.web.site.ways import BLOCKS, Standing, Subject, clock_of, is_under_way, standing, term, usual
from web.stage import plain
from web.visits import NOW, make_visit

FILM = FilmId(UUID(int=7))


def rubles(minor: int) -> Money:
    return Money(minor=minor, currency="RUB")


def plan(interval: str, minor: int) -> Offer:
    code = interval.partition(" ")[2]
    title = Text(ru=f"план {code}", en=f"plan {code}")
    return Offer(goods=GoodsKind.PLAN_PERIOD, title=title, price=rubles(minor), plan=code, interval=interval)


def rental(hours: int = 48) -> Offer:
    return Offer(goods=GoodsKind.FILM_RENTAL, title=Text(ru="Н", en="N"), price=rubles(9_900), hours=hours)


BUY = Offer(goods=GoodsKind.FILM_PURCHASE, title=Text(ru="Н", en="N"), price=rubles(29_900))
PLANS = (plan("1 day", 4_900), plan("1 month", 39_900), plan("1 year", 399_000))


def grant(
    *, ends_at: datetime = NOW + timedelta(days=3), kind: GrantKind = GrantKind.PAID, by_plan: bool = True
) -> AccessGrant:
    subscription_id = SubscriptionId(UUID(int=1)) if by_plan else None
    return AccessGrant(
        entitlement_id=EntitlementId(UUID(int=2)),
        kind=kind,
        subscription_id=subscription_id,
        ends_at=ends_at,
        is_used=False,
    )


def answer(
    *reasons: AccessReason,
    is_allowed: bool = False,
    grants: tuple[AccessGrant, ...] = (),
    blocks: tuple[AccessBlock, ...] = (),
    offers: tuple[Offer, ...] = (),
) -> AccessView:
    return AccessView(film_id=FILM, allowed=is_allowed, reasons=reasons, grants=grants, blocks=blocks, offers=offers)


def seen(
    access: AccessView,
    *,
    language: str = "ru",
    terms: Access = Access.SUBSCRIPTION,
    position: PositionView | None = None,
) -> Standing:
    subject = Subject(slug="nosferatu", access=terms, answer=access, position=position)
    return standing(make_visit(f"/{language}/films/nosferatu"), subject)


def at(position_s: int, duration_s: int = 10_000) -> PositionView:
    return PositionView(
        film_id=FILM, position_s=position_s, duration_s=duration_s, watched=False, in_row=True, updated_at=NOW
    )


@pytest.mark.parametrize(
    ("grants", "title", "line"),
    [
        ((grant(),), "Доступно до 18 января, 12:00", "По вашей подписке."),
        ((grant(by_plan=False),), "Доступно до 18 января, 12:00", "Вы взяли этот фильм напрокат."),
        ((grant(by_plan=False, ends_at=FOR_GOOD),), "Ваш навсегда", "Вы купили этот фильм."),
        (
            (grant(kind=GrantKind.GRACE),),
            "Доступно до 18 января, 12:00",
            "Деньги за подписку пока не удалось списать, но смотреть можно.",
        ),
        (
            (grant(ends_at=datetime(2027, 1, 2, 21, 30, tzinfo=UTC)),),
            "Доступно до 3 января 2027 года, 00:30",
            "По вашей подписке.",
        ),
        ((grant(), grant(by_plan=False, ends_at=FOR_GOOD)), "Ваш навсегда", "Вы купили этот фильм."),
        ((), "Бесплатно", "Смотрите сколько хотите."),
    ],
)
def test_an_open_film_says_until_when_and_by_which_right(
    grants: tuple[AccessGrant, ...], title: str, line: str
) -> None:
    found = seen(answer(AccessReason.PAID, is_allowed=True, grants=grants))

    assert (plain(found.title), found.line, found.is_open, found.is_sold) == (title, line, True, False)
    assert [(one.text, one.place) for one in found.buttons] == [("Смотреть", "/ru/watch/nosferatu")]
    assert found.ways == ()


@pytest.mark.parametrize(
    ("position_s", "text"),
    [
        (499, "Смотреть"),
        (500, "Продолжить с 8:20"),
        (4_000, "Продолжить с 1:06:40"),
        (9_000, "Продолжить с 2:30:00"),
        (9_001, "Смотреть"),
    ],
)
def test_a_film_goes_on_where_the_viewer_stopped_between_its_beginning_and_its_end(position_s: int, text: str) -> None:
    found = seen(answer(AccessReason.FREE, is_allowed=True), position=at(position_s))

    assert [one.text for one in found.buttons] == [text]


def test_a_place_is_told_in_hours_only_where_there_are_some() -> None:
    assert [clock_of(seconds) for seconds in (0, 9, 760, 3_599, 3_600, 36_061)] == [
        "0:00",
        "0:09",
        "12:40",
        "59:59",
        "1:00:00",
        "10:01:01",
    ]
    assert is_under_way(at(5, 100))
    assert not is_under_way(at(4, 100))


def test_who_is_not_signed_in_may_rent_buy_or_subscribe_and_is_asked_whether_they_have_it_already() -> None:
    found = seen(answer(AccessReason.SIGN_IN, offers=(*PLANS, rental(), BUY)))

    film = "film=nosferatu&goods=film_rental&next=%2Fru%2Ffilms%2Fnosferatu"
    month = "plan=month&next=%2Fru%2Ffilms%2Fnosferatu"
    assert (found.title, found.is_open, found.is_sold) == ("Входит в подписку", False, True)
    assert plain(found.line) == "399,00 ₽ за месяц · прокат 99,00 ₽ · навсегда 299,00 ₽"
    assert [(plain(one.text), one.place) for one in found.buttons] == [
        ("Взять напрокат за 99,00 ₽", f"/ru/checkout?{film}"),
        ("Оформить подписку", f"/ru/checkout?{month}"),
    ]


def test_every_way_in_has_its_price_its_term_and_its_own_button() -> None:
    found = seen(answer(AccessReason.NO_RIGHT, offers=(*PLANS, rental(), BUY)), language="en")

    assert [(one.name, one.price.minor, one.term, plain(one.button.text)) for one in found.ways] == [
        ("Subscription “plan day”", 4_900, "for a day", "Subscribe for RUB 49.00"),
        ("Subscription “plan month”", 39_900, "for a month", "Subscribe for RUB 399.00"),
        ("Subscription “plan year”", 399_000, "for a year", "Subscribe for RUB 3,990.00"),
        ("Rent it", 9_900, "for 2 days", "Rent for RUB 99.00"),
        ("For good", 29_900, "for good", "Buy for RUB 299.00"),
    ]
    assert [one.button.place.partition("?")[2].partition("&next=")[0] for one in found.ways] == [
        "plan=day",
        "plan=month",
        "plan=year",
        "film=nosferatu&goods=film_rental",
        "film=nosferatu&goods=film_purchase",
    ]


@pytest.mark.parametrize(
    ("offers", "buttons"),
    [
        ((plan("1 day", 4_900), plan("1 year", 399_000)), ["plan=day"]),
        ((BUY,), ["film=nosferatu&goods=film_purchase"]),
        ((rental(), BUY), ["film=nosferatu&goods=film_rental"]),
        ((BUY, plan("1 month", 39_900)), ["film=nosferatu&goods=film_purchase", "plan=month"]),
    ],
)
def test_the_buttons_are_the_film_itself_and_the_usual_plan_as_far_as_they_are_sold(
    offers: tuple[Offer, ...], buttons: list[str]
) -> None:
    found = seen(answer(AccessReason.NO_RIGHT, offers=offers))

    assert [one.place.partition("?")[2].partition("&next=")[0] for one in found.buttons] == buttons


def test_a_rental_of_broken_days_is_told_in_hours() -> None:
    found = seen(answer(AccessReason.NO_RIGHT, offers=(rental(hours=36),)))

    assert found.title == "Можно взять отдельно"
    assert [plain(one.term) for one in found.ways] == ["на 36 часов"]


@pytest.mark.parametrize(
    ("reason", "line"),
    [
        (BlockReason.DUNNING, "Подписка не оплачена. Оплатите её, и фильм откроется."),
        (BlockReason.AGE, "Фильм не для возраста, указанного в профиле."),
        (BlockReason.REGION, "В вашей стране у нас нет прав на показ этого фильма."),
        (BlockReason.FRAUD, "Доступ приостановлен. Напишите нам, и мы разберёмся."),
    ],
)
def test_a_closed_film_says_why_and_sells_nothing(reason: BlockReason, line: str) -> None:
    block = AccessBlock(reason=reason, ends_at=None)

    found = seen(answer(AccessReason.BLOCKED, grants=(grant(),), blocks=(block,)))

    assert (found.title, found.line, found.is_open, found.ways) == ("Сейчас не открыть", line, False, ())
    assert [(one.text, one.place) for one in found.buttons] == [("В личный кабинет", "/ru/account")]


def test_every_reason_that_closes_a_film_has_words() -> None:
    assert set(BLOCKS) == set(BlockReason)


def test_a_free_film_wants_nothing_but_a_signed_in_viewer() -> None:
    found = seen(answer(AccessReason.SIGN_IN), terms=Access.FREE)

    assert (found.title, found.line, found.is_sold) == ("Бесплатно", "Нужно только войти.", False)
    assert [(one.text, one.place) for one in found.buttons] == [("Смотреть", "/ru/watch/nosferatu")]


def test_a_film_that_nobody_sells_has_no_button() -> None:
    found = seen(answer(AccessReason.NO_RIGHT))

    assert (found.title, found.buttons, found.ways) == ("Сейчас не открыть", (), ())


@pytest.mark.parametrize(
    ("interval", "russian", "english"),
    [
        ("1 day", "за день", "for a day"),
        ("7 day", "за 7 дней", "for 7 days"),
        ("21 day", "за 21 день", "for 21 days"),
        ("3 month", "за 3 месяца", "for 3 months"),
        ("1 year", "за год", "for a year"),
        ("2 year", "за 2 года", "for 2 years"),
    ],
)
def test_a_term_is_said_as_people_say_it(interval: str, russian: str, english: str) -> None:
    said = [plain(term(make_visit(path), interval)) for path in ("/ru/", "/en/")]

    assert said == [russian, english]


def test_the_plan_that_is_named_alone_is_the_one_by_the_month() -> None:
    day, month = (
        PlanView(plan=code, title=Text(ru=code, en=code), price=rubles(1), interval=f"1 {code}")
        for code in ("day", "month")
    )

    assert usual([day, month]) is month
    assert usual([day]) is day
    assert usual([]) is None
