"""The pages that are written from the code, on small samples."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated, ClassVar, Literal
from uuid import UUID

import typer
from fastapi import APIRouter, FastAPI
from pydantic import Field, SecretStr
from starlette.requests import Request
from starlette.responses import Response

from cinema.kit.auth import Admin, CurrentActor, MaybeActor
from cinema.kit.db import ReadTx
from cinema.kit.errors import Conflict, Trouble
from cinema.kit.events import Event
from cinema.kit.http import Strict
from cinema.kit.idempotency import MaybeOnce, RequiredOnce
from cinema.kit.jobs import Job
from cinema.kit.keyset import Limit
from cinema.kit.money import Money
from cinema.kit.settings import Settings
from cinema.kit.speech import Plain
from cinema.kit.states import Machine
from cinema.kit.sweep import Invariant
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
from cinema.main.reference.words import type_words


class Colour(StrEnum):
    RED = "red"
    BLUE = "blue"


class SampleSettings(Settings):
    """How the sample works.

    More of it.
    """

    section: ClassVar[str] = "SAMPLE"

    port: int = Field(8000, description="port to listen on")
    colour: Colour = Colour.RED
    """What it looks like, ``red`` | ``blue``."""
    secret: SecretStr = Field(description="opens the door")
    key: SecretStr = Field(SecretStr("do not show"), description="opens another")
    folder: Path | None = Field(None, description="where things are.")
    days: tuple[int, ...] = Field((1, 3), description="when")


def rows(page: str) -> list[str]:
    """The lines of all tables but their heads."""
    lines = [line for line in page.splitlines() if line.startswith("|")]
    heads = {i - 1 for i, line in enumerate(lines) if "---" in line}
    return [line for i, line in enumerate(lines) if i not in heads and "---" not in line]


def test_a_setting_has_its_variable_type_default_and_meaning() -> None:
    page = settings_page([SampleSettings])

    assert "## How the sample works.\n" in page
    assert rows(page) == [
        "| `CINEMA_SAMPLE_PORT` | whole number | `8000` | Port to listen on. |",
        "| `CINEMA_SAMPLE_COLOUR` | one of `red`, `blue` | `red` | What it looks like, `red` \\| `blue`. |",
        "| `CINEMA_SAMPLE_SECRET` | secret text | *needed* | Opens the door. |",
        "| `CINEMA_SAMPLE_KEY` | secret text | *secret* | Opens another. |",
        "| `CINEMA_SAMPLE_FOLDER` | path or nothing |  | Where things are. |",
        "| `CINEMA_SAMPLE_DAYS` | list of whole number | `[1, 3]` | When. |",
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleSold(Event):
    """A sample was sold."""

    aggregate: ClassVar[str] = "sample_id"
    sample_id: UUID
    price: Money
    sold_at: datetime


def test_an_event_lists_its_fields_and_its_aggregate() -> None:
    page = events_page([SampleSold])

    assert "## `test_reference.SampleSold`\n\nA sample was sold.\n" in page
    assert rows(page) == [
        "| `sample_id` | UUID, the aggregate |",
        "| `price` | money (`minor`, `currency`) |",
        "| `sold_at` | time (ISO 8601, UTC) |",
    ]


class SampleBroken(Conflict):
    """The sample is broken; ``piece`` says which.

    Not shown.
    """

    code = "sample-broken"
    sayings: ClassVar[dict[str, str]] = {"twice": "Twice over."}


class Echo(Plain):
    """Says what the code says, and in which language."""

    def wanted(self, accept_language: str | None) -> "Echo":
        self.language = accept_language or "en"
        return self

    def trouble(self, trouble: Trouble) -> str:
        return f"{self.language}: {trouble.detail}"


def test_an_error_has_its_status_and_sentence() -> None:
    page = errors_page({"sample-broken": SampleBroken}, Echo())

    said = "en: The sample is broken; `piece` says which.<br>en: Twice over. | ru: The sample is broken; `piece`"
    assert rows(page) == [
        f"| `sample-broken` | 409 | The sample is broken; `piece` says which. | {said} says which.<br>ru: Twice over. |"
    ]


class Wish(Strict):
    name: str
    colour: Colour | None = None


def sample_app() -> FastAPI:
    router = APIRouter(prefix="/v1")

    @router.get("/samples")
    async def look(actor: MaybeActor, limit: Limit = 20) -> None:
        """Lists samples.

        All of them.
        """

    @router.post("/samples", status_code=201)
    async def buy(wish: Wish, actor: CurrentActor, once: RequiredOnce) -> None:
        """Buys a sample."""

    @router.delete("/samples/all", status_code=204)
    async def drop(actor: Admin, once: MaybeOnce) -> None:
        """Drops a sample."""

    @router.get("/hidden", include_in_schema=False)
    async def hidden() -> None:
        """Nobody's business."""

    async def take(request: Request) -> Response:
        """Takes what comes."""
        return Response(await request.body())

    router.add_route("/hook", take, methods=["POST"])
    app = FastAPI(docs_url=None, redoc_url=None)
    app.include_router(router)
    return app


def test_a_route_says_who_may_call_it_and_what_it_answers() -> None:
    assert rows(http_page(sample_app())) == [
        "| `/hook` | POST | anyone |  |  | 200 | Takes what comes. |",
        "| `/v1/samples` | GET | anyone, or signed in |  | `?limit` | 200 | Lists samples. |",
        "| `/v1/samples` | POST | signed in | required | `name`, (`colour`) | 201 | Buys a sample. |",
        "| `/v1/samples/all` | DELETE | admin | optional |  | 204 | Drops a sample. |",
    ]


async def sell() -> int:
    """Sells what is due; returns how many."""
    return 0


def test_a_job_says_what_it_does_and_how_often() -> None:
    page = jobs_page([Job(name="sample.sell", run=sell, every_s=2.5), Job(name="sample.buy", run=sell)])

    assert rows(page) == [
        "| `sample.buy` | 1 | Sells what is due; returns how many. |",
        "| `sample.sell` | 2.5 | Sells what is due; returns how many. |",
    ]


def test_a_command_lists_its_arguments() -> None:
    app = typer.Typer(name="sample", help="Samples.", add_completion=False)
    inner = typer.Typer(help="Shelves.")
    app.add_typer(inner, name="shelf")

    @app.command()
    def sell_one(
        name: Annotated[str, typer.Argument(help="which one")],
        *,
        to: Annotated[str, typer.Option(help="who gets it")] = "anna",
        by: Annotated[str, typer.Option(help="who brings it")] = "",
        fast: bool = False,
    ) -> None:
        """Sell a sample."""

    @inner.command("clear")
    def clear() -> None:
        """Clear a shelf."""

    page = cli_page(app)

    assert page.index("## `sample sell-one`\n\nSell a sample.\n") < page.index(
        "## `sample shelf clear`\n\nClear a shelf.\n"
    )
    assert rows(page)[0] == "| `name` | Which one. |"
    assert rows(page)[1] == "| `--to` | Who gets it. Else `anna`. |"
    assert rows(page)[2] == "| `--by` | Who brings it. |"
    assert "| `--fast`" in rows(page)[3]
    assert "## Exit statuses\n\n| status | when |\n" in page


def test_a_machine_is_drawn_from_its_moves() -> None:
    machine = Machine(
        name="sample",
        table="samples.samples",
        states=Colour,
        starts=frozenset({Colour.RED}),
        moves={(Colour.RED, Colour.BLUE): "painted"},
    )

    page = states_page([machine])

    assert "stateDiagram-v2\n    [*] --> red\n    red --> blue: painted\n    blue --> [*]\n```" in page


async def _nothing(_: ReadTx) -> list[str]:
    return []


def test_invariants_are_listed_by_number() -> None:
    numbers = ("I10", "I2", "B10")

    page = invariants_page(Invariant(number=number, name="it holds", find=_nothing) for number in numbers)

    assert rows(page) == ["| B10 | It holds. |", "| I2 | It holds. |", "| I10 | It holds. |"]


def test_types_are_told_in_words() -> None:
    assert type_words(Annotated[int, "positive"]) == "whole number"
    assert type_words(Literal["a", "b"]) == "one of `a`, `b`"
    assert type_words(frozenset[str]) == "list of text"
    assert type_words(str | None) == "text or nothing"
