"""The page of plans: prices and savings as they are, the real number of films, and the viewer's own plan."""

from datetime import UTC, datetime

from cinema.billing.domain.period import Interval, Unit
from cinema.billing.domain.plan import Plan, Price
from cinema.billing.store.plans import add_plans
from cinema.contracts.ids import PlanId, PriceId
from cinema.contracts.text import Text
from cinema.kit.ids import uuid7
from cinema.kit.money import Money
from scenarios.house import House
from web.stage import Browser

NOON = datetime(2026, 1, 15, 9, 0, tzinfo=UTC)


def make_plan(code: str) -> Plan:
    """Another plan for a month."""
    price = Price(price_id=PriceId(uuid7(NOON)), version=1, amount=Money(minor=49_900, currency="RUB"))
    title = Text(ru=code, en=code)
    return Plan(
        plan_id=PlanId(uuid7(NOON)), code=code, title=title, interval=Interval(unit=Unit.MONTH, count=1), price=price
    )


async def test_plans_stand_side_by_side_with_a_saving_that_is_true(browser: Browser) -> None:
    page = await browser.get("/ru/plans")

    assert (page.status, page.h1) == (200, "Тарифы")
    assert "2 фильма в любом тарифе" in page.text
    assert "399,00 ₽ за месяц" in page.text
    assert "3 990,00 ₽ за год 332,50 ₽ в месяц На 798,00 ₽ дешевле, чем по месяцам" in page.text
    assert "49,00 ₽ за день Оформить за 49,00 ₽" in page.text
    assert page.links["Оформить за 399,00 ₽"] == "/ru/checkout?plan=month"


async def test_the_way_back_to_a_film_goes_through_the_plans(browser: Browser) -> None:
    page = await browser.get("/en/plans?next=/en/films/metropolis")
    outside = await browser.get("/en/plans?next=https://evil.example/")

    assert page.links["Subscribe for RUB 399.00"] == "/en/checkout?plan=month&next=/en/films/metropolis"
    assert outside.links["Subscribe for RUB 399.00"] == "/en/checkout?plan=month"


async def test_the_own_plan_is_marked_and_no_other_is_offered(browser: Browser, house: House) -> None:
    await house.subscribed("anna")
    await browser.sign_in("anna")

    page = await browser.get("/en/plans")

    assert "Monthly Your plan RUB 399.00 for a month Paid until 15 February. Manage your subscription" in page.text
    assert page.links["Manage your subscription"] == "/en/account"
    assert [name for name in page.links if name.startswith("Subscribe for")] == []
    assert page.text.count("You can change plans when the present one ends") == 2


async def test_many_plans_are_shown_by_their_interval(browser: Browser, house: House) -> None:
    more = [make_plan("month-two"), make_plan("month-three")]
    async with house.db.write() as tx:
        await add_plans(tx, more, now=tx.now)

    usual = await browser.get("/en/plans")
    yearly = await browser.get("/en/plans?interval=1%20year")
    unknown = await browser.get("/en/plans?interval=%3Cscript%3E")

    assert {name for name in usual.links if name.startswith("Subscribe for")} == {
        "Subscribe for RUB 399.00",
        "Subscribe for RUB 499.00",
    }
    assert usual.links["for a year"] == "/en/plans?interval=1%20year"
    assert [name for name in yearly.links if name.startswith("Subscribe for")] == ["Subscribe for RUB 3,990.00"]
    assert "less than month by month" not in yearly.text  # there is no one month to compare it with
    assert unknown.text == usual.text
