"""No floats near money."""

import ast
from collections.abc import Iterator

from style.source import Found, Rule, Source, in_src

SECONDS = "_s"
"""Durations in seconds are the one thing that may be a float here; their names say so."""


def near_money(source: Source) -> bool:
    return in_src(source) and (
        source.parts[0] in {"billing", "payments"}
        or source.parts in {("kit", "money.py"), ("contracts", "billing.py"), ("contracts", "payments.py")}
    )


def floats(source: Source) -> Iterator[Found]:
    yield from _Floats().found_in(source.tree)


class _Floats(ast.NodeVisitor):
    """Looks everywhere but into what is named ``…_s``."""

    def __init__(self) -> None:
        self._found: list[Found] = []

    def found_in(self, tree: ast.Module) -> list[Found]:
        self.visit(tree)
        return self._found

    def visit_Constant(self, node: ast.Constant) -> None:
        if isinstance(node.value, float):
            self._found.append((node.lineno, f"{node.value}: money is integer minor units"))

    def visit_Name(self, node: ast.Name) -> None:
        if node.id == "float":
            self._found.append((node.lineno, "float: money is integer minor units; a duration's name ends in _s"))

    def visit_BinOp(self, node: ast.BinOp) -> None:
        if isinstance(node.op, ast.Div) and not isinstance(node.right, ast.Constant | ast.JoinedStr):
            self._found.append((node.lineno, "/ makes a float: divide with // and say where the rest goes"))
        if isinstance(node.op, ast.Div) and isinstance(node.right, ast.Constant) and isinstance(node.right.value, int):
            self._found.append((node.lineno, "/ makes a float: divide with // and say where the rest goes"))
        self.generic_visit(node)

    def visit_keyword(self, node: ast.keyword) -> None:
        if node.arg is None or not node.arg.endswith(SECONDS):
            self.generic_visit(node)

    def visit_arg(self, node: ast.arg) -> None:
        if not node.arg.endswith(SECONDS):
            self.generic_visit(node)

    def visit_arguments(self, node: ast.arguments) -> None:
        positional = [*node.posonlyargs, *node.args]
        for arg, default in [
            *zip(positional[len(positional) - len(node.defaults) :], node.defaults, strict=True),
            *zip(node.kwonlyargs, node.kw_defaults, strict=True),
        ]:
            if default is not None and not arg.arg.endswith(SECONDS):
                self.visit(default)
        for arg in [*positional, *node.kwonlyargs]:
            self.visit(arg)

    def visit_Assign(self, node: ast.Assign) -> None:
        if not all(_is_duration(target) for target in node.targets):
            self.generic_visit(node)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> None:
        if not _is_duration(node.target):
            self.generic_visit(node)

    def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
        if node.name.endswith(SECONDS):
            node.returns = None
        self.generic_visit(node)


def _is_duration(node: ast.expr) -> bool:
    name = node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""
    return name.lower().endswith(SECONDS)


RULES = (Rule(name="floats", covers=near_money, find=floats),)
