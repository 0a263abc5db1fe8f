"""The product, built: what its parts together have to keep."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI

from cinema.kit.clock import SystemClock
from cinema.kit.db import Pools
from cinema.kit.page import Page
from cinema.main.contexts import CONTEXTS, WITH_WORK
from cinema.main.settings import load_all
from cinema.main.wiring import Cinema, build_cinema


@pytest.fixture
def product(tmp_path: Path, no_settings: None) -> Cinema:  # noqa: ARG001 - a lifetime
    (tmp_path / ".env").write_text(f"CINEMA_DATA_FOLDER={tmp_path}")
    settings = load_all(env_file=str(tmp_path / ".env"))
    return build_cinema(settings, pools=Pools("postgresql://127.0.0.1/cinema"), clock=SystemClock())


def test_the_contexts_are_built_in_the_order_of_their_list(product: Cinema) -> None:
    assert [module.name for module in product.modules] == [*(context.name for context in CONTEXTS), "main"]


def test_the_contexts_that_a_worker_may_be_told_are_those_with_work(product: Cinema) -> None:
    assert {module.name for module in product.modules if module.jobs or module.consumers} == WITH_WORK


def lists_of(app: FastAPI) -> Iterator[tuple[str, bool]]:
    """Every route that answers a list, and whether it does so in the one envelope."""
    description = app.openapi()
    schemas = description.get("components", {}).get("schemas", {})
    for path, operations in description["paths"].items():
        for operation in operations.values():
            answer: dict[str, Any] = {}
            for status, described in operation["responses"].items():
                if status.startswith("2"):
                    answer = described.get("content", {}).get("application/json", {}).get("schema", {})
            shape = schemas.get(answer.get("$ref", "").rpartition("/")[2], answer)
            fields = tuple(shape.get("properties", ()))
            if shape.get("type") == "array" or "items" in fields:
                yield path, fields == ("items", "next_cursor") == tuple(shape["required"])


def test_every_list_answers_one_envelope(product: Cinema) -> None:
    lists = dict(lists_of(product.app))

    assert [path for path, is_page in lists.items() if not is_page] == []
    assert {"/v1/plans", "/v1/entitlements", "/v1/genres", "/v1/admin/ledger", "/v1/admin/roles"} <= lists.keys()


def test_a_list_in_another_envelope_is_seen() -> None:
    app = FastAPI(openapi_url=None)

    @app.get("/page")
    def page() -> Page[int]: ...  # type: ignore[empty-body] # is only described

    @app.get("/bare")
    def bare() -> list[int]: ...  # type: ignore[empty-body] # is only described

    assert dict(lists_of(app)) == {"/page": True, "/bare": False}
