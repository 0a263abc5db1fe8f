"""The whole product with two films of the catalogue, and a browser that nobody is signed in with."""

from pathlib import Path

import pytest

from catalog.making import PEOPLE, film_row, write_folder
from cinema.kit.clock import ManualClock
from cinema.kit.db import Database
from cinema.notifications.mailers import MemoryMailer
from cinema.payments.providers.fake import FakeProvider
from scenarios.house import House
from web.stage import Browser

SOLD = {"prices": {"currency": "RUB", "buy": 29_900, "rent": 9_900}}


@pytest.fixture
async def house(db: Database, clock: ManualClock, tmp_path: Path) -> House:
    house = await House(db=db, clock=clock, provider=FakeProvider(clock=clock), mailer=MemoryMailer()).open()
    nosferatu = film_row("nosferatu", title={"ru": "Носферату", "en": "Nosferatu", "original": "Nosferatu"})
    folder = write_folder(tmp_path, films=[film_row("metropolis") | SOLD, nosferatu], persons=PEOPLE)
    await house.cinema.catalog.importer.import_folder(folder=folder)
    return house


@pytest.fixture
def browser(house: House) -> Browser:
    return Browser(house=house)
