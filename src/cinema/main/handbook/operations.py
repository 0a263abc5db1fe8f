"""What the page tells of each operation, read out of an OpenAPI description."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from markupsafe import Markup, escape

Json = Mapping[str, Any]

SCHEMAS = "#/components/schemas/"
CODED = re.compile(r"`([^`]+)`|\*\*([^*]+)\*\*")
OK_MAX = 399
"""The largest status that refuses nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """A parameter, or a field of a body: where it stands, what it takes, whether it has to be there."""

    name: str
    kind: str
    meaning: str
    place: str = ""
    is_needed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What is answered with one status. ``codes`` are those of problems, with a sentence each."""

    status: str
    kind: str = ""
    fields: tuple[Field, ...] = ()
    codes: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One method of one path."""

    name: str
    method: str
    path: str
    text: str
    who: str
    parameters: tuple[Field, ...]
    body: tuple[Field, ...]
    answers: tuple[Answer, ...]
    problems: tuple[Answer, ...]

    @property
    def summary(self) -> str:
        """The first sentence or so."""
        return self.text.partition("\n\n")[0]

    @property
    def more(self) -> tuple[str, ...]:
        """The paragraphs behind it."""
        return tuple(self.text.split("\n\n")[1:])


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """An object that bodies or answers hold, by the name that they call it."""

    name: str
    text: str
    fields: tuple[Field, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Operations of one tag."""

    name: str
    text: str
    operations: tuple[Operation, ...]

    @property
    def anchor(self) -> str:
        return re.sub(r"\W+", "-", self.name)


def groups(description: Json) -> tuple[Group, ...]:
    """Every operation under its tag, in the order of the tags, of paths and of methods."""
    found: dict[str, list[Operation]] = {one["name"]: [] for one in description["tags"]}
    for path, ways in sorted(description["paths"].items()):
        for method, operation in ways.items():
            found[operation["tags"][0]].append(_operation(method, path, operation, description))
    texts = {one["name"]: one["description"] for one in description["tags"]}
    return tuple(Group(name=name, text=texts[name], operations=tuple(same)) for name, same in found.items() if same)


def shapes(description: Json) -> tuple[Shape, ...]:
    """Every object that has a name, in the order of the names."""
    return tuple(
        Shape(name=name, text=schema.get("description", ""), fields=tuple(_fields(schema, description)))
        for name, schema in sorted(description["components"]["schemas"].items())
        if "properties" in schema
    )


def coded(text: str) -> Markup:
    """``text`` for HTML: what stands in backquotes is code, in two asterisks strong."""
    return Markup(CODED.sub(_marked, str(escape(text))))  # noqa: S704 - escaped before


def _marked(found: re.Match[str]) -> str:
    return f"<code>{found[1]}</code>" if found[1] else f"<strong>{found[2]}</strong>"


def _operation(method: str, path: str, operation: Json, description: Json) -> Operation:
    content = operation.get("requestBody", {}).get("content", {})
    answers = tuple(_answer(status, one, description) for status, one in operation["responses"].items())
    return Operation(
        name=operation["operationId"],
        method=method.upper(),
        path=path,
        text=operation["description"],
        who=_who(operation.get("security", [])),
        parameters=tuple(_parameter(one, description) for one in operation.get("parameters", ())),
        body=tuple(field for media in content.values() for field in _fields(media.get("schema", {}), description)),
        answers=tuple(one for one in answers if int(one.status) <= OK_MAX),
        problems=tuple(one for one in answers if int(one.status) > OK_MAX),
    )


def _who(security: list[Json]) -> str:
    if not security:
        return "anyone"
    return "anyone, or signed in" if {} in security else "signed in"


def _parameter(one: Json, description: Json) -> Field:
    return Field(
        name=one["name"],
        kind=_kind(one["schema"], description),
        meaning=one.get("description", ""),
        place=one["in"],
        is_needed=one.get("required", False),
    )


def _answer(status: str, answer: Json, description: Json) -> Answer:
    codes: list[tuple[str, str]] = []
    fields: list[Field] = []
    kinds: list[str] = []
    for media_type, media in answer.get("content", {}).items():
        codes += [(code, example["summary"]) for code, example in media.get("examples", {}).items()]
        schema = media.get("schema", {})
        kinds.append(_kind(schema, description) if schema else media_type)
        fields += [replace(field, is_needed=False) for field in _fields(schema, description)]
    return Answer(status=status, kind=", ".join(kinds), fields=() if codes else tuple(fields), codes=tuple(codes))


def _fields(schema: Json, description: Json) -> Iterator[Field]:
    """The fields of what a schema describes; of a list those of its items."""
    schema = _resolved(schema, description)
    needed = schema.get("required", ())
    for name, one in schema.get("properties", {}).items():
        yield Field(
            name=name, kind=_kind(one, description), meaning=one.get("description", ""), is_needed=name in needed
        )
        if name == "items":
            inner = _fields(one.get("items", {}), description)
            yield from (Field(name=f"items[].{of.name}", kind=of.kind, meaning=of.meaning) for of in inner)


def _resolved(schema: Json, description: Json) -> Json:
    while "$ref" in schema:
        schema = description["components"]["schemas"][schema["$ref"].removeprefix(SCHEMAS)]
    return schema


def _kind(schema: Json, description: Json) -> str:
    """What a schema takes, in a few words: a closed set with all its values."""
    if "anyOf" in schema:
        return " or ".join(_kind(one, description) for one in schema["anyOf"])
    if "$ref" in schema and "enum" not in _resolved(schema, description):
        return str(schema["$ref"].removeprefix(SCHEMAS))
    schema = _resolved(schema, description)
    if "const" in schema or "enum" in schema:
        return " | ".join(f"`{one}`" for one in schema.get("enum", [schema.get("const")]))
    if schema.get("type") == "array":
        return f"list of {_kind(schema.get('items', {}), description)}"
    return str(schema.get("format") or schema.get("type") or "any")
