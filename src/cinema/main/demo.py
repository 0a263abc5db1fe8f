"""The demo: plays the main job on a service of its own, over HTTP alone, and says what happened.

Nothing here reaches into the service: the viewer's part goes through the API and the
payment page as a browser would, time is moved by the command for it.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path
from time import sleep
from typing import Any, TypeAlias
from urllib.parse import urljoin

import httpx2
from rich.console import Console
from rich.text import Text

from cinema.kit.clock import stopwatch_s
from cinema.kit.errors import Conflict
from cinema.kit.money import Money
from cinema.main.ports import free_port

PATIENCE_S = 20.0
"""How long the demo waits for something that should happen at once."""

CARD = {"card_number": "5555555555554477", "expiry_month": "12", "expiry_year": "2030", "cvc": "123"}
"""A test card of YooKassa that is paid after 3-D Secure."""

PASSWORD = "correct-horse-battery-staple"  # noqa: S105 - of a viewer who lives for two minutes


UNDOCUMENTED = (httpx2.HTTPError, OSError, LookupError, ValueError, StopIteration, subprocess.SubprocessError)
"""What answers and programs do that are not as they are described."""


LOG = "demo.log"


class Unexpected(Exception):
    """A step did not go as it should; the message says what was expected."""


class FolderInUse(Conflict):
    """The demo needs a folder of its own."""

    code = "demo-folder-in-use"


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """A form of an HTML page."""

    action: str
    fields: dict[str, str]


class Viewer:
    """A viewer's browser and API client, signed in."""

    def __init__(self, base_url: str) -> None:
        self.api = httpx2.Client(
            base_url=base_url, timeout=PATIENCE_S, trust_env=False, headers={"Accept-Language": "en"}
        )
        self._refresh = ""

    def sign_in(self, login: str, password: str) -> None:
        self._keep(self.call("POST", "/v1/auth/login", json={"login": login, "password": password}))

    def renew_token(self) -> None:
        self._keep(self.call("POST", "/v1/auth/refresh", json={"refresh_token": self._refresh}))

    def call(self, method: str, path: str, *, expected: int = 200, **options: Any) -> Any:
        """The JSON of the answer; `Unexpected` when the status is another."""
        answer = self.api.request(method, path, **options)
        if answer.status_code != expected:
            raise Unexpected(
                f"{method} {path} should answer {expected}; it was {answer.status_code}: {answer.text[:300]}"
            )
        return answer.json() if answer.content else None

    def wait(self, path: str, is_done: Callable[[Any], bool], *, wish: str) -> Any:
        """Asks until ``is_done``; `Unexpected` with the wish when patience ends."""
        return until(lambda: self.call("GET", path), is_done, wish=wish)

    def _keep(self, tokens: Any) -> None:
        self._refresh = tokens["refresh_token"]
        self.api.headers["Authorization"] = f"Bearer {tokens['access_token']}"


Step: TypeAlias = tuple[str, Callable[[], str]]
"""A title, and what does the step and tells what happened."""


def perform(steps: Iterable[Step], *, out: Console) -> tuple[int, int]:
    """Does one step after the other up to the first that fails; returns how many were begun and how many failed."""
    done = 0
    for title, step in steps:
        done += 1
        try:
            told = step()
        except Unexpected as error:
            out.print(_line("✗", "red", done, title, str(error)))
            return done, 1
        except UNDOCUMENTED as error:
            said = f"expected: an answer as documented; it was {type(error).__name__}: {error}"
            out.print(_line("✗", "red", done, title, said))
            return done, 1
        out.print(_line("✓", "green", done, title, told))
    return done, 0


def _line(mark: str, colour: str, number: int, title: str, told: str) -> Text:
    return Text.assemble((mark, colour), f" {number:>2}  ", (title, "bold"), f"  {told}")


class Demo:
    """The steps, in order."""

    def __init__(self, *, out: Console, folder: Path) -> None:
        self._out = out
        self._folder = folder
        ports = [str(free_port()) for _ in range(3)]
        self._environment = clean_environment() | {
            "CINEMA_PORT": ports[0],
            "CINEMA_SANDBOX_PORT": ports[1],
            "CINEMA_SANDBOX_SMTP_PORT": ports[2],
            "CINEMA_DATA_FOLDER": str(folder),
            "CINEMA_LOG_LEVEL": "info",
            "CINEMA_LOG_FORMAT": "json",
        }
        self._url = f"http://127.0.0.1:{ports[0]}"
        self._stand_ins = f"http://127.0.0.1:{ports[1]}"
        self._service: subprocess.Popen[bytes] | None = None
        self.viewer = Viewer(self._url)
        self.mailbox = httpx2.Client(base_url=f"{self._stand_ins}/mail", timeout=PATIENCE_S, trust_env=False)
        self.email = "viewer@example.org"
        self.facts: dict[str, Any] = {}

    def play(self) -> int:
        """Plays all steps; 0 when each went as it should."""
        started_s = stopwatch_s()
        try:
            done, failed = perform(self._steps(), out=self._out)
        finally:
            self._stop()
        if failed:
            self._out.print(f"      the service's log: {self._folder / LOG}")
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
        yield "The viewer takes the money back", self.refund
        yield "Access is gone", self.lost
        yield "The ledger balances", self.ledger
        yield "Everything that must hold, holds", self.invariants

    def start(self) -> str:
        log = (self._folder / LOG).open("wb")
        self._service = subprocess.Popen(
            [sys.executable, "-m", "cinema.main", "up"], env=self._environment, stdout=log, stderr=log
        )
        started_s = stopwatch_s()

        def is_ready() -> bool:
            assert self._service is not None
            if self._service.poll() is not None:
                raise Unexpected(f"the service should run; it ended: {log_tail(self._folder / 'demo.log')}")
            try:
                return self.viewer.api.get("/health/ready").status_code == 200  # noqa: PLR2004 - OK
            except httpx2.TransportError:
                return False

        until(is_ready, bool, wish="the service is ready", patience_s=90)
        return f"ready after {stopwatch_s() - started_s:.1f} s at {self._url}"

    def catalogue(self) -> str:
        films = self.viewer.call("GET", "/v1/films?sort=year&limit=100")["items"]
        expect(len(films) == 100, "the catalogue has at least 100 films")  # noqa: PLR2004 - a page
        chosen = next(film for film in films if film["access"] == "subscription")
        self.facts["film"] = chosen["id"]
        return f"“{title_of(chosen)}” ({chosen['year']}) is chosen"

    def sign_up(self) -> str:
        body = {
            "login": "viewer",
            "email": self.email,
            "password": PASSWORD,
            "language": "en",
            "time_zone": "Europe/Moscow",
        }
        self.viewer.call("POST", "/v1/auth/register", expected=202, json=body)
        self.viewer.sign_in("viewer", PASSWORD)
        self.mail("Welcome")
        return f"{self.email}, and is welcomed by mail"

    def refused(self) -> str:
        answer = self.viewer.call("POST", f"/v1/films/{self.facts['film']}/playback", expected=403)
        expect(answer["code"] == "access-denied", "the refusal is access-denied")
        offers = [f"{one['plan']} {money(one['price'])}" for one in answer["offers"]]
        expect(bool(offers), "the refusal brings offers")
        return "403, " + ", ".join(offers)

    def choose(self) -> str:
        answer = self.viewer.call(
            "POST",
            "/v1/subscriptions",
            expected=201,
            json={"plan": "month", "return_url": f"{self._url}/account"},
            headers={"Idempotency-Key": "demo-1"},
        )
        self.facts["subscription"] = answer["subscription"]["id"]
        self.facts["order"] = answer["order"]
        return f"{money(answer['order']['total'])}, order {answer['order']['status']}"

    def pay(self) -> str:
        url = until(self._payment_page, bool, wish="the order has a payment page")
        with httpx2.Client(timeout=PATIENCE_S, trust_env=False) as browser:
            page = browser.get(url)
            form = find_form(page.text, "card_number")
            answer = browser.post(urljoin(url, form.action), data=form.fields | CARD, follow_redirects=False)
            answer = follow(browser, answer, stop=self._url)
            if answer.status_code == 200:  # noqa: PLR2004 - the 3-D Secure page
                form = find_form(answer.text, "code")
                answer = browser.post(urljoin(str(answer.url), form.action), data=form.fields | {"code": "123"})
                answer = follow(browser, answer, stop=self._url)
        back = answer.headers.get("location", "")
        expect(back.startswith(self._url), "the provider sends the payer back to the cinema")
        return f"card •{CARD['card_number'][-4:]}, and returns to the cinema"

    def active(self) -> str:
        subscription = self._subscription(lambda one: one["status"] == "active", wish="the subscription is active")
        order = self.viewer.call("GET", f"/v1/orders/{self.facts['order']['id']}")["order"]
        expect(order["status"] == "paid", "the order is paid")
        access = self.viewer.call("GET", f"/v1/films/{self.facts['film']}/access")
        expect(access["allowed"] is True, "the film may be watched")
        self.viewer.wait("/v1/me", lambda me: "subscriber" in me["roles"], wish="the viewer has the role subscriber")
        self.facts["period_end"] = subscription["period_end"]
        return f"order paid, subscription active until {day(subscription['period_end'])}, role subscriber"

    def mail_paid(self) -> str:
        return f"“{self.mail('399')}”"

    def watch(self) -> str:
        playback = self.viewer.call("POST", f"/v1/films/{self.facts['film']}/playback", expected=201)
        master = urljoin(self._url, playback["manifest_url"])
        with httpx2.Client(timeout=PATIENCE_S, trust_env=False) as player:
            variant = urljoin(master, media_lines(player.get(master).text)[-1])
            segment = urljoin(variant, media_lines(player.get(variant).text)[0])
            answer = player.get(segment)
        expect(answer.status_code == 200, "a segment of the film is served")  # noqa: PLR2004 - OK
        self.facts["segment"] = segment
        return f"{len(answer.content):,} bytes of its first segment"

    def reminded(self) -> str:
        now = self.advance("28d")
        return f"{day(now)}: “{self.mail('renew')}”"

    def renewed(self) -> str:
        now = self.advance("3d")
        subscription = self._subscription(
            lambda one: one["period_end"] > self.facts["period_end"], wish="the subscription is extended"
        )
        orders = self.viewer.call("GET", "/v1/orders")["items"]
        expect([one["status"] for one in orders] == ["paid", "paid"], "both orders are paid")
        self.facts["renewal"] = orders[0]
        subject = self.mail("renewed")
        return f"{day(now)}: {money(orders[0]['total'])} charged, until {day(subscription['period_end'])}, “{subject}”"

    def cancel(self) -> str:
        answer = self.viewer.call("POST", f"/v1/subscriptions/{self.facts['subscription']}/cancellation")
        expect(answer["cancel_at_period_end"] is True, "the subscription ends with its period")
        access = self.viewer.call("GET", f"/v1/films/{self.facts['film']}/access")
        expect(access["allowed"] is True, "the film may still be watched")
        return f"access until {day(answer['period_end'])}, “{self.mail('cancel')}”"

    def refund(self) -> str:
        answer = self.viewer.call(
            "POST",
            f"/v1/orders/{self.facts['renewal']['id']}/refunds",
            expected=201,
            json={"reason": "I have seen it all"},
            headers={"Idempotency-Key": "demo-2"},
        )
        order = self.viewer.wait(
            f"/v1/orders/{self.facts['renewal']['id']}",
            lambda one: one["order"]["status"] == "refunded",
            wish="the order is refunded",
        )
        subject = self.mail("refund")
        return f"{money(answer['amount'])}, order {order['order']['status']}, “{subject}”"

    def lost(self) -> str:
        subscription = self._subscription(lambda one: one["status"] == "ended", wish="the subscription is ended")
        self.viewer.wait(
            f"/v1/films/{self.facts['film']}/access",
            lambda one: one["allowed"] is False,
            wish="the film may not be watched any more",
        )
        self.viewer.wait("/v1/me", lambda me: "subscriber" not in me["roles"], wish="the role is gone")
        segment = self.viewer.api.get(self.facts["segment"])
        expect(segment.status_code in {403, 410}, "no segment is served any more")
        return (
            f"subscription ended ({subscription['ended_reason']}), role and stream gone, segment {segment.status_code}"
        )

    def ledger(self) -> str:
        secret = self._folder / "admin-password"
        secret.write_text(PASSWORD)
        self.command(
            "admin", "create", "--login", "owner", "--email", "owner@example.org", "--password-file", str(secret)
        )
        staff = Viewer(self._url)
        staff.sign_in("owner", PASSWORD)
        balances = staff.call("GET", "/v1/admin/ledger")
        expect(sum(one["balance"]["minor"] for one in balances) == 0, "debits and credits are equal")
        shown = [
            f"{one['account'].partition(':')[2]} {money(one['balance'])}" for one in balances if one["balance"]["minor"]
        ]
        return ", ".join(shown)

    def invariants(self) -> str:
        output = self.command("invariants")
        lines = output.strip().splitlines()
        expect(lines[-1] == "0 violations", f"there are 0 violations; it was: {output[-500:]}")
        return f"{len(lines) - 1} invariants, {lines[-1]}"

    def advance(self, by: str) -> str:
        """Moves virtual time on; returns the new time."""
        now = self.command("clock", "advance", by).strip()
        self.viewer.renew_token()
        return now

    def command(self, *words: str) -> str:
        """What a command of ours prints."""
        done = subprocess.run(  # noqa: S603 - our own commands
            [sys.executable, "-m", "cinema.main", *words],
            env=self._environment,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        if done.returncode:
            raise Unexpected(f"`cinema {' '.join(words)}` should succeed: {(done.stdout + done.stderr)[-500:]}")
        return done.stdout

    def mail(self, word: str) -> str:
        """The subject of the newest mail to the viewer that speaks of ``word``; waits for it."""

        def newest() -> str | None:
            for one in self.mailbox.get("/messages", params={"to": self.email}).json()["items"]:
                if one["id"] not in self._read and word.lower() in one["subject"].lower():
                    self._read.add(one["id"])
                    return str(one["subject"])
            return None

        return str(until(newest, bool, wish=f"a mail to {self.email} speaks of {word!r}"))

    @property
    def _read(self) -> set[str]:
        read: set[str] = self.facts.setdefault("read", set())
        return read

    def _payment_page(self) -> str | None:
        answer = self.viewer.api.get(self.facts["order"]["payment_url"], follow_redirects=False)
        return answer.headers.get("location") if answer.status_code == 303 else None  # noqa: PLR2004 - See Other

    def _subscription(self, is_done: Callable[[Any], bool], *, wish: str) -> Any:
        return self.viewer.wait(f"/v1/subscriptions/{self.facts['subscription']}", is_done, wish=wish)

    def _stop(self) -> None:
        if self._service is not None:
            self._service.terminate()
            try:
                self._service.wait(20)
            except subprocess.TimeoutExpired:
                self._service.kill()


def play(out: Console, *, folder: Path | None) -> int:
    """Plays the demo in ``folder`` or a fresh one, which is kept when a step fails; returns the exit status.

    Raises `FolderInUse`.
    """
    if folder is not None:
        folder.mkdir(parents=True, exist_ok=True)
        if any(folder.iterdir()):
            raise FolderInUse(f"{folder} is not empty: the demo needs a folder of its own.")
        return Demo(out=out, folder=folder.absolute()).play()
    fresh = Path(tempfile.mkdtemp(prefix="cinema-demo-"))
    fresh.chmod(0o755)  # PostgreSQL's own user passes through
    failed = 0
    try:
        failed = Demo(out=out, folder=fresh).play()
    finally:
        if not failed:
            shutil.rmtree(fresh, ignore_errors=True)
    return failed


def clean_environment() -> dict[str, str]:
    """Our environment without settings: the demo is the same for everybody."""
    return {name: value for name, value in os.environ.items() if not name.startswith("CINEMA_")}


def until(ask: Callable[[], Any], is_done: Callable[[Any], bool], *, wish: str, patience_s: float = PATIENCE_S) -> Any:
    """Asks again and again until ``is_done``; `Unexpected` with the wish when patience ends."""
    deadline_s = stopwatch_s() + patience_s
    while True:
        answer = ask()
        if is_done(answer):
            return answer
        if stopwatch_s() > deadline_s:
            raise Unexpected(f"expected within {patience_s:.0f} s: {wish}; the last answer was {str(answer)[:300]}")
        sleep(0.05)


def expect(is_so: bool, wish: str) -> None:  # noqa: FBT001 - reads as a sentence
    if not is_so:
        raise Unexpected(f"expected: {wish}")


def follow(browser: httpx2.Client, answer: httpx2.Response, *, stop: str) -> httpx2.Response:
    """Follows redirects up to the one that leads to ``stop``."""
    while answer.has_redirect_location and not answer.headers["location"].startswith(stop):
        answer = browser.get(urljoin(str(answer.url), answer.headers["location"]))
    return answer


class _Forms(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.forms.append(Form(action=values.get("action", ""), fields={}))
        elif tag == "input" and self.forms and values.get("name") and values.get("type") != "submit":
            self.forms[-1].fields[values["name"]] = values.get("value", "")


def find_form(page: str, field: str) -> Form:
    """The first form of a page that asks for ``field``."""
    parser = _Forms()
    parser.feed(page)
    for form in parser.forms:
        if field in form.fields:
            return form
    raise Unexpected(f"expected: a form that asks for {field}; the page was {page[:200]}")


def media_lines(playlist: str) -> list[str]:
    """The addresses in an HLS playlist."""
    return [line for line in playlist.splitlines() if line and not line.startswith("#")]


def log_tail(path: Path) -> str:
    return " | ".join(path.read_text(errors="replace").splitlines()[-5:])


def money(amount: dict[str, Any]) -> str:
    return str(Money(minor=amount["minor"], currency=amount["currency"]))


def day(moment: str) -> str:
    return moment[:10]


def title_of(film: dict[str, Any]) -> str:
    found = film["title"]
    return str(found["en"] if isinstance(found, dict) else found)
