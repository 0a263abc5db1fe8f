"""The description of the whole product, as an integrator reads it."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from cinema.kit.clock import SystemClock
from cinema.kit.db import Pools
from cinema.main.settings import load_all
from cinema.main.wiring import build_cinema

Description = Mapping[str, Any]


@pytest.fixture
def description(tmp_path: Path, no_settings: None) -> Description:  # noqa: ARG001 - a lifetime
    (tmp_path / ".env").write_text(f"CINEMA_DATA_FOLDER={tmp_path}")
    settings = load_all(env_file=str(tmp_path / ".env"))
    cinema = build_cinema(settings, pools=Pools("postgresql://127.0.0.1/cinema"), clock=SystemClock())
    return cinema.app.openapi()


def misnamed(description: Description) -> Iterator[str]:
    """Ids that are not called `id` in their own thing and `<thing>_id` elsewhere, and words of another spelling."""
    for name, schema in description["components"]["schemas"].items():
        thing = re.sub(r"(View|Record|Item|Card|Details?)$", "", name)
        own = re.sub(r"(?<!^)(?=[A-Z])", "_", thing).lower() + "_id"
        for field in schema.get("properties", {}):
            if field == own or "cancelled" in field:
                yield f"{name}.{field}"
        yield from (f"{name}: {word}" for word in schema.get("enum", ()) if "cancelled" in str(word))
    for path in description["paths"]:
        if "{id}" in path:
            yield path


def test_one_thing_has_one_name(description: Description) -> None:
    assert list(misnamed(description)) == []


def test_another_name_for_one_thing_is_seen() -> None:
    payment: Description = {"properties": {"payment_id": {}, "order_id": {}}}
    planted = {
        "components": {"schemas": {"PaymentView": payment, "Status": {"enum": ["canceled", "cancelled"]}}},
        "paths": {"/v1/payments/{id}": {}, "/v1/payments/{payment_id}/receipt": {}},
    }

    assert list(misnamed(planted)) == ["PaymentView.payment_id", "Status: cancelled", "/v1/payments/{id}"]


def operations(description: Description) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Each operation under its method and path."""
    for path, ways in description["paths"].items():
        yield from ((f"{method.upper()} {path}", operation) for method, operation in ways.items())


def test_every_operation_has_a_name_of_its_own(description: Description) -> None:
    names = [operation["operationId"] for _, operation in operations(description)]

    assert [name for name in names if not re.fullmatch(r"[a-z]+(_[a-z]+)*(\.[a-z]+(_[a-z]+)*)+", name)] == []
    assert len(set(names)) == len(names)


def test_every_thing_that_is_created_has_an_address(description: Description) -> None:
    by_name = {operation["operationId"]: (where, operation) for where, operation in operations(description)}

    for _, operation in by_name.values():
        if "201" in operation["responses"]:
            link = operation["responses"]["201"]["links"]["created"]
            where, target = by_name[link["operationId"]]
            assert where.startswith("GET ")
            assert link["parameters"].keys() == {one["name"] for one in target["parameters"] if one["in"] == "path"}
