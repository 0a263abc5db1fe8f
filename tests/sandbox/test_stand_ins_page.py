"""docs/stand-ins.md names every control of the stand-ins, and none that does not exist."""

import re
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from starlette.routing import Route

from cinema.kit.clock import ManualClock
from cinema.sandbox.mailbox.api import MailboxApi
from cinema.sandbox.mailbox.faults import Switches as MailSwitches
from cinema.sandbox.mailbox.store import MailStore
from cinema.sandbox.yookassa import YookassaSandboxSettings
from cinema.sandbox.yookassa.control import Control
from cinema.sandbox.yookassa.faults import FaultKind, Switches
from cinema.sandbox.yookassa.shop import Shop
from cinema.sandbox.yookassa.store import Store

PAGE = (Path(__file__).parents[2] / "docs" / "stand-ins.md").read_text(encoding="utf-8")


def addresses(routes: list[Route], *, below: str = "") -> set[str]:
    """``GET /path`` for each route; its parameters without their kinds."""
    return {
        f"{method} {below}{re.sub(r':[a-z]+}', '}', route.path)}"
        for route in routes
        for method in (route.methods or set()) - {"HEAD"}
    }


def test_every_control_is_on_the_page_and_no_other() -> None:
    settings = YookassaSandboxSettings(shop_id="1", secret_key="key", public_url="http://127.0.0.1:8001")
    clock = ManualClock(datetime(2026, 1, 1, tzinfo=UTC))
    with closing(Store(path=None)) as store, closing(MailStore(path=None, mails_max=10)) as mail_store:
        shop = Shop(settings=settings, store=store, clock=clock, switches=Switches())
        mailbox = MailboxApi(store=mail_store, switches=MailSwitches())

        controls = addresses(Control(shop, wake=lambda: None).routes())
        mails = addresses(mailbox.routes(), below="/mail")

    assert set(re.findall(r"^\| `([A-Z]+ /\S+)`", PAGE, re.MULTILINE)) == controls | mails


def test_every_switch_is_on_the_page() -> None:
    table = PAGE.partition("| switch |")[2].partition("\n\n")[0]

    first_cells = " ".join(line.split("|")[1] for line in table.splitlines() if line.startswith("| `"))
    assert sorted(re.findall(r"`(\w+)`", first_cells)) == sorted(FaultKind)
