"""One list names the contexts (`main.contexts`); what cannot read it says the same."""

import re
import tomllib

from style.source import CONTEXTS, ROOT

RULES = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"]["contracts"]


def rule(name: str) -> dict[str, list[str]]:
    return next(one for one in RULES if one["id"] == name)


def test_every_package_with_a_module_is_a_context() -> None:
    packages = {path.parent.name for path in (ROOT / "src" / "cinema").glob("*/module.py")}

    assert packages - {"kit"} == set(CONTEXTS)


def test_the_import_rules_hold_for_every_context() -> None:
    beside = {part.strip(" ()") for part in rule("layers")["layers"][1].split("|")}

    assert set(rule("context")["containers"]) == {f"cinema.{name}" for name in CONTEXTS}
    assert beside - {"web", "sandbox", "migrations"} == set(CONTEXTS)


def test_the_table_of_parts_has_every_context() -> None:
    text = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    parts = re.findall(r"^\| `(\w+)` \|", text.partition("| part | what it is |")[2].partition("\n\n")[0], re.MULTILINE)

    assert set(parts) - {"kit", "contracts", "web", "sandbox", "main"} == set(CONTEXTS)
