"""What viewers, banks, staff and time do in random lives. Each act tells how it went."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from fractions import Fraction
from typing import Any, Protocol
from uuid import UUID

from billing.corners import give_back_by_hand
from billing.lives.world import STAFF, Told, Viewer, World
from billing.stage import RETURN_URL
from cinema.contracts.ids import EntitlementId, FilmId, OrderId, PlaybackId
from cinema.contracts.playback import RightUsed
from cinema.kit.ids import uuid7

MICRO = timedelta(microseconds=1)


class Act(Protocol):
    """Something that happens."""

    async def happen(self, world: World) -> str:
        """Does it, and says what came of it; what is not possible now is said too."""
        ...


NOTHING = "nothing to do"


def code(answer: Any) -> str:
    return str(answer.status_code) if answer.is_success else str(answer.json()["code"])


@dataclass(frozen=True, slots=True, kw_only=True)
class Buys:
    """A plan, or its next period; with ``renewed`` what is paid with may be charged again."""

    who: int
    plan: str
    renewed: bool

    async def happen(self, world: World) -> str:
        viewer = world.viewers[self.who]
        body = {"plan": self.plan, "return_url": RETURN_URL, "save_method": self.renewed}
        return code(await world.ask(viewer, "/v1/subscriptions", body))


@dataclass(frozen=True, slots=True, kw_only=True)
class BuysFilm:
    """A film, for good or for a time."""

    who: int
    goods: str

    async def happen(self, world: World) -> str:
        viewer, film = world.viewers[self.who], world.stage.films.add(buy=29_900, rent=9_900, now=world.now)
        body = {"film_id": str(film.film_id), "goods": self.goods, "return_url": RETURN_URL}
        return code(await world.ask(viewer, "/v1/orders", body))


@dataclass(frozen=True, slots=True, kw_only=True)
class PaysAgain:
    """An order that is open is tried once more by hand."""

    who: int
    renewed: bool

    async def happen(self, world: World) -> str:
        viewer = world.viewers[self.who]
        found = (await world.ask(viewer, "/v1/orders?status=open&limit=1", verb="GET")).json()["items"]
        if not found:
            return NOTHING
        body = {"save_method": self.renewed and found[0]["subscription_id"] is not None, "return_url": RETURN_URL}
        return code(await world.ask(viewer, f"/v1/orders/{found[0]['id']}/payment", body))


@dataclass(frozen=True, slots=True, kw_only=True)
class BankAnswers:
    """The oldest payment that has no result gets one; ``pays unsaved``: what was paid with cannot be kept."""

    who: int
    how: str

    async def happen(self, world: World) -> str:
        viewer = world.viewers[self.who]
        found = world.wallets.open(viewer.user_id)
        if not found:
            return NOTHING
        if self.how.startswith("pays"):
            await world.pay(viewer, found[0], is_saved=self.how == "pays")
        else:
            await world.fail(found[0], self.how)
        return f"{found[0].amount} {self.how}"


@dataclass(frozen=True, slots=True, kw_only=True)
class PaysAfterAll:
    """The money of a payment by hand comes that was said to have failed."""

    who: int

    async def happen(self, world: World) -> str:
        viewer = world.viewers[self.who]
        failed = [
            one for one in world.wallets.requests.values()
            if one.user_id == viewer.user_id and one.payment_id in world.failed - world.paid and one.method_id is None
        ]  # fmt: skip
        if not failed:
            return NOTHING
        await world.pay(viewer, failed[-1])
        return str(failed[-1].amount)


@dataclass(frozen=True, slots=True, kw_only=True)
class Watches:
    """A film is played by the right that holds, if one does."""

    who: int

    async def happen(self, world: World) -> str:
        viewer, now = world.viewers[self.who], world.now
        held = await world.rows(
            """SELECT id, kind FROM billing.entitlements
               WHERE user_id = $1 AND revoked_at IS NULL AND starts_at <= $2 AND ends_at > $2
               ORDER BY ends_at DESC LIMIT 1""",
            viewer.user_id,
            now,
        )
        if not held:
            return NOTHING
        right, some_id = EntitlementId(held[0]["id"]), uuid7(now)
        used = RightUsed(
            playback_id=PlaybackId(some_id), user_id=viewer.user_id, film_id=FilmId(some_id), entitlement_id=right,
            used_at=now,
        )  # fmt: skip
        world.played.add(right)
        await world.wallets.say(used)
        await world.settle()
        return f"by a right that is {held[0]['kind']}"


@dataclass(frozen=True, slots=True, kw_only=True)
class TakesBack:
    """An order is looked at and taken back; what was shown is what happens."""

    who: int
    which: int

    async def happen(self, world: World) -> str:
        viewer = world.viewers[self.who]
        orders = await world.orders(viewer)
        if not orders:
            return NOTHING
        order = orders[self.which % len(orders)]
        before = dict(world.wallets.refunds)
        shown = await world.ask(viewer, f"/v1/orders/{order['id']}/refund-preview", verb="GET")
        answer = await world.ask(viewer, f"/v1/orders/{order['id']}/refunds", {"reason": "no"})
        await world.settle()
        asked = [one for its_id, one in world.wallets.refunds.items() if its_id not in before]
        if not answer.is_success:
            assert (shown.status_code, code(shown)) == (answer.status_code, code(answer)), f"shown was {shown.text}"
            assert asked == [], "a refund that was refused is asked for"
            return code(answer)
        made, told = answer.json(), shown.json()
        assert shown.is_success, f"shown was {shown.text}"
        for part in ("amount", "basis", "access_effect"):
            assert made[part] == told[part], f"shown was {told}, made is {made}"
        assert [one.amount.minor for one in asked] == [told["amount"]["minor"]], "another sum is asked for"
        if made["access_effect"] == "revoke":
            await self._look(world, order, told)
            viewer.is_plain = False
        return (
            f"{told['amount']['minor']} of {order['total']['minor']} by {made['basis']}, {told['kept']['minor']} kept"
        )

    async def _look(self, world: World, order: dict[str, Any], told: dict[str, Any]) -> None:
        """B27: nobody may pay less than what was used, nor more than a kopeck over it."""
        total, kept = order["total"]["minor"], told["kept"]["minor"]
        order_id = OrderId(UUID(order["id"]))
        (right,) = await world.rows("SELECT * FROM billing.entitlements WHERE order_id = $1", order_id)
        value = value_used(world, right, total)
        assert kept >= value, f"{kept} are kept of what is worth {value}"
        if order_id not in world.loose:
            assert total - told["amount"]["minor"] == kept, f"{total} is not {told}"
            assert kept == 0 or kept < value_held(right, total, world.now) + 1, f"{kept} is too much"
            is_unused = right["id"] not in world.played or world.now < right["starts_at"]
            assert is_unused or told["basis"] == "unused_time", "what was used counts as unused"


def value_used(world: World, right: Any, total: int) -> Fraction:
    """What the time is worth that somebody watched by the right, exactly, in minor units."""
    if right["id"] not in world.played:
        return Fraction(0)
    if right["film_id"] is not None:
        return Fraction(total)
    return value_held(right, total, world.now)


def value_held(right: Any, total: int, now: datetime) -> Fraction:
    """What the time is worth in which the right was held."""
    until = min(right["revoked_at"] or now, right["ends_at"], now)
    start = right["starts_at"] + right["stood_still"]
    held, length = max(until - start, 0 * MICRO), right["ends_at"] - start
    return Fraction(total * (held // MICRO), length // MICRO)


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundEnds:
    """The provider ``returns`` a refund, ``refuses`` it, or ``returns after all`` what it had refused."""

    which: int
    how: str

    async def happen(self, world: World) -> str:
        is_late = self.how == "returns after all"
        found = [
            one for one in world.wallets.refunds.values()
            if one.refund_id not in world.returned and (one.refund_id in world.refused) is is_late
        ]  # fmt: skip
        if not found:
            return NOTHING
        refund = found[self.which % len(found)]
        if self.how == "refuses":
            world.refused.add(refund.refund_id)
            await world.wallets.refuse_refund(refund)
        else:
            world.returned.add(refund.refund_id)
            if is_late:
                world.loose.add(refund.order_id)
            await world.wallets.give_back(refund)
        await world.settle()
        return f"{refund.amount}"


@dataclass(frozen=True, slots=True, kw_only=True)
class StaffReturns:
    """Staff return a share of an order, and a second person decides where one may not."""

    who: int
    which: int
    percent: int
    effect: str
    is_approved: bool

    async def happen(self, world: World) -> str:
        viewer = world.viewers[self.who]
        orders = await world.orders(viewer)
        if not orders:
            return NOTHING
        order = orders[self.which % len(orders)]
        body: dict[str, Any] = {"access_effect": self.effect, "reason": "a person decided"}
        if self.percent < 100:
            minor = max(order["total"]["minor"] * self.percent // 100, 1)
            body["amount"] = {"minor": minor, "currency": "RUB"}
        answer = await world.ask(STAFF[0], f"/v1/admin/orders/{order['id']}/refunds", body)
        if answer.is_success:
            world.loose.add(OrderId(UUID(order["id"])))
            viewer.is_plain = False
        if answer.is_success and answer.json()["status"] == "proposed":
            path = f"/v1/admin/refunds/{answer.json()['id']}"
            alone = await world.ask(STAFF[0], f"{path}/approval")
            assert code(alone) == "second-person-needed", "one person decided alone"
            verb, said = ("approval", None) if self.is_approved else ("rejection", {"reason": "too much"})
            answer = await world.ask(STAFF[1], f"{path}/{verb}", said)
        await world.settle()
        return code(answer)


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderReturns:
    """Somebody returns a share of what is left of a payment at the provider, without us."""

    who: int
    percent: int

    async def happen(self, world: World) -> str:
        viewer = world.viewers[self.who]
        paid = [one for one in world.wallets.requests.values()
                if one.user_id == viewer.user_id and one.payment_id in world.paid]  # fmt: skip
        if not paid:
            return NOTHING
        request = paid[-1]
        left = request.amount.minor - sum(
            one.amount.minor for one in world.wallets.refunds.values()
            if one.payment_id == request.payment_id and one.refund_id not in world.refused
        ) - world.by_hand.get(request.payment_id, 0)  # fmt: skip
        if left <= 0:
            return NOTHING
        minor = max(left * self.percent // 100, 1)
        world.by_hand[request.payment_id] = world.by_hand.get(request.payment_id, 0) + minor
        world.loose.add(request.order_id)
        viewer.is_plain = False
        await give_back_by_hand(world.stage, request, minor=minor)
        await world.settle()
        return f"{minor} of {request.amount}"


@dataclass(frozen=True, slots=True, kw_only=True)
class AddsCard:
    who: int

    async def happen(self, world: World) -> str:
        return world.wallets.add(world.viewers[self.who].user_id).title


@dataclass(frozen=True, slots=True, kw_only=True)
class LosesCard:
    """A card is removed by its owner, or withdrawn by the bank (``revoked``)."""

    who: int
    which: int
    reason: str

    async def happen(self, world: World) -> str:
        viewer = world.viewers[self.who]
        cards = world.wallets.of(viewer.user_id)
        if not cards:
            return NOTHING
        card = cards[self.which % len(cards)]
        if viewer.agreed == card.id:
            viewer.agreed = None
        await world.wallets.remove(card.id, reason=self.reason)
        await world.settle()
        return card.title


@dataclass(frozen=True, slots=True, kw_only=True)
class ChoosesCard:
    """The viewer agrees to be charged by one of their cards, rather by another than now."""

    who: int
    which: int

    async def happen(self, world: World) -> str:
        viewer = world.viewers[self.who]
        cards = world.wallets.of(viewer.user_id)
        if not cards or not viewer.view:
            return NOTHING
        card = sorted(cards, key=lambda one: one.id == viewer.agreed)[self.which % len(cards)]
        path = f"/v1/subscriptions/{viewer.view['id']}/payment-method"
        answer = await world.ask(viewer, path, {"method_id": str(card.id)}, verb="PUT")
        if answer.is_success:
            is_new = viewer.agreed != card.id or not viewer.wants
            viewer.agreed, viewer.wants = card.id, True
            if is_new and answer.json()["status"] == "past_due":
                minor = answer.json()["price"]["minor"]
                world.on_the_page.append(
                    Told(user_id=viewer.user_id, title=card.title, minor=minor, charge_at=world.now, told_at=world.now,
                         heard_at=world.now)
                )  # fmt: skip
                world.promised.pop(viewer.user_id, None)
        return f"{card.title}: {code(answer)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Switches:
    """The viewer cancels, or resumes."""

    who: int
    what: str

    async def happen(self, world: World) -> str:
        viewer = world.viewers[self.who]
        if not viewer.view:
            return NOTHING
        answer = await world.ask(viewer, f"/v1/subscriptions/{viewer.view['id']}/{self.what}")
        if answer.is_success:
            viewer.wants = self.what == "resumption"
        return code(answer)


@dataclass(frozen=True, slots=True, kw_only=True)
class TimePasses:
    """Time passes while work is done; the bank ``pays``, ``declines`` or is ``silent``."""

    by: timedelta
    bank: str

    async def happen(self, world: World) -> str:
        await world.pass_time(self.by, self.bank)
        return ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ComesNear:
    """Time passes until ``off`` after the viewer's next charge, or else after the end of their period."""

    who: int
    off: timedelta
    bank: str

    async def happen(self, world: World) -> str:
        view = world.viewers[self.who].view
        shown = view.get("renews_at") or view.get("period_end")
        by = datetime.fromisoformat(shown) + self.off - world.now if shown else 0 * MICRO
        if by <= 0 * MICRO:
            return NOTHING
        await world.pass_time(by, self.bank)
        return ""


@dataclass(frozen=True, slots=True, kw_only=True)
class NobodyWorks:
    """Time passes while nothing is done."""

    by: timedelta

    async def happen(self, world: World) -> str:
        world.stage.clock.advance(self.by)
        return ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mails:
    """Mails are held up, or are handed over again."""

    work: bool

    async def happen(self, world: World) -> str:
        if self.work:
            await world.letters.catch_up(world.stage.db)
        world.letters.is_working = self.work
        return ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Moves:
    """The viewer moves to another zone."""

    who: int
    zone: str

    async def happen(self, world: World) -> str:
        viewer: Viewer = world.viewers[self.who]
        people = world.stage.people.known
        people[viewer.user_id] = replace(people[viewer.user_id], time_zone=self.zone)
        return ""
