"""The documents that list what the code has, written from the code.

`reference` renders them all; `write_reference` writes them into a folder. A test
compares them with what stands in ``docs/``.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import typer
from pydantic import SecretStr

from cinema.kit.clock import SystemClock
from cinema.kit.db import Pools
from cinema.kit.errors import codes
from cinema.kit.events import every_event
from cinema.kit.settings import Settings
from cinema.main.contexts import CONTEXTS
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
from cinema.main.sandbox_settings import SandboxSettings
from cinema.main.settings import KINDS, AllSettings, ProcessSettings, RetentionSettings
from cinema.main.web_settings import WebSettings
from cinema.main.wiring import Cinema, build_cinema
from cinema.notifications.settings import NotificationsSettings
from cinema.payments.providers.fake import FakeProvider
from cinema.payments.settings import PaymentsSettings

SPEAKING = tuple(f"cinema.{part}." for part in ("kit", "contracts", *(one.name for one in CONTEXTS)))
"""The packages whose refusals callers of the HTTP API meet."""


def reference(commands: typer.Typer) -> dict[str, str]:
    """Every document by its file name. Builds the product without connecting to anything."""
    cinema = _product()
    return {
        "settings.md": settings_page(KINDS),
        "events.md": events_page(kind for kind in every_event() if kind.__module__.startswith("cinema.contracts.")),
        "errors.md": errors_page(codes(SPEAKING), cinema.app.state.languages),
        "http-api.md": http_page(cinema.app),
        "jobs.md": jobs_page(cinema.jobs()),
        "cli.md": cli_page(commands),
        "states.md": states_page(machine for module in cinema.modules for machine in module.machines),
        "invariants.md": invariants_page(one for module in cinema.modules for one in module.invariants),
    }


def description() -> dict[str, Any]:
    """The OpenAPI description of the whole product, as it is served at ``/openapi.json``."""
    return _product().app.openapi()


def write_reference(folder: Path, commands: typer.Typer) -> list[Path]:
    """Writes every document into ``folder``; returns the files."""
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for name, text in reference(commands).items():
        (folder / name).write_text(text, encoding="utf-8")
        written.append(folder / name)
    return written


def _product() -> Cinema:
    settings, clock = _plain_settings(), SystemClock()
    provider = FakeProvider(clock=clock, name=settings.of(PaymentsSettings).provider)
    pools = Pools("postgresql://127.0.0.1/cinema")
    return build_cinema(settings, pools=pools, clock=clock, providers={provider.name: provider})


def _plain_settings() -> AllSettings:
    """Defaults, whatever this machine's environment says: the documents are the same everywhere."""
    needed: Mapping[type[Settings], dict[str, object]] = {NotificationsSettings: {"url": SecretStr("smtp://127.0.0.1")}}
    return AllSettings(
        process=ProcessSettings.model_construct(),
        web=WebSettings.model_construct(),
        keep=RetentionSettings.model_construct(),
        sandbox=SandboxSettings.model_construct(),
        parts=tuple(
            one.settings.model_construct(None, **needed.get(one.settings, {})) for one in CONTEXTS if one.settings
        ),
        has_own_provider=True,
        has_own_mail=True,
    )
