"""What viewers lived through in the release before, up to the moment when its process is killed.

Only `record` runs this, on that release's own code: its modules are got by name, because they are
not the ones that stand in this tree. Each viewer's name says how their affairs stand at the end.
"""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

BEGIN = datetime(2026, 1, 20, 9, 0, tzinfo=UTC)
CHARGES = datetime(2026, 3, 20, 12, 0, tzinfo=UTC)
"""When the renewals come due that the end interrupts, each a second after the one before."""

SIGNED_UP = datetime(2026, 2, 20, 13, 0, tzinfo=UTC)
"""When their viewers paid for the period that ends an hour after `CHARGES`."""

SECOND = timedelta(seconds=1)

RENEWALS = (
    "renewal-answered",
    "renewal-lost",
    "renewal-pending",
    "renewal-declined",
    "renewal-unheard",
    "renewal-created",
    "request-unrelayed",
    "renewal-due",
)


class Killed(BaseException):
    """Stands for ``kill -9``."""


def fault(name: str) -> Any:
    return import_module("cinema.payments.providers.fake").Fault(name)


def decline(name: str) -> Any:
    return import_module("cinema.payments.domain.decline").DeclineReason(name)


def port() -> Any:
    return import_module("cinema.payments.domain.port")


class Lives:
    """The lives in one house of the release before."""

    def __init__(self, house: Any) -> None:
        self.house = house
        self.viewers: dict[str, Any] = {}

    # Steps of a life.

    async def until(self, month: int, day: int, hour: int, minute: int = 0, second: int = 0) -> None:
        at = datetime(2026, month, day, hour, minute, second, tzinfo=UTC)
        await self.house.pass_time(at - self.house.clock.now())

    async def subscribed(self, *names: str, plan: str = "month") -> None:
        for name in names:
            await self.ordered(name, plan=plan)
            await self.confirm(name)
            await self.house.drain()

    async def ordered(self, name: str, *, plan: str = "month") -> Any:
        self.viewers[name] = await self.house.sign_up(name)
        await self.house.order(self.viewers[name], plan=plan)
        await self.house.drain()

    async def ask(self, name: str, method: str, path: str, **options: Any) -> Any:
        await self.house.refresh(self.viewers[name])
        return await self.house.ok(self.viewers[name], method, path, **options)

    async def change(self, name: str, what: str) -> None:
        found = (await self.ask(name, "GET", "/v1/subscriptions"))["items"][0]
        await self.ask(name, "POST", f"/v1/subscriptions/{found['id']}/{what}")

    async def newest_order(self, name: str) -> Any:
        return (await self.ask(name, "GET", "/v1/orders"))["items"][0]

    async def pay_again(self, name: str) -> None:
        order = await self.newest_order(name)
        await self.ask(name, "POST", f"/v1/orders/{order['id']}/payment")

    async def take_back(self, name: str) -> None:
        order = await self.newest_order(name)
        await self.ask(name, "POST", f"/v1/orders/{order['id']}/refunds", json={"reason": "not for me"})

    async def refund_by_staff(self, name: str, *, minor: int) -> None:
        order = await self.newest_order(name)
        body = {
            "amount": {"minor": minor, "currency": "RUB"},
            "access_effect": "keep",
            "reason": "the picture stood still",
        }
        await self.ask("staff", "POST", f"/v1/admin/orders/{order['id']}/refunds", json=body)
        await self.house.drain()

    async def remove_method(self, name: str) -> None:
        (method,) = (await self.ask(name, "GET", "/v1/payment-methods"))["items"]
        await self.ask(name, "DELETE", f"/v1/payment-methods/{method['method_id']}")
        await self.house.drain()

    async def payments(self, name: str) -> list[str]:
        """The ids that the provider gave to the viewer's payments, oldest first."""
        sql = "SELECT provider_payment_id AS id FROM payments.payments WHERE user_id = $1 ORDER BY created_at, id"
        return [row["id"] for row in await self.house.rows(sql, self.viewers[name].user_id)]

    async def confirm(self, name: str, *, number: int = -1, reason: Any = None) -> None:
        """The viewer acts on the provider's page, and the provider says so."""
        provider_id = (await self.payments(name))[number]
        self.house.provider.confirm(provider_id, decline=reason)
        await self.house.notify("payment.succeeded" if reason is None else "payment.canceled", provider_id)

    async def let_card_fail(self, name: str, reason: str) -> None:
        sql = "SELECT token FROM payments.methods WHERE user_id = $1"
        (method,) = await self.house.rows(sql, self.viewers[name].user_id)
        self.house.provider.revoke(method["token"], reason=decline(reason))

    async def run(self, *jobs: str) -> None:
        """Runs these jobs once: the others have not come to it when the end comes."""
        known = {job.name: job.run for job in self.house.cinema.jobs()}
        for name in jobs:
            await known[name]()

    async def relay(self) -> None:
        await self.run("outbox")

    async def hear(self, group: str, name: str, event: str) -> None:
        """Lets a group handle the viewer's newest event of this name, and nothing else."""
        found = await self.house.rows(
            "SELECT event_id FROM kit.outbox WHERE name = $1 AND payload::text LIKE $2 ORDER BY position DESC LIMIT 1",
            event,
            f"%{self.viewers[name].user_id}%",
        )
        consumers = [one for module in self.house.cinema.modules for one in module.consumers if one.group == group]
        inbox = import_module("cinema.kit.inbox").Inbox(
            group=group, consumers=tuple(consumers), db=self.house.db.bound(group), clock=self.house.clock
        )
        await inbox._try(found[0]["event_id"])  # noqa: SLF001 - one event, as the release's worker takes it

    async def write(self, sql: str, *values: object) -> None:
        async with self.house.db.write() as tx:
            await tx.execute(sql, *values)

    async def without_move(self, entity: str, to: str, work: Callable[[], Awaitable[None]]) -> None:
        """An incident: meanwhile the database does not know a move that the code makes, so that consumers fail."""
        await self.write("DELETE FROM kit.moves WHERE entity = $1 AND to_state = $2", entity, to)
        await work()
        declare = import_module("cinema.kit.migrate").declare
        await declare(self.house.cinema.modules, db=self.house.db, clock=self.house.clock)

    async def killed_at(self, step: str, work: Callable[[], Awaitable[None]]) -> None:
        """The process dies at a step of a call to the provider, and another one is started."""
        known = import_module("cinema.payments.service.steps").Step(step)

        def kill(passed: Any) -> None:
            if passed is known:
                raise Killed

        self.house.restart(steps=kill)
        try:
            await work()
        except Killed:
            self.house.restart()
            return
        raise AssertionError(f"nothing passed {step}")

    # The story.

    async def live(self) -> None:
        """Two months, and the minutes before the end."""
        await self.winter()
        await self.february()
        await self.march()
        await self.last_days()
        await self.last_hours()
        await self.charges()
        await self.last_moment()

    async def winter(self) -> None:
        """The cinema opens with one film; staff and the first viewers come."""
        await import_a_film(self.house)
        language = import_module("cinema.contracts.text").Language.EN
        password = import_module("scenarios.house").PASSWORD
        await self.house.cinema.identity.create_admin(
            login="staff", email="staff@viewers.example", password=password, language=language, time_zone="UTC"
        )
        self.viewers["staff"] = await self.house.sign_in("staff")
        await self.until(1, 22, 9)
        await self.subscribed("steady")

    async def february(self) -> None:
        await self.until(2, 8, 10)
        await self.subscribed("ended-unpaid")
        await self.let_card_fail("ended-unpaid", "card_expired")
        await self.until(2, 14, 10)
        await self.subscribed("ended-without-method")
        await self.until(2, 14, 11)
        await self.subscribed("ended-by-viewer")
        await self.until(2, 18, 10)
        await self.subscribed("past-due-paying")
        await self.let_card_fail("past-due-paying", "card_expired")
        await self.until(2, 19, 14)
        await self.subscribed("past-due")
        await self.let_card_fail("past-due", "insufficient_funds")
        await self.until(2, 20, 10)
        await self.remove_method("ended-without-method")
        await self.change("ended-by-viewer", "cancellation")
        await self.house.drain()
        self.house.mailer.refused.add("ended-by-viewer@viewers.example")
        await self.until(2, 20, 12, 59, 40)
        await self.subscribed("renewal-failing")
        for number, name in enumerate(RENEWALS):
            await self.house.pass_time(SIGNED_UP + number * SECOND - self.house.clock.now())
            await self.subscribed(name)
        await self.until(2, 24, 10)
        await self.subscribed("leaving")
        await self.until(2, 26, 10)
        await self.subscribed("refunded-in-part")
        await self.until(2, 28, 10)
        await self.subscribed("method-removed")

    async def march(self) -> None:
        await self.until(3, 1, 10)
        await self.refund_by_staff("refunded-in-part", minor=10000)
        failure = import_module("cinema.payments.domain.decline").RefundFailure.REJECTED_BY_PAYEE
        self.house.provider.next_refunds = [failure]
        await self.refund_by_staff("refunded-in-part", minor=20000)
        await self.until(3, 2, 10)
        await self.without_move("notifications.messages", "queued", self.welcome_nobody)
        await self.until(3, 10, 10)
        await self.subscribed("refund-pending", "refund-unknown", "refund-created")
        await self.subscribed("ended-refunded")
        await self.until(3, 11, 10)
        await self.take_back("ended-refunded")
        await self.until(3, 15, 10)
        await self.remove_method("method-removed")
        await self.ordered("never-paid")

    async def welcome_nobody(self) -> None:
        self.viewers["unwelcomed"] = await self.house.sign_up("unwelcomed")
        await self.house.pass_time(timedelta(hours=2))

    async def tried_twice(self, name: str) -> None:
        """A viewer whose card was refused and who is on the provider's page again."""
        await self.ordered(name)
        await self.confirm(name, reason=decline("insufficient_funds"))
        await self.house.drain()
        await self.pay_again(name)
        await self.house.drain()

    async def last_days(self) -> None:
        await self.until(3, 16, 9)
        canceled = port().Canceled(reason=import_module("cinema.payments.domain.decline").CancelReason.NOT_CONFIRMED)
        (provider_id,) = await self.payments("never-paid")
        self.house.provider.settle(provider_id, canceled)
        await self.house.notify("payment.canceled", provider_id)
        await self.until(3, 19, 11)
        self.house.provider.next_refunds = [import_module("cinema.contracts.payments").RefundStatus.PENDING]
        await self.take_back("refund-pending")
        await self.pay_again("past-due-paying")
        await self.ordered("checkout-late")

    async def last_hours(self) -> None:
        await self.until(3, 20, 9)
        await self.ordered("checkout-open")
        await self.ordered("checkout-declined")
        self.house.mailer.deferred.add("checkout-declined@viewers.example")
        await self.confirm("checkout-declined", reason=decline("insufficient_funds"))
        await self.until(3, 20, 11, 50)
        await self.tried_twice("surplus")
        await self.confirm("surplus", number=0)
        await self.ordered("checkout-told")
        await self.ordered("activated-unheard")
        await self.until(3, 20, 11, 59, 39)

    async def charges(self) -> None:
        """The renewals come due one after the other, and each stops somewhere else on its way."""
        self.house.clock.advance(SECOND)
        await self.charged("renewal-failing")
        await self.relay()
        await self.without_move("billing.orders", "paid", self.fail_to_renew)
        await self.next_charged("renewal-answered", killed_at="charge.answered")
        self.house.provider.fail("charge", fault("lost_after"))
        await self.next_charged("renewal-lost")
        self.house.provider.next_states = [port().Pending()]
        await self.next_charged("renewal-pending")
        self.house.provider.next_states = [port().Declined(reason=decline("insufficient_funds"))]
        await self.next_charged("renewal-declined")
        await self.next_charged("renewal-unheard")
        self.house.provider.fail("charge", fault("not_sent"))
        await self.next_charged("renewal-created")

    async def fail_to_renew(self) -> None:
        for pause_s in (1, 2, 4, 8, 5):
            await self.hear("billing", "renewal-failing", "payments.PaymentSucceeded")
            self.house.clock.advance(pause_s * SECOND)

    async def next_charged(self, name: str, *, killed_at: str | None = None) -> None:
        at = CHARGES + RENEWALS.index(name) * SECOND
        self.house.clock.advance(at - self.house.clock.now())
        await self.charged(name, killed_at=killed_at)

    async def charged(self, name: str, *, killed_at: str | None = None) -> None:
        await self.run("billing.renew", "outbox")
        await self.hear("payments", name, "billing.PaymentRequested")
        if killed_at is None:
            await self.run("payments.charge")
        else:
            await self.killed_at(killed_at, lambda: self.run("payments.charge"))

    async def last_moment(self) -> None:
        """What is relayed waits in its inboxes; then comes what is not even relayed, and the end."""
        await self.forget()
        await self.confirm("activated-unheard")
        await self.run("payments.handle_webhooks")
        await self.confirm("surplus", number=1)
        await self.run("payments.handle_webhooks", "outbox")
        await self.hear("billing", "activated-unheard", "payments.PaymentSucceeded")
        await self.run("billing.seal")
        self.house.provider.fail("refund", fault("not_sent"))
        await self.take_back("refund-created")
        self.house.provider.fail("refund", fault("lost_after"))
        await self.take_back("refund-unknown")
        self.viewers["newcomer-queued"] = await self.house.sign_up("newcomer-queued")
        await self.relay()
        await self.hear("notifications", "activated-unheard", "billing.SubscriptionActivated")
        await self.killed_while_sending()
        await self.hear("notifications", "newcomer-queued", "identity.UserRegistered")
        await self.hear("billing", "surplus", "payments.PaymentSucceeded")
        await self.change("leaving", "cancellation")
        self.viewers["newcomer-unrelayed"] = await self.house.sign_up("newcomer-unrelayed")
        (film,) = (await self.house.ok(None, "GET", "/v1/films"))["items"]
        await self.ask("steady", "POST", f"/v1/films/{film['id']}/playback")
        self.house.clock.advance(SECOND)
        await self.run("billing.renew")
        await self.confirm("checkout-told")
        self.house.clock.advance(SECOND)

    async def forget(self) -> None:
        """Leaves out what says nothing here: old mails, and what the release itself forgets after a month or more."""
        limit = CHARGES - timedelta(hours=3)
        await self.write("DELETE FROM kit.idempotency WHERE created_at < $1", limit)
        await self.write("DELETE FROM payments.webhooks WHERE handled_at < $1", limit)
        async with self.house.db.write() as tx:
            await tx.execute("SET LOCAL session_replication_role = replica")  # history is append-only
            await tx.execute(
                """DELETE FROM kit.state_history WHERE entity_id IN (
                     SELECT id FROM notifications.messages WHERE status = 'sent' AND sent_at < $1)""",
                limit,
            )
            await tx.execute(
                """DELETE FROM notifications.attempts WHERE message_id IN (
                     SELECT id FROM notifications.messages WHERE status = 'sent' AND sent_at < $1)""",
                limit,
            )
            await tx.execute("DELETE FROM notifications.messages WHERE status = 'sent' AND sent_at < $1", limit)

    async def killed_while_sending(self) -> None:
        class Dying:
            async def send(self, _mail: Any) -> Any:
                raise Killed

        kept, self.house.mailer = self.house.mailer, Dying()
        self.house.restart()
        try:
            await self.run("notifications.send")
        except Killed:
            self.house.mailer = kept
            self.house.restart()
            return
        raise AssertionError("no mail was being sent")


async def import_a_film(house: Any) -> None:
    making = import_module("catalog.making")
    with TemporaryDirectory() as folder:
        making.write_folder(Path(folder), films=[making.film_row("metropolis")], persons=making.PEOPLE)
        await house.cinema.catalog.importer.import_folder(folder=Path(folder))
