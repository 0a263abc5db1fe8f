"""Our payments and the provider's list: equal after the main job, and every planted difference is told (I8)."""

from dataclasses import replace
from datetime import timedelta

from cinema.kit.money import Money
from cinema.payments.domain.decline import CancelReason
from cinema.payments.domain.port import Canceled, Succeeded
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
