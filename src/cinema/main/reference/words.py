"""How the documents put things: types in words, docstrings as sentences, tables in Markdown."""

import inspect
import types
from collections.abc import Iterable
from enum import Enum
from typing import Annotated, Any, Literal, Union, get_args, get_origin

GENERATED = "Written by `make docs` from the code; do not edit."


def type_words(kind: Any) -> str:
    """A type as an operator reads it: ``whole number``, ``text``, ``one of `a`, `b` ``."""
    origin, arguments = get_origin(kind), get_args(kind)
    if origin is Annotated:
        return type_words(arguments[0])
    if origin in (Union, types.UnionType):
        return " or ".join("nothing" if one is types.NoneType else type_words(one) for one in arguments)
    if origin is Literal:
        return "one of " + ", ".join(f"`{one}`" for one in arguments)
    if origin is not None:
        inner = [type_words(one) for one in arguments if one is not Ellipsis]
        return f"list of {' and '.join(inner)}" if inner else str(origin.__name__)
    if isinstance(kind, type) and issubclass(kind, Enum):
        return "one of " + ", ".join(f"`{one.value}`" for one in kind)
    return WORDS.get(name := getattr(kind, "__name__", str(kind)), name)


WORDS = {
    "bool": "true or false",
    "datetime": "time (ISO 8601, UTC)",
    "int": "whole number",
    "float": "number",
    "IPv4Network": "IPv4 network",
    "IPv6Network": "IPv6 network",
    "Money": "money (`minor`, `currency`)",
    "NoneType": "nothing",
    "Path": "path",
    "SecretStr": "secret text",
    "str": "text",
    "Text": "text in both languages (`ru`, `en`)",
    "UUID": "UUID",
}


def docstring(thing: Any) -> str:
    """The first paragraph of what a thing says about itself."""
    thing = getattr(thing, "func", thing)  # what a partial stands for
    return as_sentence(" ".join((inspect.getdoc(thing) or "").split("\n\n")[0].split()))


def as_sentence(text: str) -> str:
    """``text`` in Markdown, beginning with a capital letter and ending with a full stop."""
    text = text.replace("``", "`")
    if not text:
        return ""
    return text[0].upper() + text[1:] + ("" if text.endswith((".", "!", "?", ":")) else ".")


def table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    """A table in Markdown."""
    lines = [head, tuple("---" for _ in head), *(tuple(cell.replace("|", "\\|") for cell in row) for row in rows)]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def page(title: str, intro: str, *parts: str) -> str:
    """A whole document."""
    return "\n\n".join(part for part in (f"# {title}", GENERATED, intro, *parts) if part) + "\n"
