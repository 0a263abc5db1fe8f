"""The description of the whole product, as an integrator reads it."""

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, get_args

import pytest
from fastapi.routing import APIRoute
from jsonschema import Draft202012Validator
from pydantic import BaseModel

from cinema.kit.clock import SystemClock
from cinema.kit.db import Pools
from cinema.kit.mistakes import CODES, mistake
from cinema.main.glossary import GLOSSARY
from cinema.main.settings import load_all
from cinema.main.wiring import Cinema, build_cinema

Description = Mapping[str, Any]


@pytest.fixture
def product(tmp_path: Path, no_settings: None) -> Cinema:  # noqa: ARG001 - a lifetime
    (tmp_path / ".env").write_text(f"CINEMA_DATA_FOLDER={tmp_path}")
    settings = load_all(env_file=str(tmp_path / ".env"))
    return build_cinema(settings, pools=Pools("postgresql://127.0.0.1/cinema"), clock=SystemClock())


@pytest.fixture
def description(product: Cinema) -> Description:
    return product.app.openapi()


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


def bodies(description: Description) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Each JSON body that is sent or answered, with what it belongs to."""
    for where, operation in operations(description):
        for what, one in (("body", operation.get("requestBody", {})), *operation["responses"].items()):
            for kind, media in one.get("content", {}).items():
                if "json" in kind:
                    yield f"{where} {what}", media


def test_every_refusal_is_the_one_problem_with_an_example_for_each_code(description: Description) -> None:
    for where, operation in operations(description):
        for status, answer in operation["responses"].items():
            if status >= "400":
                media = answer["content"]["application/problem+json"]
                codes = re.findall(r"^- `([a-z-]+)`: ", answer["description"], re.MULTILINE)
                assert media["schema"] == {"$ref": "#/components/schemas/Problem"}, where
                assert list(media["examples"]) == codes == sorted(codes), where
                assert {one["value"]["status"] for one in media["examples"].values()} == {int(status)}


def test_every_operation_tells_how_it_refuses(description: Description) -> None:
    statuses = {where: set(one["responses"]) for where, one in operations(description)}

    assert {"400", "401", "403", "404", "409", "413", "422", "500", "503"} < statuses["POST /v1/subscriptions"]
    assert {"401", "429"} < statuses["POST /v1/auth/login"]
    assert [where for where, found in statuses.items() if not {"500", "503"} <= found] == []


def test_every_field_and_parameter_has_a_sentence(description: Description) -> None:
    silent = [
        f"{thing}.{name}"
        for thing, schema in description["components"]["schemas"].items()
        for name, one in schema.get("properties", {}).items()
        if not re.search(r"[.!?]$", one.get("description", ""))
    ]
    silent += [
        f"{where} {one['name']}"
        for where, operation in operations(description)
        for one in operation.get("parameters", ())
        if not re.search(r"[.!?]$", one.get("description", ""))
    ]

    assert silent == []


def test_every_word_of_the_glossary_is_used(description: Description) -> None:
    used = {one["name"] for _, operation in operations(description) for one in operation.get("parameters", ())}
    for thing, schema in description["components"]["schemas"].items():
        for name in schema.get("properties", {}):
            used |= {name, f"{thing}.{name}"}

    assert GLOSSARY.keys() - used == set()


def test_every_example_is_what_its_schema_describes(description: Description) -> None:
    schemas = {"components": description["components"]}
    for where, media in bodies(description):
        checker = Draft202012Validator({**media["schema"], **schemas})
        examples = [one["value"] for one in media.get("examples", {}).values()] or [media["example"]]
        for example in examples:
            assert [error.message for error in checker.iter_errors(example)] == [], where


def test_every_answer_has_a_type_and_a_redirect_has_none(description: Description) -> None:
    for where, media in bodies(description):
        assert set(media["schema"]) - {"title", "description"}, where
    redirect = description["paths"]["/v1/orders/{order_id}/payment"]["get"]["responses"]["303"]
    assert "content" not in redirect
    assert "Location" in redirect["headers"]


def test_answers_have_all_their_fields(description: Description) -> None:
    schemas = description["components"]["schemas"]

    for name in ("Offer", "OrderView", "PaymentView", "FrontDoor", "Health", "Accepted"):
        assert schemas[name]["required"] == list(schemas[name]["properties"])
    assert schemas["StaffRefundBody"]["required"] == ["access_effect", "reason"]


def test_no_name_reaches_a_reader_in_double_quotes_of_code(description: Description) -> None:
    assert "``" not in json.dumps(description)


def test_a_member_of_a_problem_has_one_meaning(description: Description) -> None:
    members = description["components"]["schemas"]["Problem"]["properties"]

    assert members["subscription_id"]["description"] == "With `already-subscribed`: The subscription that you have."
    assert members["retry_after_s"]["type"] == "integer"
    assert members["errors"]["items"] == {"$ref": "#/components/schemas/Mistake"}


def test_the_life_of_a_key_is_told(description: Description) -> None:
    parameters = description["paths"]["/v1/subscriptions"]["post"]["parameters"]

    [key] = [one for one in parameters if one["name"] == "Idempotency-Key"]
    assert "for 30 days" in key["description"]
    assert key["required"] is True


def wrong_values() -> list[Any]:
    """Of each kind that JSON knows, and of kinds that it does not."""
    texts = ["", " ", "x", "x" * 20_000, "\x00", "\ud800", "true", "1.5", "2026-01-01", "not\na\tline"]
    return [None, True, 0, -1, 1.5, 10**30, 1e300, [], ["x"], {}, {"x": 1}, *texts]


def test_every_mistake_that_a_body_or_parameter_can_hold_has_a_word(product: Cinema) -> None:
    """The words that pydantic has for it are all in our table: an unknown one is a warning, and so a failure."""
    found: set[str] = set()
    for route in product.app.routes:
        if isinstance(route, APIRoute):
            dependant = route.dependant
            fields = [*dependant.query_params, *dependant.path_params, *dependant.header_params]
            fields += [one for before in dependant.dependencies for one in before.query_params]
            for one in fields:
                for value in wrong_values():
                    found |= kinds_of(one.validate(value, {}, loc=("query", one.alias))[1])
            if route.body_field is not None:
                annotation = route.body_field.field_info.annotation
                [model] = [one for one in (annotation, *get_args(annotation)) if is_model(one)]
                for value in [*wrong_values(), *({name: one} for name in model.model_fields for one in wrong_values())]:
                    found |= kinds_of(route.body_field.validate(value, {}, loc=("body",))[1])

    assert found - CODES.keys() == set()
    assert {"missing", "extra_forbidden", "string_type", "enum", "int_parsing", "uuid_parsing"} <= found


def is_model(annotation: Any) -> bool:
    return isinstance(annotation, type) and issubclass(annotation, BaseModel)


def kinds_of(errors: Any) -> set[str]:
    return {one["type"] for one in errors or ()}


def test_a_mistake_without_a_word_is_seen() -> None:
    with pytest.raises(UserWarning, match="has no word"):
        mistake(("body", "plan"), "frozen_set_type")


@pytest.mark.parametrize(
    ("loc", "place"),
    [
        (("body",), {"pointer": "#"}),
        (("body", "amount", "minor"), {"pointer": "#/amount/minor"}),
        (("body", "days", 0), {"pointer": "#/days/0"}),
        (("body", "a/b~c"), {"pointer": "#/a~1b~0c"}),
        (("body", "ä \ud800"), {"pointer": "#/%C3%A4%20?".replace("?", "%3F")}),
        (("query", "limit"), {"in": "query", "parameter": "limit"}),
    ],
)
def test_a_mistake_says_where_it_is(loc: tuple[str | int, ...], place: dict[str, str]) -> None:
    told = mistake(loc, "missing").told("This is needed.")

    assert told == {"code": "missing", **place, "detail": "This is needed."}


def test_answers_that_vary_by_language_tell_the_header(description: Description) -> None:
    headers = {
        where: [one["name"] for one in operation.get("parameters", ()) if one["in"] == "header"]
        for where, operation in operations(description)
    }

    told = {where for where, found in headers.items() if "Accept-Language" in found}
    assert told == {
        "GET /v1/films",
        "GET /v1/films/{film_id}",
        "GET /v1/films/{film_id}/{picture}.svg",
        "GET /v1/films/{film_id}/{picture}.png",
        "GET /v1/films/{film_id}/similar",
        "GET /v1/genres",
        "GET /v1/genres/{genre_id}",
        "GET /v1/persons",
        "GET /v1/persons/{person_id}",
        "GET /v1/persons/{person_id}/films",
    }


def test_what_is_closed_is_told_as_closed(description: Description) -> None:
    schemas = description["components"]["schemas"]

    def told(thing: str, field: str) -> list[str]:
        schema = schemas[thing]["properties"][field]
        return list(schemas[schema["$ref"].rpartition("/")[2]]["enum"])

    assert told("AccessBlock", "reason") == ["dunning", "fraud", "age", "region"]
    assert told("ReceiptView", "kind") == ["payment", "refund", "closing"]
    assert told("HistoryView", "entity") == ["subscription", "order", "refund"]
    assert schemas["ReceiptView"]["properties"]["lines"]["items"]["$ref"].endswith("/ReceiptLineView")


def test_no_answer_holds_an_object_of_anything(description: Description) -> None:
    loose = [
        f"{thing}.{name}"
        for thing, schema in description["components"]["schemas"].items()
        for name, one in schema.get("properties", {}).items()
        for kind in (one, *one.get("anyOf", ()))
        if kind.get("additionalProperties") is True
    ]

    assert loose == []
