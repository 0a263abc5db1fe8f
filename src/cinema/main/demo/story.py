"""The main job as a story, from the first start to a ledger that balances."""

import shutil
import tempfile
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import urljoin
from zoneinfo import ZoneInfo

import httpx2
from rich.console import Console

from cinema.kit.clock import stopwatch_s
from cinema.kit.errors import Conflict
from cinema.kit.money import Money
from cinema.main.demo.browser import Browser
from cinema.main.demo.service import Service
from cinema.main.demo.steps import PATIENCE_S, Step, expect, perform
from cinema.main.demo.viewer import CARD, Mailbox, Viewer, media_lines, pay_by_card

SITE = "/en"
"""The site, in the language of the demo."""

EMAIL = "viewer@example.org"
ZONE = "Europe/Moscow"
PASSWORD = "correct-horse-battery-staple"  # noqa: S105 - of a viewer who lives for two minutes


class FolderInUse(Conflict):
    """The demo needs a folder of its own."""

    code = "demo-folder-in-use"


def play(out: Console, *, folder: Path | None) -> int:
    """Plays the demo in ``folder`` or a fresh one, which is kept when a step fails; returns the exit status.

    Raises `FolderInUse`.
    """
    if folder is not None:
        folder.mkdir(parents=True, exist_ok=True)
        if any(folder.iterdir()):
            raise FolderInUse(f"{folder} is not empty: the demo needs a folder of its own.")
        return Story(out=out, folder=folder.absolute()).play()
    fresh = Path(tempfile.mkdtemp(prefix="cinema-demo-"))
    fresh.chmod(0o755)  # PostgreSQL's own user passes through
    failed = 0
    try:
        failed = Story(out=out, folder=fresh).play()
    finally:
        if not failed:
            shutil.rmtree(fresh, ignore_errors=True)
    return failed


class Story:
    """The steps, in order."""

    def __init__(self, *, out: Console, folder: Path) -> None:
        self._out = out
        self._service = Service(folder)
        self._viewer = Viewer(self._service.url)
        self._browser = Browser(self._service.url)
        self._mailbox = Mailbox(self._service.mailbox_url, address=EMAIL)
        self._facts: dict[str, Any] = {}

    def play(self) -> int:
        """Plays all steps; 0 when each went as it should."""
        started_s = stopwatch_s()
        try:
            done, failed = perform(self._steps(), out=self._out)
        finally:
            self._service.stop()
        if failed:
            self._out.print(f"      the service's log: {self._service.log}")
        self._out.print(f"      {stopwatch_s() - started_s:.0f} seconds of yours")
        self._out.print(f"main job: {done} steps, {failed} failed")
        return failed

    def _steps(self) -> Iterator[Step]:
        yield "The service starts, with its own PostgreSQL", self.start
        yield "The catalogue is filled", self.catalogue
        yield "A viewer signs up", self.sign_up
        yield "A film is refused, with offers", self.refused
        yield "The viewer chooses a plan", self.choose
        yield "and pays on the provider's page, with 3-D Secure", self.pay
        yield "Access is there at once", self.active
        yield "A mail confirms the payment", self.mail_paid
        yield "The film plays", self.watch
        yield "28 days later a mail announces the charge", self.reminded
        yield "The subscription is renewed", self.renewed
        yield "The viewer cancels, and keeps what is paid", self.cancel
        yield "The viewer changes their mind", self.resume
        yield "The viewer removes the card, and a mail says what that means", self.remove_card
        yield "A week later a preview tells what would go back", self.preview
        yield "The viewer takes back what is not used", self.refund
        yield "Access is gone", self.lost
        yield "The ledger balances", self.ledger
        yield "Everything that must hold, holds", self.invariants

    def start(self) -> str:
        lasted_s = self._service.start()
        return f"ready after {lasted_s:.1f} s at {self._service.url}"

    def catalogue(self) -> str:
        films = self._viewer.call("GET", "/v1/films?sort=year&limit=100")["items"]
        expect(len(films) == 100, "the catalogue has at least 100 films")  # noqa: PLR2004 - a page
        chosen = next(film for film in films if film["access"] == "subscription")
        self._facts["film"], self._facts["slug"] = chosen["id"], chosen["slug"]
        return f"“{title_of(chosen)}” ({chosen['year']}) is chosen"

    def sign_up(self) -> str:
        page = self._browser.open(f"{SITE}/sign-up")
        form = page.form("email")
        typed = {"login": "viewer", "email": EMAIL, "password": PASSWORD, "time_zone": ZONE}
        home = self._browser.open(self._browser.send(page, form, **typed))
        expect(home.link(f"{SITE}/account") == f"{SITE}/account", "who has signed up is signed in")
        self._viewer.sign_in("viewer", PASSWORD)
        self._mailbox.subject("Welcome")
        return f"{EMAIL} on “{page.title}”, and is welcomed by mail"

    def refused(self) -> str:
        answer = self._viewer.call("POST", f"/v1/films/{self._facts['film']}/playback", expected=403)
        expect(answer["code"] == "access-denied", "the refusal is access-denied")
        offers = [f"{one['plan']} {money(one['price'])}" for one in answer["offers"]]
        expect(bool(offers), "the refusal brings offers")
        return "403, " + ", ".join(offers)

    def choose(self) -> str:
        film = self._browser.open(f"{SITE}/films/{self._facts['slug']}")
        page = self._browser.open(film.link(f"{SITE}/checkout?plan=month"))
        form = page.form("renew")
        self._facts["page"] = self._browser.leave(self._browser.send(page, form, renew="on"))
        (order,) = self._viewer.call("GET", "/v1/orders")["items"]
        (subscription,) = self._viewer.call("GET", "/v1/subscriptions")["items"]
        self._facts["order"], self._facts["subscription"] = order, subscription["id"]
        self._facts["version"] = form.fields["version"]
        return f"{money(order['total'])} on “{page.title}”, agrees to the terms {form.fields['version']} of its renewal"

    def pay(self) -> str:
        back = pay_by_card(self._facts["page"], home=self._service.url)
        page = self._browser.wait(back, 'data-state="paid"', wish="the page that waits says that it is paid")
        watch = page.link(f"{SITE}/watch/")
        expect(watch == f"{SITE}/watch/{self._facts['slug']}", "the way leads back to the film")
        return f"card •{CARD['card_number'][-4:]}, and returns to the cinema: “{page.title}”"

    def active(self) -> str:
        subscription = self._subscription(lambda one: one["status"] == "active", wish="the subscription is active")
        expect(subscription["agreement"]["version"] == self._facts["version"], "what was read is what was agreed to")
        order = self._viewer.call("GET", f"/v1/orders/{self._facts['order']['id']}")["order"]
        expect(order["status"] == "paid", "the order is paid")
        access = self._viewer.call("GET", f"/v1/films/{self._facts['film']}/access")
        expect(access["allowed"] is True, "the film may be watched")
        self._viewer.wait("/v1/me", lambda me: "subscriber" in me["roles"], wish="the viewer has the role subscriber")
        self._facts["period_end"] = subscription["period_end"]
        return f"order paid, subscription active until {day(subscription['period_end'])}, role subscriber"

    def mail_paid(self) -> str:
        return f"“{self._mailbox.subject('399')}”"

    def watch(self) -> str:
        playback = self._viewer.call("POST", f"/v1/films/{self._facts['film']}/playback", expected=201)
        master = urljoin(self._service.url, playback["manifest_url"])
        with httpx2.Client(timeout=PATIENCE_S, trust_env=False) as player:
            variant = urljoin(master, media_lines(player.get(master).text)[-1])
            segment = urljoin(variant, media_lines(player.get(variant).text)[0])
            answer = player.get(segment)
        expect(answer.status_code == 200, "a segment of the film is served")  # noqa: PLR2004 - OK
        self._facts["segment"] = segment
        return f"{len(answer.content):,} bytes of its first segment"

    def reminded(self) -> str:
        now = self._advance("28d")
        return f"{day(now)}: “{self._mailbox.subject('renew')}”"

    def renewed(self) -> str:
        now = self._advance("3d")
        subscription = self._subscription(
            lambda one: one["period_end"] > self._facts["period_end"], wish="the subscription is extended"
        )
        orders = self._viewer.call("GET", "/v1/orders")["items"]
        expect([one["status"] for one in orders] == ["paid", "paid"], "both orders are paid")
        self._facts["renewal"] = orders[0]
        subject = self._mailbox.subject("renewed")
        return f"{day(now)}: {money(orders[0]['total'])} charged, until {day(subscription['period_end'])}, “{subject}”"

    def cancel(self) -> str:
        account = self._browser.open(f"{SITE}/account")
        subscription = self._browser.open(account.link(f"{SITE}/account/subscription"))
        page = self._browser.open(subscription.link(f"{SITE}/account/subscription/cancel"))
        self._browser.open(self._browser.send(page, page.form("subscription")))
        answer = self._viewer.call("GET", f"/v1/subscriptions/{self._facts['subscription']}")
        expect((answer["renewal"], answer["renews_at"]) == ("off", None), "the subscription ends with its period")
        access = self._viewer.call("GET", f"/v1/films/{self._facts['film']}/access")
        expect(access["allowed"] is True, "the film may still be watched")
        return f"access until {day(answer['period_end'])}, “{self._mailbox.subject('cancel')}”"

    def resume(self) -> str:
        answer = self._viewer.call("POST", f"/v1/subscriptions/{self._facts['subscription']}/resumption")
        expect(answer["renewal"] == "on", "the subscription renews again")
        return f"renews {day(answer['renews_at'])} by {answer['agreement']['method_title']['en']}"

    def remove_card(self) -> str:
        (card,) = self._viewer.call("GET", "/v1/payment-methods")["items"]
        self._viewer.call("DELETE", f"/v1/payment-methods/{card['id']}")
        subscription = self._subscription(lambda one: one["renewal"] == "no_method", wish="the renewal is off")
        expect(subscription["renews_at"] is None, "nothing more is charged")
        return f"{card['title']} is gone, nothing more is charged, “{self._mailbox.subject('will not renew')}”"

    def preview(self) -> str:
        self._viewer.call("POST", f"/v1/films/{self._facts['film']}/playback", expected=201)
        now = self._advance("7d")
        self._facts["preview"] = self._viewer.wait(
            f"/v1/orders/{self._facts['renewal']['id']}/refund-preview",
            lambda one: one["basis"] == "unused_time",
            wish="the preview counts the unused time",
        )
        preview = self._facts["preview"]
        return f"{day(now)}: {money(preview['amount'])} of the unused time, {money(preview['kept'])} are kept"

    def refund(self) -> str:
        order_id = self._facts["renewal"]["id"]
        answer = self._viewer.call(
            "POST",
            f"/v1/orders/{order_id}/refunds",
            expected=201,
            json={"reason": "I have seen it all"},
            headers={"Idempotency-Key": "demo-2"},
        )
        most = self._facts["preview"]["amount"]["minor"]
        expect(0 <= most - answer["amount"]["minor"] < most // 100, "what goes back is what the preview told")
        order = self._viewer.wait(
            f"/v1/orders/{order_id}",
            lambda one: one["order"]["status"] == "partially_refunded",
            wish="the money is back",
        )
        subject = self._mailbox.subject("Refund:")
        return f"{money(answer['amount'])}, order {order['order']['status']}, “{subject}”"

    def lost(self) -> str:
        subscription = self._subscription(lambda one: one["status"] == "ended", wish="the subscription is ended")
        self._viewer.wait(
            f"/v1/films/{self._facts['film']}/access",
            lambda one: one["allowed"] is False,
            wish="the film may not be watched any more",
        )
        self._viewer.wait("/v1/me", lambda me: "subscriber" not in me["roles"], wish="the role is gone")
        segment = self._viewer.api.get(self._facts["segment"])
        expect(segment.status_code in {403, 410}, "no segment is served any more")
        return (
            f"subscription ended ({subscription['ended_reason']}), role and stream gone, segment {segment.status_code}"
        )

    def ledger(self) -> str:
        secret = self._service.folder / "admin-password"
        secret.write_text(PASSWORD)
        who = ("--login", "owner", "--email", "owner@example.org", "--password-file", str(secret))
        self._service.command("admin", "create", *who)
        staff = Viewer(self._service.url)
        staff.sign_in("owner", PASSWORD)
        balances = staff.call("GET", "/v1/admin/ledger")["items"]
        expect(sum(one["balance"]["minor"] for one in balances) == 0, "debits and credits are equal")
        shown = [
            f"{one['account'].partition(':')[2]} {money(one['balance'])}" for one in balances if one["balance"]["minor"]
        ]
        return ", ".join(shown)

    def invariants(self) -> str:
        output = self._service.command("invariants")
        lines = output.strip().splitlines()
        expect(lines[-1] == "0 violations", f"there are 0 violations; it was: {output[-500:]}")
        return f"{len(lines) - 1} invariants, {lines[-1]}"

    def _advance(self, by: str) -> str:
        """Moves virtual time on; returns the new time."""
        now = self._service.command("clock", "advance", by).strip()
        self._viewer.renew_token()
        return now

    def _subscription(self, is_done: Callable[[Any], bool], *, wish: str) -> Any:
        return self._viewer.wait(f"/v1/subscriptions/{self._facts['subscription']}", is_done, wish=wish)


def money(amount: dict[str, Any]) -> str:
    return str(Money(minor=amount["minor"], currency=amount["currency"]))


def day(moment: str) -> str:
    """The viewer's date, as in the mails: near midnight it is not that of UTC."""
    return datetime.fromisoformat(moment).astimezone(ZoneInfo(ZONE)).date().isoformat()


def title_of(film: dict[str, Any]) -> str:
    found = film["title"]
    return str(found["en"] if isinstance(found, dict) else found)
