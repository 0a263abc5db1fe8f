"""The processes as an operator runs them: started, stopped, killed, apart, and several at once."""

import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import httpx2
import pytest
import yookassa  # type: ignore[import-untyped] # the provider ships no types

from cinema.main.demo.steps import PATIENCE_S, until
from cinema.main.demo.story import PASSWORD
from cinema.main.demo.viewer import Viewer, pay_by_card
from cinema.main.embedded import keeper
from cinema.main.ports import free_port
from main.commands import command, environment, ports, refused, service, told
from make import count

NEW_USER = {"email": "viewer@example.org", "password": PASSWORD, "language": "en", "time_zone": "Europe/Moscow"}


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder with a data folder that several `cinema migrate` have made at once."""
    folder = tmp_path_factory.mktemp("place")
    rivals = [
        subprocess.Popen(
            [sys.executable, "-m", "cinema.main", "migrate"],
            cwd=folder,
            env=environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        for _ in range(count(reduced=3, full=10))
    ]
    said = [rival.communicate(timeout=120)[0] for rival in rivals]
    assert [rival.returncode for rival in rivals] == [0] * len(rivals), said
    yield folder
    assert keeper.has_ended(folder=str(folder / "var" / "postgres"), limit_s=20)


@contextmanager
def signed_in(url: str, login: str, *, is_new: bool = False) -> Iterator[Viewer]:
    viewer = Viewer(url)
    with viewer.api:
        if is_new:
            who = NEW_USER | {"login": login, "email": f"{login}@a.org"}
            viewer.call("POST", "/v1/auth/register", expected=202, json=who)
        viewer.sign_in(login, PASSWORD)
        yield viewer


def test_a_start_keeps_the_data_after_a_stop_and_after_a_kill(place: Path) -> None:
    chosen = ports()
    url = f"http://127.0.0.1:{chosen['port']}"

    with service(place, "up", **chosen) as first:
        first.lines_until("Cinema:")
        with signed_in(url, "keeper", is_new=True) as viewer:
            films = viewer.call("GET", "/v1/films?limit=1")["items"]
        second = refused(place, "up", **chosen)
        stopped = first.stop(signal.SIGINT)
        warnings = first.warnings()
    with service(place, "up", **chosen) as killed:
        said = killed.lines_until("Cinema:")
        with signed_in(url, "keeper"):
            killed.popen.kill()
    with service(place, "up", **chosen) as last:
        last.lines_until("Cinema:")
        with signed_in(url, "keeper"):
            ended = last.stop(signal.SIGTERM)

    assert len(films) == 1
    assert second == (
        1,
        [f"Port {chosen['port']} of 127.0.0.1 cannot be had: Address already in use. Set CINEMA_PORT to another one."],
    )
    assert (stopped, warnings) == (0, [])
    assert said == [
        f"Mailbox: http://127.0.0.1:{chosen['sandbox_port']}/mail/",
        f"Test cards: http://127.0.0.1:{chosen['sandbox_port']}/checkout/test-cards (5555 5555 5555 4444 pays)",
        "Administrator: sign up, then cinema admin create --login YOUR_LOGIN",
        f"Cinema: {url} (Ctrl-C stops it)",
    ]
    assert ended == 0


def test_who_asks_the_stand_ins_before_they_are_there_waits_for_them(place: Path) -> None:
    chosen = ports()

    with service(place, "up", **chosen) as cinema:
        until(lambda: is_open(chosen["sandbox_port"]), bool, wish="the port is open")
        mailbox = httpx2.get(f"http://127.0.0.1:{chosen['sandbox_port']}/mail/", timeout=PATIENCE_S, trust_env=False)
        ended = cinema.stop()

    assert (mailbox.status_code, ended) == (200, 0)


def is_open(port: int) -> bool:
    with socket.socket() as caller:
        return caller.connect_ex(("127.0.0.1", port)) == 0


def test_readiness_follows_the_database_and_liveness_does_not(place: Path) -> None:
    port = free_port()
    folder = str(place / "var" / "postgres")

    with service(place, "web", port=port) as web, httpx2.Client(base_url=f"http://127.0.0.1:{port}") as probe:
        web.lines_until("Web:")
        before = probe.get("/health/ready").status_code
        pid = keeper.running_pid(folder)
        assert pid
        os.kill(pid, signal.SIGKILL)
        away = until(lambda: probe.get("/health/ready"), lambda one: one.status_code != 200, wish="503")
        live = probe.get("/health/live").status_code
        until(lambda: probe.get("/health/ready").status_code, lambda status: status == 200, wish="200")
        ended = web.stop()

    assert (before, live, ended) == (200, 200, 0)
    assert (away.status_code, away.json()["code"]) == (503, "database-unavailable")


def test_web_worker_and_stand_ins_apart_sell_a_subscription(place: Path) -> None:
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    sandbox_settings: dict[str, Any] = {
        "sandbox_port": 0,
        "sandbox_smtp_port": 0,
        "sandbox_shop_id": "424242",
        "sandbox_secret_key": "test_chosen",
        "sandbox_webhook_url": f"{url}/v1/webhooks/yookassa",
    }

    with ExitStack() as stack:
        sandbox = stack.enter_context(service(place, "sandbox", **sandbox_settings))
        printed = dict(line.split("=", 1) for line in sandbox.lines_until("MAILBOX_URL="))
        shop = {name.removeprefix("CINEMA_").lower(): value for name, value in printed.items() if "CINEMA_" in name}
        web = stack.enter_context(service(place, "web", port=port, **shop))
        worker = stack.enter_context(service(place, "worker", port=port, **shop))
        web.lines_until("Web:")
        worker.lines_until("Worker:")
        viewer = stack.enter_context(signed_in(url, "buyer", is_new=True))
        order = subscribe(viewer, url)
        pay(viewer, order, url)
        viewer.wait(f"/v1/orders/{order['id']}", lambda one: one["order"]["status"] == "paid", wish="it is paid")
        viewer.wait("/v1/me", lambda me: "subscriber" in me["roles"], wish="the viewer is a subscriber")
        mails = until(
            lambda: httpx2.get(f"{printed['MAILBOX_URL']}/messages", params={"to": "buyer@a.org"}).json()["items"],
            lambda found: len(found) == 2,
            wish="a welcome and a receipt",
        )
        listed = listed_by_the_sdk(printed)
        ended = [one.stop() for one in (worker, web, sandbox)]

    assert shop["yookassa_shop_id"] == "424242"
    assert shop["yookassa_secret_key"] == "test_chosen"
    assert len(mails) == 2
    assert listed == [("succeeded", "399.00")]
    assert ended == [0, 0, 0]
    assert told(place, "invariants").splitlines()[-1] == "0 violations"


def test_a_missing_worker_is_told_by_readiness_doctor_and_log(place: Path) -> None:
    port, own_port = free_port(), free_port()
    url, own_url = f"http://127.0.0.1:{port}", f"http://127.0.0.1:{own_port}"

    with service(place, "web", port=port, log_format="json") as web:
        until(web.log.read_text, lambda said: '"detail":"Web:' in said, wish="it serves", patience_s=120)
        alone = until(  # what was killed before counts until it has been silent for a while
            lambda: httpx2.get(f"{url}/health/ready").json(),
            lambda one: one["workers"] == 0,
            wish="nobody works",
            patience_s=120,
        )
        with signed_in(url, "waiting", is_new=True):
            examined = command(place, "doctor")
        missed = until(web.warnings, lambda lines: len(lines) > 0, wish="a line that says so", patience_s=120)
        with service(place, "worker", "--only", "billing,payments", port=port, worker_port=own_port) as worker:
            worker.lines_until("Worker:")
            is_seen = until(
                lambda: httpx2.get(f"{url}/health/ready").json(), lambda one: one["workers"] == 1, wish="it is seen"
            )
            own = [httpx2.get(f"{own_url}/health/{name}").status_code for name in ("live", "ready")]
            others = httpx2.get(f"{own_url}/v1/plans").status_code
            worker.stop()
        gone = httpx2.get(f"{url}/health/ready").json()

    everything = ["billing", "identity", "notifications", "payments", "playback"]
    assert (alone["status"], alone["workers"], alone["without_worker"]) == ("ok", 0, everything)
    assert examined.returncode == 1
    assert f"FAIL workers      none at work; nobody works for {', '.join(everything)}, events" in examined.stdout
    assert '"event":"worker.missing"' in missed[0]
    assert is_seen["without_worker"] == ["identity", "notifications", "playback"]
    assert (own, others, gone["workers"]) == ([200, 200], 404, 0)


def subscribe(viewer: Viewer, url: str) -> Any:
    return viewer.call(
        "POST",
        "/v1/subscriptions",
        expected=201,
        json={"plan": "month", "return_url": f"{url}/account"},
        headers={"Idempotency-Key": "once"},
    )["order"]


def pay(viewer: Viewer, order: Any, url: str) -> None:
    asked = until(
        lambda: viewer.api.get(order["payment_url"], follow_redirects=False),
        lambda answer: answer.status_code == 303,
        wish="the order has a payment page",
    )
    pay_by_card(asked.headers["location"], home=url)


def listed_by_the_sdk(printed: dict[str, str]) -> list[tuple[str, str]]:
    """Status and amount of all payments, as the provider's own client reads them."""
    yookassa.Configuration.configure(
        printed["CINEMA_YOOKASSA_SHOP_ID"],
        printed["CINEMA_YOOKASSA_SECRET_KEY"],
        api_url=printed["CINEMA_YOOKASSA_BASE_URL"],
    )
    try:
        return [(one.status, str(one.amount.value)) for one in yookassa.Payment.list({"limit": 10}).items]
    finally:
        yookassa.Configuration.configure(None, None)


def test_short_commands_say_what_they_did_and_may_be_repeated(place: Path, tmp_path: Path) -> None:
    made = told(place, "admin", "create", "--login", "owner").splitlines()
    again = told(place, "admin", "create", "--login", "owner").splitlines()
    parked = told(place, "events", "parked")
    dumped = told(place, "dump", str(tmp_path / "copy"))
    restored = told(tmp_path, "restore", str(tmp_path / "copy"))
    twice = refused(tmp_path, "restore", str(tmp_path / "copy"))

    assert made[0] == "The administrator owner was made."
    assert re.fullmatch(r"Password: \S{24}", made[1])
    assert again == ["The user owner was there and is an administrator now; the password is as it was."]
    assert parked == "0 parked\n"
    assert (dumped, restored) == (f"Written to {tmp_path / 'copy'}.\n", f"Restored from {tmp_path / 'copy'}.\n")
    assert (twice[0], [line[:24] for line in twice[1]]) == (1, ["The database is in use: "])
    assert told(tmp_path, "admin", "create", "--login", "owner").splitlines() == again


def test_mistakes_of_an_import_are_listed(place: Path, tmp_path: Path) -> None:
    (tmp_path / "films.json").write_text('[{"slug": "Not A Slug"}]')

    done = command(place, "catalog", "import", str(tmp_path))

    assert done.returncode == 1
    assert done.stdout.splitlines()[0] == "Nothing was imported. Put this right first:"
    assert "films.json" in done.stdout
    assert done.stderr == ""
