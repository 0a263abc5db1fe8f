"""What the OpenAPI description has to say beside what FastAPI sees.

Who may ask and with which key, how each operation refuses, which headers come with it,
what each field means (from a `Glossary`), and an example of every body.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import timedelta
from typing import Any, get_args

from fastapi.routing import APIRoute
from pydantic import TypeAdapter
from starlette.routing import BaseRoute

from cinema.kit.about import About, Glossary, Meaning
from cinema.kit.auth import COOKIE, asks_for_roles, calls_before, current_actor, maybe_actor
from cinema.kit.errors import Trouble, sentence
from cinema.kit.idempotency import HEADER, KEY, REPLAY_HEADER, maybe_once, required_once
from cinema.kit.mistakes import MistakeCode
from cinema.kit.refusing import Kind, Refusals

Json = dict[str, Any]

SECURITY: Json = {
    "bearer": {
        "type": "http",
        "scheme": "bearer",
        "bearerFormat": "JWT",
        "description": "The `access_token` of `auth.login` or `auth.refresh`.",
    },
    "cookie": {
        "type": "apiKey",
        "in": "cookie",
        "name": COOKIE,
        "description": "The cookie that `auth.login` sets when asked to, for pages of the cinema's own address. "
        "Without TLS, in development, it is called `cinema`. What changes something is refused from other sites.",
    },
}
SIGNED_IN: list[Json] = [{"bearer": []}, {"cookie": []}]

GENERIC = re.compile("^([A-Za-z]+)_([A-Za-z]+)_$")
"""How pydantic calls a type made for another."""

PROBLEM = "Problem"
PROBLEM_TYPE = "application/problem+json"
JSON_TYPE = "application/json"
SAMPLES = {"uuid": "0199b2c0-7d0b-7c57-9a53-0b7f3f0d1c11", "date-time": "2026-01-31T12:00:00Z"}
SCHEMAS = "#/components/schemas/"


def header(text: str, *, kind: str = "string", example: Any) -> Json:
    return {"description": text, "schema": {"type": kind, "examples": [example]}}


HEADERS: Json = {
    "Request-Id": header("The id of this request in our log; the one that was sent, if any.", example="req-7f3a9c52"),
    "Replayed": header("`true`: the answer to an earlier request with this key, repeated.", example="true"),
    "Location": header("The address of what was created, or of the page to go to.", example="/v1/orders/0199b2c0"),
    "Retry-After": header("In how many seconds to try again.", kind="integer", example=5),
    "WWW-Authenticate": header("How to sign in.", example="Bearer"),
    "Content-Language": header("The language of the sentences.", example="en"),
    "ETag": header("What the answer is now; send it in `If-None-Match` to be told of changes only.", example='"4b1f"'),
    "Cache-Control": header("How long the answer may be kept.", example="public, max-age=60"),
    "Set-Cookie": header("The session cookie, where one was asked for.", example=f"{COOKIE}=…; Path=/; HttpOnly"),
}
IF_NONE_MATCH: Json = {
    "name": "If-None-Match",
    "in": "header",
    "required": False,
    "description": "The `ETag` of an answer that you have: you are told 304 while it has not changed.",
    "schema": {"type": "string", "examples": ['"4b1f"']},
}


def complete(description: Json, *, routes: Iterable[BaseRoute], refusals: Mapping[str, Refusals], about: About) -> None:
    """Adds all of this to ``description``, which FastAPI made of ``routes``."""
    components = description.setdefault("components", {})
    components["securitySchemes"] = SECURITY
    components["headers"] = HEADERS
    schemas = components.setdefault("schemas", {})
    operations = list(_operations(description, routes))
    kinds = dict.fromkeys(kind for route, _ in operations for kind in _told(route, refusals).kinds)
    for name, schema in _problem_schemas(tuple(kinds)).items():
        schemas.setdefault(name, schema)
    for unused in ("HTTPValidationError", "ValidationError"):
        schemas.pop(unused, None)
    for route, operation in operations:
        _complete_one(operation, route, _told(route, refusals), keys_kept=about.keys_kept)
    _name_lists(description)
    _require_what_is_always_there(description)
    _explain(description, about.glossary)
    _show_examples(description)
    _in_plain_quotes(description)
    info = description["info"]
    info["description"] = about.text
    info["license"] = {"name": about.licence, "identifier": about.licence}
    description["servers"] = [{"url": about.server}]
    description["tags"] = [{"name": name, "description": text} for name, text in about.tags.items()]


def _operations(description: Json, routes: Iterable[BaseRoute]) -> Iterator[tuple[APIRoute, Json]]:
    for route in routes:
        if isinstance(route, APIRoute) and route.include_in_schema:
            for method in sorted(route.methods or ()):
                yield route, description["paths"][route.path_format][method.lower()]


def _told(route: APIRoute, refusals: Mapping[str, Refusals]) -> Refusals:
    return refusals.get(route.name, Refusals(kinds=()))


def _complete_one(operation: Json, route: APIRoute, told: Refusals, *, keys_kept: timedelta) -> None:
    calls = tuple(calls_before(route.dependant))
    first, _, more = (operation.pop("description", "") or route.name).partition("\n\n")
    operation["summary"] = first.replace("\n", " ").rstrip(".")
    operation["description"] = (first + ("\n\n" + more if more else "")).strip()
    if current_actor in calls or any(asks_for_roles(call) for call in calls):
        operation["security"] = SIGNED_IN
    else:
        operation["security"] = [*SIGNED_IN, {}] if maybe_actor in calls else []
    if maybe_once in calls:
        operation.setdefault("parameters", []).append(_key(is_needed=required_once in calls, kept=keys_kept))
    answers = operation["responses"]
    has_tag = "304" in answers
    if has_tag:
        operation.setdefault("parameters", []).append(IF_NONE_MATCH)
    for status, answer in answers.items():
        headers = _headers(status, has_key=maybe_once in calls, has_tag=has_tag)
        answer["headers"] = {**answer.get("headers", {}), **headers}
    for status, kinds in _by_status(told.kinds):
        answers[status] = _refusal(status, kinds, told)
    operation["responses"] = dict(sorted(answers.items()))


def _key(*, is_needed: bool, kept: timedelta) -> Json:
    text = (
        f"A new word for each intent, 1 to 128 visible ASCII characters. The same key with the same input gives the "
        f"first answer again, with `{REPLAY_HEADER}: true`, for {kept.days} days; with other input it is refused. "
        f"A refused request leaves its key free."
    )
    schema = {"type": "string", "pattern": f"^{KEY.pattern}$", "examples": ["3f0c6f9e-7d0b-4c57-9a53-0b7f3f0d1c11"]}
    return {"name": HEADER, "in": "header", "required": is_needed, "description": text, "schema": schema}


def _headers(status: str, *, has_key: bool, has_tag: bool) -> Json:
    names = {"X-Request-Id": "Request-Id", "Cache-Control": "Cache-Control"}
    if has_tag:
        names["ETag"] = "ETag"
    if has_key:
        names[REPLAY_HEADER] = "Replayed"
    if status in {"201", "303"}:
        names["Location"] = "Location"
    return {name: {"$ref": f"#/components/headers/{own}"} for name, own in names.items()}


def _by_status(kinds: Iterable[Kind]) -> list[tuple[str, list[Kind]]]:
    found: dict[str, list[Kind]] = {}
    for kind in kinds:
        found.setdefault(str(kind.status), []).append(kind)
    return sorted((status, sorted(same, key=lambda one: one.code)) for status, same in found.items())


def _refusal(status: str, kinds: list[Kind], told: Refusals) -> Json:
    """How one status refuses: a `Problem`, with an example for each of its codes."""
    names = {"X-Request-Id": "Request-Id", "Content-Language": "Content-Language"}
    if status in {"429", "503"}:
        names["Retry-After"] = "Retry-After"
    if status == "401":
        names["WWW-Authenticate"] = "WWW-Authenticate"
    return {
        "description": "\n".join(f"- `{kind.code}`: {sentence(kind)}" for kind in kinds),
        "headers": {name: {"$ref": f"#/components/headers/{own}"} for name, own in names.items()},
        "content": {
            PROBLEM_TYPE: {
                "schema": {"$ref": SCHEMAS + PROBLEM},
                "examples": {kind.code: {"summary": sentence(kind), "value": _sample(kind, told)} for kind in kinds},
            }
        },
    }


def _sample(kind: Kind, told: Refusals) -> Json:
    place = told.places.get(kind.code)
    found: Json = {
        "type": f"urn:cinema:problem:{kind.code}",
        "title": kind.code.replace("-", " ").capitalize(),
        "status": kind.status,
        "code": kind.code,
        "detail": sentence(kind),
        "request_id": "req-7f3a9c52",
    }
    if "errors" in kind.members:
        found["errors"] = [{"code": MistakeCode.MISSING, "pointer": "#/reason", "detail": "This is needed."}]
    elif place is not None:
        where = {"pointer": f"#/{place[1]}"} if place[0] == "body" else {"in": place[0], "parameter": place[1]}
        found["errors"] = [{"code": MistakeCode.REFUSED, **where, "detail": sentence(kind)}]
    return found


def _problem_schemas(kinds: Iterable[Kind]) -> Json:
    """`Problem` with the members that some codes add, `Mistake`, and what these refer to."""
    extra: Json = {}
    found: Json = {}
    for kind in kinds:
        for name, (member, text) in _members(kind):
            made = TypeAdapter(member).json_schema(ref_template=SCHEMAS + "{model}", mode="serialization")
            found.update(made.pop("$defs", {}))
            extra.setdefault(name, {**made, "description": ""})
            extra[name]["description"] += f"With `{kind.code}`: {text} "
    for schema in extra.values():
        schema["description"] = schema["description"].strip()
    codes = {"type": "string", "enum": [one.value for one in MistakeCode]}
    return {
        **found,
        "MistakeCode": {"title": "MistakeCode", "description": "What is wrong with a part of the input.", **codes},
        "Mistake": {
            "title": "Mistake",
            "type": "object",
            "description": "One mistake in the input, in the body (`pointer`) or in a parameter (`in`, `parameter`).",
            "required": ["code", "detail"],
            "properties": {
                "code": {"$ref": SCHEMAS + "MistakeCode", "description": "What is wrong, as a word for programs."},
                "pointer": _text("Where in the body: a JSON Pointer as URI fragment (RFC 6901).", "#/amount/minor"),
                "in": {
                    **_text("Where the parameter stands.", "query"),
                    "enum": ["query", "path", "header", "cookie"],
                },
                "parameter": _text("The parameter's name.", "limit"),
                "detail": _text("A sentence for people.", "This is needed."),
            },
        },
        PROBLEM: {
            "title": PROBLEM,
            "type": "object",
            "description": "Why a request was refused (RFC 9457). New codes and members may come.",
            "required": ["type", "title", "status", "code", "detail", "request_id"],
            "properties": {
                "type": _text("The code as a URN.", "urn:cinema:problem:not-found"),
                "title": _text("The code in words.", "Not found"),
                "status": {"type": "integer", "description": "The HTTP status.", "examples": [404]},
                "code": _text("What went wrong, as a stable word for programs.", "not-found"),
                "detail": _text(
                    "A sentence for people, in the language that `Accept-Language` wants, English or Russian; English "
                    "without one.",
                    "There is no such thing.",
                ),
                "request_id": _text("The id of the request in our log.", "req-7f3a9c52"),
                "errors": {
                    "type": "array",
                    "items": {"$ref": SCHEMAS + "Mistake"},
                    "description": "The parts of the input that it is about, where there are such.",
                },
                **{name: schema for name, schema in extra.items() if name != "errors"},
            },
        },
    }


def _members(kind: type[Trouble]) -> Iterator[tuple[str, tuple[Any, str]]]:
    for name, member in kind.members.items():
        member_type, text = get_args(member)[:2]
        yield name, (member_type, text)


def _text(text: str, example: str) -> Json:
    return {"type": "string", "description": text, "examples": [example]}


def _name_lists(description: Json) -> None:
    """Calls ``Page[PlanView]`` by one word, `PlanViewPage`: pydantic's `Page_PlanView_` has the title of all pages."""
    schemas = description["components"]["schemas"]
    names = {name: f"{inside}{outside}" for name in schemas for outside, inside in GENERIC.findall(name)}
    for part in _parts(description):
        old = str(part.get("$ref", "")).removeprefix(SCHEMAS)
        if old in names:
            part["$ref"] = SCHEMAS + names[old]
    for old, new in names.items():
        schemas[new] = {**schemas.pop(old), "title": new}


def _require_what_is_always_there(description: Json) -> None:
    """Answers are written whole: what only answers hold has all of its fields, always."""
    asked: set[str] = set()
    answered: set[str] = set()
    for operation in (one for ways in description["paths"].values() for one in ways.values()):
        _reach(operation.get("requestBody", {}), description, asked)
        for answer in operation["responses"].values():
            _reach(answer.get("content", {}).get(JSON_TYPE, {}), description, answered)
    for name in answered - asked:
        schema = description["components"]["schemas"][name]
        if "properties" in schema:
            schema["required"] = list(schema["properties"])
            for one in schema["properties"].values():
                one.pop("default", None)


def _reach(node: Any, description: Json, found: set[str]) -> None:
    for part in _parts(node):
        name = part.get("$ref", "").removeprefix(SCHEMAS)
        if name and name not in found and part["$ref"].startswith(SCHEMAS):
            found.add(name)
            _reach(description["components"]["schemas"][name], description, found)


def _parts(node: Any) -> Iterator[Json]:
    """Every object inside a piece of JSON, itself first."""
    if isinstance(node, dict):
        yield node
        node = list(node.values())
    if isinstance(node, list):
        for one in node:
            yield from _parts(one)


def _explain(description: Json, glossary: Glossary) -> None:
    """Gives each field and parameter its sentence and example; what stands in the code goes first."""
    for thing, schema in description["components"]["schemas"].items():
        for name, one in schema.get("properties", {}).items():
            one.pop("title", None)
            _say(one, one, glossary.get(f"{thing}.{name}") or glossary.get(name))
    for operation in (one for ways in description["paths"].values() for one in ways.values()):
        for parameter in operation.get("parameters", ()):
            parameter["schema"].pop("title", None)
            _say(parameter, parameter["schema"], glossary.get(parameter["name"]))


def _say(told: Json, schema: Json, meaning: Meaning | None) -> None:
    text = told.get("description") or (meaning.text if meaning else "")
    if text:
        told["description"] = text[0].upper() + text[1:] + ("" if text.endswith((".", "!", "?")) else ".")
    if meaning and meaning.example is not None and "$ref" not in schema:
        schema.setdefault("examples", [meaning.example])


def _show_examples(description: Json) -> None:
    for operation in (one for ways in description["paths"].values() for one in ways.values()):
        bodies = [operation.get("requestBody", {}), *operation["responses"].values()]
        for media in (one.get("content", {}).get(JSON_TYPE) for one in bodies):
            if media and media.get("schema"):
                media["example"] = example_of(media["schema"], description)


def example_of(schema: Json, description: Json) -> Any:
    """An example of what a schema describes, made of those of its fields."""
    while "$ref" in schema and "examples" not in schema:
        schema = description["components"]["schemas"][schema["$ref"].removeprefix(SCHEMAS)]
    if "examples" in schema:
        return schema["examples"][0]
    for word in ("const", "default"):
        if word in schema:
            return schema[word]
    if "enum" in schema:
        return schema["enum"][0]
    if "anyOf" in schema:
        return example_of(next((one for one in schema["anyOf"] if one.get("type") != "null"), {}), description)
    samples = {
        "array": [example_of(schema["items"], description)] if "items" in schema else [],
        "object": {name: example_of(one, description) for name, one in schema.get("properties", {}).items()},
        "integer": schema.get("minimum", 1),
        "boolean": True,
        "string": SAMPLES.get(schema.get("format", ""), "text"),
    }
    return samples.get(schema.get("type", ""))


def _in_plain_quotes(description: Json) -> None:
    """Names in single quotes of code, as Markdown has them; docstrings have them in double ones."""
    for part in _parts(description):
        for name in ("description", "summary"):
            if isinstance(part.get(name), str):
                part[name] = part[name].replace("``", "`")
