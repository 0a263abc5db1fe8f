"""One pure function for each document."""

import ast
import inspect
import json
import textwrap
import typing
from collections.abc import Iterable, Iterator, Mapping, Sequence
from enum import Enum
from pathlib import Path
from typing import Any, ClassVar, get_origin

import typer
from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.routing import RouteContext, iter_route_contexts
from pydantic import SecretStr
from pydantic.fields import FieldInfo

from cinema.kit.auth import asks_for_roles, calls_before, current_actor, maybe_actor
from cinema.kit.errors import Trouble, sentence
from cinema.kit.events import Event
from cinema.kit.idempotency import maybe_once, required_once
from cinema.kit.jobs import Job
from cinema.kit.settings import Settings
from cinema.kit.speech import Languages, Speech
from cinema.kit.states import Machine
from cinema.kit.sweep import Invariant
from cinema.main.reference.samples import sample
from cinema.main.reference.words import as_sentence, docstring, page, table, type_words
from cinema.main.statuses import STATUSES


def settings_page(kinds: Iterable[type[Settings]]) -> str:
    """Every environment variable: type, default, meaning."""
    parts: list[str] = []
    for kind in kinds:
        meanings = _field_docstrings(kind)
        rows = [
            (
                f"`{kind.variable(name)}`",
                type_words(field.annotation),
                _default(field),
                as_sentence(field.description or meanings.get(name, "")),
            )
            for name, field in kind.model_fields.items()
        ]
        parts += [f"## {docstring(kind)}", table(("variable", "type", "default", "meaning"), rows)]
    return page(
        "Settings",
        "Read from the environment and from `.env` in the working directory; the environment goes first. Lists are "
        "written as JSON or, where the meaning says so, with commas. A value that cannot be used stops the start "
        "with a sentence that names it.",
        *parts,
    )


def events_page(kinds: Iterable[type[Event]]) -> str:
    """Every event with its fields."""
    parts: list[str] = []
    for kind in sorted(kinds, key=lambda one: one.name()):
        rows = [
            (f"`{name}`", type_words(hint) + (", the aggregate" if name == kind.aggregate else ""))
            for name, hint in typing.get_type_hints(kind).items()
            if get_origin(hint) is not ClassVar
        ]
        parts += [f"## `{kind.name()}`", docstring(kind), table(("field", "type"), rows)]
    return page(
        "Events",
        "Facts that a context tells to others. They are written with the change that makes them true and heard once "
        "by each group that subscribed, in order for each aggregate. Ids are UUIDs, money is `minor` units and "
        "`currency`, times are in UTC.",
        *parts,
    )


def errors_page(codes: Mapping[str, type[Trouble]], languages: Languages) -> str:
    """Every error code with its status, its meaning, and what is said of it in each language."""
    rows = [
        (
            f"`{code}`",
            str(kind.status),
            as_sentence(sentence(kind)),
            *("<br>".join(_sentences(kind, languages.wanted(language))) for language in ("en", "ru")),
        )
        for code, kind in codes.items()
    ]
    return page(
        "Errors",
        "Every refusal is `application/problem+json` (RFC 9457). `code` is stable and means what stands here for "
        "programs. `detail` is for people, in the language that `Accept-Language` wants: the sentences here, with the "
        "facts of the case in the place of those of these examples. Who sends no `Accept-Language` is told in English.",
        table(("code", "status", "meaning", "English", "Russian"), rows),
    )


def _sentences(kind: type[Trouble], speech: Speech) -> list[str]:
    return [speech.trouble(sample(kind, says=says)) for says in ("", *vars(kind).get("sayings", ()))]


def http_page(app: FastAPI) -> str:
    """Every route: who may call it, what it takes, what it answers on success."""
    takes = dict(_takes(app.openapi()))
    rows = sorted(row for context in iter_route_contexts(app.routes) for row in _route_rows(context, takes))
    rows = [(f"`{path}`", *others) for path, *others in rows]
    return page(
        "HTTP API",
        "The whole description is at `/docs` for people and at `/openapi.json` for programs. *Who*: anyone, signed in "
        "(`Authorization: Bearer …`), or one of "
        "the roles named. *Key*: whether the route takes an `Idempotency-Key`. *Takes*: the fields of the JSON body, "
        "those in parentheses may be left out, and with `?` the parameters of the query. A list that takes `?cursor` "
        "answers with `items` and `next_cursor`, which is the `cursor` of the next page.",
        table(("path", "method", "who", "key", "takes", "status", "what"), rows),
    )


def jobs_page(jobs: Iterable[Job]) -> str:
    """Every kind of due work."""
    rows = [(f"`{job.name}`", f"{job.every_s:g}", docstring(job.run)) for job in sorted(jobs, key=lambda one: one.name)]
    return page(
        "Jobs",
        "Due work, done by any number of workers. A job runs when it is woken, and at the latest after so many "
        "seconds.",
        table(("job", "seconds", "what"), rows),
    )


def cli_page(app: typer.Typer) -> str:
    """Every command with its arguments and options."""
    root = typer.main.get_command(app)
    parts: list[str] = []
    for words, command in _commands(root, (root.name or "",)):
        rows = [(", ".join(f"`{name}`" for name in one.opts), _argument(one)) for one in command.params]
        parts += [f"## `{' '.join(words)}`", command.help or ""]
        parts += [table(("argument", "meaning"), rows)] if rows else []
    statuses = table(("status", "when"), ((f"`{status}`", text) for status, text in STATUSES.items()))
    return page("Commands", root.help or "", *parts, "## Exit statuses", statuses)


def states_page(machines: Iterable[Machine[Any]]) -> str:
    """Every state machine as a diagram, drawn from the table that the code and the database check."""
    parts: list[str] = []
    for machine in sorted(machines, key=lambda one: one.name):
        lines = [f"    [*] --> {start}" for start in sorted(machine.starts)]
        lines += [f"    {before} --> {after}: {event}" for (before, after), event in sorted(machine.moves.items())]
        lines += [f"    {end} --> [*]" for end in sorted(machine.ends())]
        diagram = "\n".join(["```mermaid", "stateDiagram-v2", *lines, "```"])
        parts += [f"## {as_sentence(machine.name).rstrip('.')}", f"Table `{machine.table}`.", diagram]
    return page("States", "The only moves that a status may make. The database refuses every other one.", *parts)


def invariants_page(invariants: Iterable[Invariant]) -> str:
    """Everything that must always hold."""
    places = sorted(invariants, key=lambda one: (one.number[0], int(one.number[1:]), one.name))
    rows = [(one.number, as_sentence(one.name)) for one in places]
    return page(
        "Invariants",
        "Queries that must return nothing: in tests and, by `cinema invariants`, in production.",
        table(("number", "what holds"), rows),
    )


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "*needed*"
    default = field.get_default(call_default_factory=True, validated_data={})
    if default is None or default in ("", ()):
        return ""
    if isinstance(default, SecretStr):
        return "*secret*"
    if isinstance(default, Enum):
        default = default.value
    if isinstance(default, bool | int | tuple):
        default = json.dumps(default, ensure_ascii=False, default=str)
    return f"`{default}`"


def _argument(one: Any) -> str:
    """What an argument or option means, with its default if that is a word."""
    said = as_sentence(getattr(one, "help", None) or "")
    return f"{said} Else `{one.default}`." if isinstance(one.default, str | Path) and str(one.default) else said


def _field_docstrings(kind: type[Settings]) -> dict[str, str]:
    """What the strings below the fields of a class say."""
    body = ast.parse(textwrap.dedent(inspect.getsource(kind))).body[0]
    assert isinstance(body, ast.ClassDef)
    found: dict[str, str] = {}
    for field, below in zip(body.body, body.body[1:], strict=False):
        if (
            isinstance(field, ast.AnnAssign)
            and isinstance(field.target, ast.Name)
            and isinstance(below, ast.Expr)
            and isinstance(below.value, ast.Constant)
            and isinstance(below.value.value, str)
        ):
            found[field.target.id] = " ".join(below.value.value.split())
    return found


def _takes(description: Mapping[str, Any]) -> Iterator[tuple[tuple[str, str], str]]:
    """Path, method, and what an OpenAPI description says that it takes beside the path."""
    schemas = description.get("components", {}).get("schemas", {})
    for path, operations in description["paths"].items():
        for method, operation in operations.items():
            asked = [f"`?{one['name']}`" for one in operation.get("parameters", ()) if one["in"] == "query"]
            content = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
            body = schemas.get(content.get("schema", {}).get("$ref", "").rpartition("/")[2], {})
            needed = body.get("required", ())
            fields = [f"`{name}`" if name in needed else f"(`{name}`)" for name in body.get("properties", {})]
            yield (path, method.upper()), ", ".join(fields + asked)


def _route_rows(context: RouteContext, takes: Mapping[tuple[str, str], str]) -> Iterator[tuple[str, ...]]:
    """One row for each method; a plain Starlette route has no dependencies and answers 200."""
    if not getattr(context, "include_in_schema", True) or context.path == "/openapi.json":
        return
    dependant = getattr(context, "dependant", None)
    asked = tuple(calls_before(dependant)) if isinstance(dependant, Dependant) else ()
    key = "required" if required_once in asked else "optional" if maybe_once in asked else ""
    status = getattr(context, "status_code", None) or 200
    for method in sorted((context.methods or set()) - {"HEAD"}):
        taken = takes.get((str(context.path), method), "")
        yield str(context.path), method, _who(asked), key, taken, str(status), docstring(context.endpoint)


def _who(asked: Sequence[Any]) -> str:
    for call in asked:
        if asks_for_roles(call):
            return ", ".join(inspect.getclosurevars(call).nonlocals["roles"])
    if current_actor in asked:
        return "signed in"
    return "anyone, or signed in" if maybe_actor in asked else "anyone"


def _commands(command: Any, words: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Any]]:
    for name, child in sorted(getattr(command, "commands", {}).items()):
        if getattr(child, "commands", None):
            yield from _commands(child, (*words, name))
        else:
            yield (*words, name), child
