"""A page needs the contracts only: it is written against them, and shows what the built product knows."""

import re
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest

from catalog.making import PEOPLE, film_row, write_folder
from cinema.contracts.ids import UserId
from cinema.contracts.text import Language
from cinema.kit.clock import ManualClock
from cinema.kit.db import Database
from cinema.kit.errors import NotFound
from cinema.notifications.mailers import MemoryMailer
from cinema.payments.providers.fake import FakeProvider
from scenarios.house import House
from web.film_page import film_page

TESTS = Path(__file__).parents[1]

PURE_KIT = {f"cinema.kit{part}" for part in ("", ".errors", ".events", ".intent", ".money", ".page")}
"""All of kit that comes with the contracts."""


async def shown(house: House, *, film: str, user_id: UserId, language: Language = Language.EN) -> str:
    return await film_page(
        film=film,
        user_id=user_id,
        language=language,
        catalog=house.cinema.catalog.reader,
        billing=house.cinema.billing.reader,
        payments=house.cinema.payments.reader,
    )


@pytest.fixture
async def house(db: Database, clock: ManualClock, tmp_path: Path) -> House:
    house = await House(db=db, clock=clock, provider=FakeProvider(clock=clock), mailer=MemoryMailer()).open()
    title = {"ru": "Метрополис", "en": "Metropolis & Co", "original": "Metropolis"}
    folder = write_folder(tmp_path, films=[film_row("metropolis", title=title)], persons=PEOPLE)
    await house.cinema.catalog.importer.import_folder(folder=folder)
    return house


async def test_a_page_shows_what_three_contexts_know(house: House) -> None:
    viewer = await house.subscribed()
    await house.pass_time(timedelta(days=31 + 28 + 1))

    page = await shown(house, film="metropolis", user_id=UserId(viewer.user_id))

    assert re.findall(r"<h1>(.*?)</h1>", page) == ["Metropolis &amp; Co (1927)"]
    assert re.findall(r'<ul id="(\w+)">(.*?)</ul>(<a)?', page) == [
        ("subscriptions", "<li>Monthly → 15.04.2026</li>", ""),
        ("orders", "<li>Monthly: 399.00 RUB, paid</li>" * 2, "<a"),
        ("methods", "<li>Bank card *4444</li>", ""),
    ]


async def test_a_stranger_sees_the_film_and_nothing_of_others(house: House) -> None:
    await house.subscribed("anna")
    stranger = await house.sign_up("boris")

    page = await shown(house, film="metropolis", user_id=UserId(stranger.user_id), language=Language.RU)

    assert "<h1>Метрополис (1927)</h1>" in page
    assert re.findall(r'<ul id="\w+">(.*?)</ul>', page) == ["", "", ""]


async def test_a_film_that_is_not_there_is_a_plain_refusal(house: House) -> None:
    with pytest.raises(NotFound):
        await shown(house, film="nosferatu", user_id=UserId((await house.sign_up("anna")).user_id))


def test_a_page_brings_in_nothing_of_us_but_the_contracts() -> None:
    program = "import sys, web.film_page; print(*(name for name in sys.modules if name.startswith('cinema.')))"

    command = [sys.executable, "-c", program]
    answer = subprocess.run(
        command, cwd=TESTS, env={"PYTHONPATH": str(TESTS)}, capture_output=True, text=True, check=True
    )
    loaded = answer.stdout.split()

    assert {name for name in loaded if not name.startswith("cinema.contracts")} == PURE_KIT
    assert {"cinema.contracts.views.catalog", "cinema.contracts.views.billing"} <= set(loaded)


def test_a_page_itself_names_nothing_of_us_but_the_contracts_and_the_page_of_a_list() -> None:
    text = (TESTS / "web" / "film_page.py").read_text(encoding="utf-8")

    named = set(re.findall(r"^(?:from|import) (cinema[\w.]*)", text, re.MULTILINE))

    assert {name for name in named if not name.startswith("cinema.contracts.")} == {"cinema.kit.page"}
