"""What a service says of its shop when it starts."""

from collections.abc import MutableMapping
from typing import Any

import pytest

from cinema.kit.clock import ManualClock
from cinema.kit.db import Database
from cinema.main.watch import look_once
from cinema.main.wiring import build_cinema
from cinema.notifications.mailers import MemoryMailer
from cinema.payments.providers.fake import FakeProvider
from scenarios.house import House, all_settings


@pytest.mark.parametrize(("currency", "said"), [("RUB", []), ("EUR", [("shop.empty", "warning", "EUR")])])
async def test_a_shop_whose_plans_are_in_another_currency_is_said_to_be_empty(
    db: Database,
    clock: ManualClock,
    log_lines: list[MutableMapping[str, Any]],
    currency: str,
    said: list[tuple[str, str, str]],
) -> None:
    provider, mailer = FakeProvider(clock=clock), MemoryMailer()
    await House(db=db, clock=clock, provider=provider, mailer=mailer).open()
    settings = all_settings(currency=currency)
    cinema = build_cinema(settings, pools=db.pools, clock=clock, providers={"fake": provider}, mailer=mailer)

    await look_once(cinema, settings)

    about_it = [one for one in log_lines if one["event"].startswith("shop.")]
    assert [(one["event"], one["log_level"], one["currency"]) for one in about_it] == said
