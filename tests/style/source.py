"""What a tidy rule looks at: a file of the repository, and the shape of a rule."""

import ast
import io
import re
import shutil
import subprocess
import tokenize
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path, PurePosixPath
from typing import TypeAlias

from cinema.main import contexts

ROOT = Path(__file__).parents[2]

CONTEXTS = tuple(context.name for context in contexts.CONTEXTS)

Found: TypeAlias = tuple[int, str]
"""A line, and a sentence that says what to do."""


@dataclass(frozen=True, kw_only=True)
class Source:
    """One file. ``path`` is relative to the repository's root."""

    path: str
    text: str

    @cached_property
    def tree(self) -> ast.Module:
        return ast.parse(self.text)

    @cached_property
    def nodes(self) -> tuple[ast.AST, ...]:
        """Every node of the tree."""
        return tuple(ast.walk(self.tree))

    @cached_property
    def parts(self) -> tuple[str, ...]:
        """The parts of the path below ``src/cinema``; of the whole path elsewhere."""
        parts = PurePosixPath(self.path).parts
        return parts[2:] if parts[:2] == ("src", "cinema") else parts

    @cached_property
    def comments(self) -> list[Found]:
        """Every comment that switches a check off, with its line."""
        if "noqa" not in self.text.lower() and "ignore" not in self.text:
            return []
        tokens = tokenize.generate_tokens(io.StringIO(self.text).readline)
        return [(token.start[0], token.string) for token in tokens if token.type == tokenize.COMMENT]

    @cached_property
    def docstrings(self) -> frozenset[int]:
        """The ids of the nodes that document something: they are prose, not values."""
        found: set[int] = set()
        for node in self.nodes:
            for _, value in ast.iter_fields(node):
                if isinstance(value, list):
                    found |= {id(one.value) for one in value if isinstance(one, ast.Expr)}
        return frozenset(found)

    @cached_property
    def texts(self) -> list[Found]:
        """Every string that is a value, with its line; of an f-string the part before the first hole."""
        found: list[Found] = []
        inner: set[int] = set()
        for node in self.nodes:
            if id(node) in self.docstrings or id(node) in inner:
                continue
            if isinstance(node, ast.JoinedStr):
                inner |= {id(part) for part in node.values}
                if node.values and isinstance(first := node.values[0], ast.Constant):
                    found.append((node.lineno, str(first.value)))
            elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                found.append((node.lineno, node.value))
        return found

    @cached_property
    def imported(self) -> dict[str, str]:
        """Local names and what they stand for: ``{"dt": "datetime", "now": "time.time"}``."""
        names: dict[str, str] = {}
        for node in self.nodes:
            if isinstance(node, ast.Import):
                for one in node.names:
                    root = one.name.partition(".")[0]
                    names[one.asname or root] = one.name if one.asname else root
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                names |= {one.asname or one.name: f"{node.module}.{one.name}" for one in node.names}
        return names

    def named(self, node: ast.expr) -> str | None:
        """The full dotted name of an imported thing, however it was imported; else None."""
        tail: list[str] = []
        while isinstance(node, ast.Attribute):
            tail.append(node.attr)
            node = node.value
        if not isinstance(node, ast.Name) or node.id not in self.imported:
            return None
        return ".".join([self.imported[node.id], *reversed(tail)])

    def uses(self, pattern: re.Pattern[str]) -> Iterator[Found]:
        """Where imported things whose full name matches ``pattern`` are used."""
        inner = {id(node.value) for node in self.nodes if isinstance(node, ast.Attribute)}
        for node in self.nodes:
            if isinstance(node, ast.Attribute | ast.Name) and isinstance(node.ctx, ast.Load) and id(node) not in inner:
                name = self.named(node)
                if name is not None and pattern.fullmatch(name):
                    yield node.lineno, name


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """``find`` yields the violations in a file that ``covers`` accepts by its path."""

    name: str
    covers: Callable[[Source], bool]
    find: Callable[[Source], Iterator[Found]]

    def violations(self, source: Source) -> list[str]:
        if not self.covers(source):
            return []
        return [f"{source.path}:{line}: {sentence}" for line, sentence in sorted(self.find(source))]


def in_src(source: Source) -> bool:
    return source.path.startswith("src/cinema/") and source.path.endswith(".py")


def in_tests(source: Source) -> bool:
    return source.path.startswith("tests/") and source.path.endswith(".py")


def in_python(source: Source) -> bool:
    return source.path.endswith(".py")


@cache
def repository() -> tuple[Source, ...]:
    """Every text file that is, or is about to be, part of the repository."""
    git = shutil.which("git")
    assert git is not None
    listing = subprocess.run(
        [git, "ls-files", "--cached", "--others", "--exclude-standard", "-z"], cwd=ROOT, check=True, capture_output=True
    )
    sources = []
    for name in sorted(listing.stdout.decode().split("\0")):
        path = ROOT / name
        if not name or not path.is_file():
            continue
        try:
            sources.append(Source(path=name, text=path.read_text(encoding="utf-8")))
        except UnicodeDecodeError:
            continue  # media
    return tuple(sources)
