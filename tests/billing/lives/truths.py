"""What must be true of every life at every moment, told from the rows and from what we know by ourselves."""

from collections import defaultdict
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any
from uuid import UUID

from billing.lives.acts import value_used
from billing.lives.world import Viewer, World

SHARE = 4
"""Unpaid access is at most the period divided by this."""

NONE = timedelta(0)


async def look(world: World) -> None:
    """Raises AssertionError for the first thing that is not true.

    Money that bought nothing and that the provider does not return is for a person to see: I2 says so.
    """
    known = {str(one.payment_id) for one in world.wallets.refunds.values() if one.refund_id in world.refused}
    violations = [one for one in await world.stage.violations() if not (one[:2] == "I2" and known & set(one.split()))]
    assert violations == [], "; ".join(violations)
    for viewer in world.viewers:
        look_at_renewal(viewer)
    rights = await world.rows("SELECT * FROM billing.entitlements ORDER BY starts_at, id")
    orders = await world.rows("SELECT * FROM billing.orders ORDER BY id")
    look_at_unpaid_access(world, rights)
    look_at_what_is_kept(world, rights, orders)
    look_at_periods(world, orders)


def look_at_renewal(viewer: Viewer) -> None:
    """It renews if and only if its viewer wants that, by a card that they agreed to; and says when."""
    view = viewer.view
    if viewer.status not in {"active", "past_due"}:
        assert view.get("renews_at") is None, f"{viewer.name}'s subscription is {viewer.status} and renews"
        return
    is_on = view["renewal"] == "on"
    assert (view["renews_at"] is not None) is (is_on and viewer.status == "active"), (
        f"renews_at of {viewer.name}: {view}"
    )
    is_agreed = viewer.wants and viewer.agreed is not None
    assert not is_on or is_agreed, f"{viewer.name} did not agree to {view}"
    assert is_on or not is_agreed or not viewer.is_plain, f"{viewer.name} wants it renewed: {view}"
    shown = view["agreement"] and view["agreement"]["method_id"]
    assert shown == (str(viewer.agreed) if viewer.agreed else None), f"{viewer.name} agreed to {viewer.agreed}: {view}"


def effective_end(right: Any) -> datetime:
    end: datetime = min(right["revoked_at"] or right["ends_at"], right["ends_at"])
    return end


def look_at_unpaid_access(world: World, rights: list[Any]) -> None:
    """B28: no grace is longer than its share, and between two there is a paid period."""
    of_user: dict[UUID, list[Any]] = defaultdict(list)
    for right in rights:
        if right["subscription_id"] is not None and effective_end(right) > right["starts_at"]:
            of_user[right["user_id"]].append(right)
    longest = timedelta(days=world.settings.grace_days)
    for mine in of_user.values():
        graces = [one for one in mine if one["kind"] == "grace"]
        for grace in graces:
            paid = before(mine, grace)
            most = min(longest, (paid["ends_at"] - paid["starts_at"]) / SHARE)
            unpaid = effective_end(grace) - grace["starts_at"]
            assert unpaid <= most, f"{unpaid} without paying after {paid['ends_at'] - paid['starts_at']}"
        for one, other in pairwise(graces):
            assert before(mine, one)["id"] != before(mine, other)["id"], f"a second grace: {one['starts_at']}, {other}"


def before(mine: list[Any], grace: Any) -> Any:
    """The paid right that ended before the grace."""
    paid = [one for one in mine if one["kind"] == "paid" and one["ends_at"] <= grace["starts_at"]]
    assert paid, f"a grace after nothing that was paid: {grace}"
    return max(paid, key=lambda one: one["ends_at"])


def look_at_what_is_kept(world: World, rights: list[Any], orders: list[Any]) -> None:
    """B27: of what its buyer alone took back, at least the value of what was used is kept."""
    of_order = {one["order_id"]: one for one in rights if one["order_id"]}
    for order in orders:
        right = of_order.get(order["id"])
        if right is None or order["id"] in world.loose or not order["refunded_minor"]:
            continue
        kept, value = order["total_minor"] - order["refunded_minor"], value_used(world, right, order["total_minor"])
        assert kept >= value, f"{kept} are kept of order {order['id']} that gave {value}"


def look_at_periods(world: World, orders: list[Any]) -> None:
    """Of no period of a subscription more is kept than its price."""
    kept: dict[tuple[UUID, int], int] = defaultdict(int)
    price: dict[tuple[UUID, int], int] = {}
    for order in orders:
        if order["subscription_id"] is None:
            continue
        period = (order["subscription_id"], order["period_no"])
        price[period] = order["total_minor"]
        for payment in world.money_of(order["id"]):
            back = sum(
                one.amount.minor
                for one in world.wallets.refunds.values()
                if one.payment_id == payment.payment_id and one.refund_id not in world.refused - world.returned
            )
            kept[period] += payment.amount.minor - back - world.by_hand.get(payment.payment_id, 0)
    for period, minor in kept.items():
        stuck = any(one.refund_id in world.refused for one in world.wallets.refunds.values())
        assert minor <= price[period] or stuck, f"{minor} are kept for period {period}, which costs {price[period]}"


async def look_at_the_end(world: World) -> None:
    """Each refund was told as it went, also one that gave way to another."""
    rows = await world.rows("""
        SELECT r.id, r.status,
          (SELECT count(*) FROM kit.outbox WHERE name = 'billing.OrderRefundAsked'
             AND payload->>'refund_id' = r.id::text) AS asked,
          (SELECT count(*) FROM kit.outbox WHERE name = 'billing.OrderRefunded'
             AND payload->>'refund_id' = r.id::text) AS done,
          (SELECT count(*) FROM kit.outbox WHERE name = 'billing.OrderRefundFailed'
             AND payload->>'refund_id' = r.id::text) AS failed
        FROM billing.refunds AS r""")
    for row in rows:
        said = (row["asked"], row["done"], row["failed"])
        match row["status"]:
            case "proposed" | "rejected":
                right = [(0, 0, 0)]
            case "requested":
                right = [(1, 0, 0)]
            case "failed":
                right = [(1, 0, 1)]
            case _:
                right = [(1, 1, 0), (1, 1, 1), (0, 1, 0)]
        assert said in right, f"of refund {row['id']}, {row['status']}, was told {said}"
