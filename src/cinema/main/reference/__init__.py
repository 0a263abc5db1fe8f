"""The documents that list what the code has, written from the code.

`reference` renders them all; `write_reference` writes them into a folder. A test
compares them with what stands in ``docs/``.
"""

from pathlib import Path

import typer
from pydantic import SecretStr

from cinema.billing.settings import BillingSettings
from cinema.identity.settings import IdentitySettings
from cinema.kit.clock import SystemClock
from cinema.kit.db import Pools
from cinema.kit.errors import codes
from cinema.kit.events import every_event
from cinema.main.reference.pages import (
    cli_page,
    errors_page,
    events_page,
    http_page,
    invariants_page,
    jobs_page,
    settings_page,
    states_page,
)
from cinema.main.settings import KINDS, AllSettings, ProcessSettings, SandboxSettings
from cinema.main.wiring import build_cinema
from cinema.notifications.settings import NotificationsSettings
from cinema.payments.settings import PaymentsSettings, YookassaSettings
from cinema.playback.settings import PlaybackSettings

SPEAKING = tuple(
    f"cinema.{part}."
    for part in ("kit", "contracts", "identity", "catalog", "playback", "billing", "payments", "notifications")
)
"""The packages whose refusals callers of the HTTP API meet."""


def reference(commands: typer.Typer) -> dict[str, str]:
    """Every document by its file name. Builds the product without connecting to anything."""
    cinema = build_cinema(_plain_settings(), pools=Pools("postgresql://127.0.0.1/cinema"), clock=SystemClock())
    return {
        "settings.md": settings_page(KINDS),
        "events.md": events_page(kind for kind in every_event() if kind.__module__.startswith("cinema.contracts.")),
        "errors.md": errors_page(
            {code: kind for code, kind in codes().items() if kind.__module__.startswith(SPEAKING)}
        ),
        "http-api.md": http_page(cinema.app),
        "jobs.md": jobs_page(cinema.jobs()),
        "cli.md": cli_page(commands),
        "states.md": states_page(machine for module in cinema.modules for machine in module.machines),
        "invariants.md": invariants_page(one for module in cinema.modules for one in module.invariants),
    }


def write_reference(folder: Path, commands: typer.Typer) -> list[Path]:
    """Writes every document into ``folder``; returns the files."""
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for name, text in reference(commands).items():
        (folder / name).write_text(text, encoding="utf-8")
        written.append(folder / name)
    return written


def _plain_settings() -> AllSettings:
    """Defaults, whatever this machine's environment says: the documents are the same everywhere."""
    return AllSettings(
        process=ProcessSettings.model_construct(),
        sandbox=SandboxSettings.model_construct(),
        identity=IdentitySettings.model_construct(),
        billing=BillingSettings.model_construct(),
        payments=PaymentsSettings.model_construct(),
        yookassa=YookassaSettings.model_construct(shop_id="1", secret_key=SecretStr("none")),
        playback=PlaybackSettings.model_construct(),
        notifications=NotificationsSettings.model_construct(url=SecretStr("smtp://127.0.0.1")),
        has_own_shop=True,
    )
