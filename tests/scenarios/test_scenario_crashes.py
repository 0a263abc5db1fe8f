"""A renewal, killed at each point: after a restart there is one charge, and everything converges (B3, F2)."""

import contextlib
from collections import Counter
from datetime import timedelta

import pytest

from cinema.kit.db import DatabaseUnavailable
from cinema.payments.service.crash_points import CrashPoint
from make import count
from scenarios.house import House

OF_A_RENEWAL = [point for point in CrashPoint if not point.name.startswith(("REFUND", "BINDING"))]
OF_A_REFUND = [point for point in CrashPoint if point.name.startswith("REFUND")]


class Killed(BaseException):
    """Stands for ``kill -9``: nothing in the process may catch it and go on."""


class Killer:
    """Kills at one point, when it is passed for the ``number``-th time."""

    def __init__(self, point: CrashPoint, number: int = 1) -> None:
        self.point = point
        self.number = number
        self.passed: Counter[CrashPoint] = Counter()

    def __call__(self, point: CrashPoint) -> None:
        self.passed[point] += 1
        if point is self.point and self.passed[point] == self.number:
            raise Killed


async def run_until_killed(house: House, killer: Killer, by: timedelta) -> bool:
    """Lets time pass in a process that dies at a point, then in the one that is started after it."""
    house.restart(passes=killer)
    try:
        await house.pass_time(by)
    except Killed:
        pass
    except BaseExceptionGroup as group:
        if group.subgroup(Killed) is None:
            raise
    house.restart()
    await house.pass_time(by)
    return bool(killer.passed[killer.point])


@pytest.mark.parametrize("point", OF_A_RENEWAL)
async def test_a_renewal_survives_a_kill_at_every_step(house: House, point: CrashPoint) -> None:
    for number in range(count(reduced=1, full=20)):
        await house.subscribed(f"viewer{number}")
    await house.pass_time(timedelta(days=30))
    if point in {CrashPoint.RECONCILE_CLAIMED, CrashPoint.RECONCILE_ANSWERED}:
        await run_until_killed(house, Killer(CrashPoint.CHARGE_ANSWERED), timedelta(0))

    await run_until_killed(house, Killer(point), timedelta(days=1, hours=2))

    orders = await house.rows("SELECT status, period_no FROM billing.orders ORDER BY period_no")
    assert {row["status"] for row in orders} == {"paid"}
    assert set(house.provider.charges.values()) == {1}
    assert len(house.provider.charges) == len(orders) == 2 * count(reduced=1, full=20)
    assert (await house.events()).count("billing.SubscriptionRenewed") == count(reduced=1, full=20)
    assert await house.violations() == []


BATCH = 5


@pytest.mark.parametrize("number", [1, 3, BATCH], ids=["first", "middle", "last"])
@pytest.mark.parametrize("point", OF_A_RENEWAL)
async def test_a_batch_survives_a_kill_at_its_first_a_middle_and_its_last_item(
    house: House, point: CrashPoint, number: int
) -> None:
    for viewer in range(BATCH):
        await house.subscribed(f"viewer{viewer}")
    await house.pass_time(timedelta(days=30))
    if point in {CrashPoint.RECONCILE_CLAIMED, CrashPoint.RECONCILE_ANSWERED}:
        await run_until_killed(house, Killer(CrashPoint.CHARGE_ANSWERED), timedelta(0))

    await run_until_killed(house, Killer(point, number), timedelta(days=1, hours=2))

    assert set(house.provider.charges.values()) == {1}
    assert len(house.provider.charges) == 2 * BATCH
    assert (await house.events()).count("billing.SubscriptionRenewed") == BATCH
    assert await house.violations() == []


@pytest.mark.parametrize("point", ["ordered", "settled"])
@pytest.mark.parametrize("number", [1, 3, BATCH], ids=["first", "middle", "last"])
async def test_billing_that_dies_within_a_batch_leaves_nothing_of_it(house: House, point: str, number: int) -> None:
    """The database is told to end the connection when it is to store the n-th item; the next try is whole."""
    for viewer in range(BATCH):
        await house.subscribed(f"viewer{viewer}")
    await house.pass_time(timedelta(days=30))
    table = {"ordered": "billing.orders", "settled": "billing.receipts"}[point]
    async with house.db.write() as tx:
        await tx.execute(f"CREATE SEQUENCE kit.killed; CREATE FUNCTION kit.kill() {KILL.format(number=number)}")
        await tx.execute(f"CREATE TRIGGER kill BEFORE INSERT ON {table} FOR EACH ROW EXECUTE FUNCTION kit.kill()")
    try:
        with contextlib.suppress(DatabaseUnavailable):
            await house.pass_time(timedelta(days=1, hours=2))
        await house.pass_time(timedelta(days=1, hours=2))
        was_killed = (await house.rows("SELECT last_value FROM kit.killed"))[0]["last_value"] >= number
    finally:
        async with house.db.write() as tx:
            await tx.execute(f"DROP TRIGGER kill ON {table}; DROP FUNCTION kit.kill(); DROP SEQUENCE kit.killed")

    assert was_killed
    assert set(house.provider.charges.values()) == {1}
    assert len(house.provider.charges) == 2 * BATCH
    assert (await house.events()).count("billing.SubscriptionRenewed") == BATCH
    assert await house.violations() == []


KILL = """
RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF nextval('kit.killed') = {number} THEN
    PERFORM pg_terminate_backend(pg_backend_pid());
  END IF;
  RETURN NEW;
END $$
"""
"""A sequence counts what was stored also when it is rolled back, so that the second try goes through."""


@pytest.mark.parametrize("point", OF_A_REFUND)
async def test_a_refund_survives_a_kill_at_every_step(house: House, point: CrashPoint) -> None:
    viewer = await house.subscribed()
    (order,) = (await house.ok(viewer, "GET", "/v1/orders"))["items"]
    killer = Killer(point)
    house.restart(passes=killer)

    with pytest.raises(Killed):
        await house.ok(viewer, "POST", f"/v1/orders/{order['id']}/refunds", json={"reason": "no"})
    house.restart()
    await house.pass_time(timedelta(hours=2))

    assert set(house.provider.returned.values()) == {1}
    assert (await house.events()).count("billing.OrderRefunded") == 1
    assert await house.violations() == []
