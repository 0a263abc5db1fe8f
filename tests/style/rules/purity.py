"""What `domain` and `contracts` may import at all: import-linter forbids by name, this allows by name."""

import ast
from collections.abc import Iterator

from style.source import CONTEXTS, Found, Rule, Source, in_src

PURE_KIT = frozenset({"errors", "events", "intent", "money", "page", "states", "wording", "zones"})
PURE_STANDARD = frozenset(
    {
        "base64",
        "binascii",
        "bisect",
        "calendar",
        "collections",
        "dataclasses",
        "datetime",
        "decimal",
        "enum",
        "fractions",
        "functools",
        "hashlib",
        "hmac",
        "ipaddress",
        "itertools",
        "json",
        "math",
        "operator",
        "re",
        "string",
        "struct",
        "textwrap",
        "typing",
        "unicodedata",
        "urllib.parse",
        "uuid",
    }
)
PURE_OTHERS = frozenset({"babel"})
"""Formatting of dates and sums by language: tables and functions."""


def in_pure_code(source: Source) -> bool:
    if not in_src(source):
        return False
    inner = source.parts[1].removesuffix(".py") if len(source.parts) > 1 else ""
    return source.parts[0] == "contracts" or (source.parts[0] in CONTEXTS and inner == "domain")


def impure_imports(source: Source) -> Iterator[Found]:
    own = "cinema.contracts" if source.parts[0] == "contracts" else f"cinema.{source.parts[0]}.domain"
    for node in source.nodes:
        if isinstance(node, ast.ImportFrom):
            names = [f"{node.module}.{one.name}" for one in node.names] if node.module else ["."]
        elif isinstance(node, ast.Import):
            names = [one.name for one in node.names]
        else:
            continue
        for name in names:
            if not _is_pure(name, own):
                yield node.lineno, f"{name}: domain and contracts hold values and functions only"


def _is_pure(name: str, own: str) -> bool:
    first, _, rest = name.partition(".")
    if first == "cinema":
        kit = rest.split(".")[1] if rest.startswith("kit.") else None
        return kit in PURE_KIT or name.startswith((f"{own}.", "cinema.contracts."))
    return first in PURE_STANDARD | PURE_OTHERS or name.startswith(tuple(f"{one}." for one in PURE_STANDARD))


RULES = (Rule(name="purity", covers=in_pure_code, find=impure_imports),)
