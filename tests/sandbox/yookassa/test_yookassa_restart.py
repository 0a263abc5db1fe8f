from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

from sandbox.yookassa.driver import Driver, payment_body, rub


async def test_a_restart_keeps_the_whole_shop(open_shop: Callable[..., Driver], tmp_path: Path) -> None:
    path = tmp_path / "var" / "yookassa.sqlite"
    before = open_shop(state_path=path)
    before.merchant.answers = [500]
    first = await before.paid(save_payment_method=True)
    await before.tick()
    refund = (await before.post("/refunds", {"payment_id": first["id"], "amount": rub("100.00")}, key="refund")).json()
    created = (await before.post("/payments", payment_body(), key="one")).json()
    await before.control("/autopayments/outcomes", {"reason": "insufficient_funds"})
    await before.control("/faults", {"kind": "error_before", "times": None})
    await before.server.do(before.sandbox.aclose())

    after = open_shop(state_path=path)
    replayed = (await after.post("/payments", payment_body(), key="one")).json()
    changed = await after.post("/payments", payment_body("400.00"), key="one")
    charges = [(await after.charge(first["id"])).json()["status"] for _ in range(2)]
    await after.tick(timedelta(minutes=1))
    still_open = await after.payment(created["id"])
    paid = await after.pay(created)

    assert (await after.payment(first["id"]))["refunded_amount"] == rub("100.00")
    assert (await after.get(f"/refunds/{refund['id']}")).json() == refund
    assert replayed == created
    assert changed.status_code == 400
    assert charges == ["canceled", "succeeded"]
    told = [each["object"]["id"] for each in after.merchant.received]
    assert [object_id for object_id in told if object_id in {first["id"], refund["id"]}] == [first["id"], refund["id"]]
    assert sorted(after.merchant.events) == [
        "payment.canceled",
        "payment.succeeded",
        "payment.succeeded",
        "refund.succeeded",
    ]
    assert (still_open["status"], paid["status"]) == ("pending", "succeeded")


async def test_what_fell_due_while_the_shop_was_shut_is_settled(
    open_shop: Callable[..., Driver], tmp_path: Path
) -> None:
    before = open_shop(state_path=tmp_path / "state.sqlite")
    created = await before.create()
    await before.server.do(before.sandbox.aclose())
    before.clock.advance(timedelta(hours=2))

    after = open_shop(state_path=tmp_path / "state.sqlite")
    await after.tick()

    assert (await after.payment(created["id"]))["status"] == "canceled"
    assert after.merchant.events == ["payment.canceled"]


async def test_shops_in_memory_know_nothing_of_each_other(open_shop: Callable[..., Driver]) -> None:
    first = open_shop()
    created = await first.create()

    second = open_shop()

    assert (await second.get(f"/payments/{created['id']}")).status_code == 404
