"""Our payments and the provider's list: equal after the main job, and every planted difference is told (I8)."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from cinema.kit.clock import ManualClock
from cinema.kit.db import Database
from cinema.kit.money import Money
from cinema.notifications.mailers import MemoryMailer
from cinema.payments.domain.decline import CancelReason
from cinema.payments.domain.port import Canceled, Seen, Succeeded
from cinema.payments.providers.fake import FakeProvider
from cinema.payments.service.comparison import slices
from scenarios.house import House


async def test_after_the_main_job_nothing_is_unexplained(house: House) -> None:
    await house.subscribed()
    await house.pass_time(timedelta(days=31))

    assert await house.cinema.payments.comparison.differences(days=90) == []


async def test_every_difference_is_told(house: House) -> None:
    for name in ("anna", "boris", "vera", "gleb"):
        await house.subscribed(name)
    await house.pass_time(timedelta(hours=2))
    amount, status, missing, known = house.provider.payments
    shown = house.provider.payments
    shown[amount] = replace(shown[amount], amount=Money(minor=1, currency="RUB"))
    taken = shown[status].state
    assert isinstance(taken, Succeeded)
    shown[status] = replace(shown[status], state=Canceled(reason=CancelReason.GIVEN_UP))
    del shown[missing]
    shown["stranger"] = replace(shown[known], provider_payment_id="stranger")

    differences = await house.cinema.payments.comparison.differences(days=90)

    assert sorted(differences) == sorted(
        [
            f"Payment {amount} is 399.00 RUB here and 0.01 RUB there.",
            f"Payment {status} is succeeded here and canceled there.",
            "The provider took 399.00 RUB in stranger, of which we know nothing.",
            f"We count 399.00 RUB of {missing} as paid; the provider does not list it.",
        ]
    )


class Lister(FakeProvider):
    """Keeps how much it was asked to list at once."""

    def __init__(self, *, clock: ManualClock) -> None:
        super().__init__(clock=clock)
        self.spans: list[tuple[datetime, datetime]] = []

    async def list_payments(self, *, since: datetime, until: datetime) -> tuple[Seen, ...]:
        self.spans.append((since, until))
        return await super().list_payments(since=since, until=until)


async def test_of_ninety_days_one_is_held_at_a_time(db: Database, clock: ManualClock) -> None:
    lister = Lister(clock=clock)
    house = await House(db=db, clock=clock, provider=lister, mailer=MemoryMailer()).open()
    for name in ("anna", "boris", "vera"):
        await house.subscribed(name)
        await house.pass_time(timedelta(days=2))

    differences = await house.cinema.payments.comparison.differences(days=90)

    now = clock.now()
    assert differences == []
    assert lister.spans == list(slices(now - timedelta(days=90), now))
    assert [end - start for start, end in lister.spans] == [timedelta(days=1)] * 90
    assert [one[1] for one in lister.spans[:-1]] == [one[0] for one in lister.spans[1:]]


@pytest.mark.parametrize("off", [timedelta(minutes=-20), timedelta(minutes=20)])
async def test_a_payment_that_both_sides_date_differently_is_no_difference(house: House, off: timedelta) -> None:
    """Wherever an edge between two pieces falls: here before, between and after the two times of each payment."""
    await house.subscribed()
    for name, seen in house.provider.payments.items():
        house.provider.payments[name] = replace(seen, created_at=seen.created_at + off)
    await house.pass_time(timedelta(days=2, minutes=-30))

    found = []
    for _ in range(6):
        await house.pass_time(timedelta(minutes=10))
        found += await house.cinema.payments.comparison.differences(days=90)

    assert found == []
