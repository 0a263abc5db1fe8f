"""How long things may be, what they may be called, and that they say what they are for."""

import ast
from collections.abc import Iterator
from pathlib import PurePosixPath

from style.source import Found, Rule, Source, in_python, in_src

FUNCTION_LINES_MAX = 70
FILE_LINES_MAX = 500
EMPTY_NAMES = frozenset({"base", "common", "helper", "helpers", "manager", "managers", "misc", "util", "utils"})


def long_functions(source: Source) -> Iterator[Found]:
    for node in source.nodes:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            assert node.end_lineno is not None
            lines = node.end_lineno - node.lineno + 1
            if lines > FUNCTION_LINES_MAX:
                yield node.lineno, f"{node.name} has {lines} lines, at most {FUNCTION_LINES_MAX} fit a screen"


def long_files(source: Source) -> Iterator[Found]:
    lines = source.text.count("\n")
    if lines > FILE_LINES_MAX:
        yield lines, f"the file has {lines} lines, at most {FILE_LINES_MAX}: make it a folder of the same name"


def empty_names(source: Source) -> Iterator[Found]:
    path = PurePosixPath(source.path)
    for part in (*path.parts[:-1], path.stem):
        if part in EMPTY_NAMES:
            yield 1, f"{part!r} says nothing: name the file for what is in it"


def missing_docstrings(source: Source) -> Iterator[Found]:
    if source.text.strip() and ast.get_docstring(source.tree) is None:
        yield 1, "a module says in its first line what it is for"
    if source.parts[0] not in {"kit", "contracts"}:
        return
    for node in source.tree.body:
        if not isinstance(node, ast.ClassDef) or ast.get_docstring(node) is not None:
            continue
        if source.parts[0] == "contracts" or not node.name.startswith("_"):
            yield node.lineno, f"{node.name} is read by strangers: give it a docstring"


def has_functions_to_read(source: Source) -> bool:
    """A migration is a script of SQL in a function that somebody else calls."""
    return in_python(source) and "versions" not in source.parts


RULES = (
    Rule(name="function-length", covers=has_functions_to_read, find=long_functions),
    Rule(name="file-length", covers=in_python, find=long_files),
    Rule(name="module-names", covers=in_python, find=empty_names),
    Rule(name="docstrings", covers=in_src, find=missing_docstrings),
)
