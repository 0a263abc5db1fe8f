"""The ribbon of a development installation: what to open for trying out, and none of it in production."""

from dataclasses import replace
from urllib.parse import quote

import pytest

from cinema.main.settings import Environment
from cinema.main.wiring import build_cinema
from scenarios.house import House, all_settings
from web.stage import Browser


def rebuilt(house: House, *, environment: Environment = Environment.DEVELOPMENT, has_stand_ins: bool) -> None:
    """The same installation with stand-ins or real services, in development or not."""
    settings = all_settings()
    process = settings.process.model_copy(update={"environment": environment})
    house.cinema = build_cinema(
        replace(settings, process=process, has_own_mail=not has_stand_ins, has_own_provider=not has_stand_ins),
        pools=house.db.pools,
        clock=house.clock,
        providers={"fake": house.provider},
        mailer=house.mailer,
    )


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("ru", ("Это установка для разработки. Деньги ненастоящие.", "Почта", "Тестовые карты")),
        ("en", ("This is a development installation. No real money moves.", "Mailbox", "Test cards")),
    ],
)
async def test_in_development_every_page_leads_to_the_mails_and_the_test_cards(
    house: House, browser: Browser, language: str, said: tuple[str, str, str]
) -> None:
    rebuilt(house, has_stand_ins=True)
    note, mails, cards = said

    page = await browser.get(f"/{language}/films")

    assert note in page.text
    assert page.links[mails] == "http://127.0.0.1:8001/mail/"
    assert page.links[cards] == "http://127.0.0.1:8001/checkout/test-cards"


async def test_who_is_signed_in_is_led_to_their_own_mails_and_told_who_they_are(house: House, browser: Browser) -> None:
    rebuilt(house, has_stand_ins=True)
    viewer = await browser.sign_up("anna")

    page = await browser.get("/en/films")

    assert page.links["Mailbox"] == f"http://127.0.0.1:8001/mail/?to={quote(viewer.email)}"
    assert "You are anna (viewer)" in page.text


async def test_with_services_of_its_own_an_installation_leads_to_no_stand_ins_and_may_take_money(
    house: House, browser: Browser
) -> None:
    rebuilt(house, has_stand_ins=False)

    page = await browser.get("/en/films")

    assert "This is a development installation." in page.text
    assert "No real money moves" not in page.text
    assert not {"Mailbox", "Test cards"} & page.links.keys()


async def test_in_production_there_is_no_ribbon(house: House, browser: Browser) -> None:
    rebuilt(house, environment=Environment.PRODUCTION, has_stand_ins=False)

    page = await browser.get("/en/films")

    assert page.status == 200
    assert "development installation" not in page.text
