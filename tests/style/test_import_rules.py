"""Every import rule has been seen failing: a violation is planted in a copy of the package."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from style.source import ROOT


@dataclass(frozen=True, slots=True, kw_only=True)
class Plant:
    """``line`` is added to ``file``; import-linter has to say ``complaint``."""

    file: str
    line: str
    complaint: str


def imports(importer: str, imported: str) -> Plant:
    return Plant(
        file=f"{importer.replace('.', '/')}.py",
        line=f"import cinema.{imported}",
        complaint=f"cinema.{importer} -> cinema.{imported} (l.",
    )


def lazily(importer: str, imported: str) -> Plant:
    direct = imports(importer, imported)
    return replace(direct, line=f"def late() -> None:\n    {direct.line}")


def for_types(importer: str, imported: str) -> Plant:
    direct = imports(importer, imported)
    return replace(direct, line=f"from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    {direct.line}")


def reaches_outside(importer: str, package: str) -> Plant:
    return replace(
        imports(importer, package), line=f"import {package}", complaint=f"cinema.{importer} -> {package} (l."
    )


def circle(importer: str, imported: str, package: str) -> Plant:
    return replace(imports(importer, imported), complaint=f"No cycles are allowed in cinema.{package}.")


PLANTED = {
    "layers": [
        imports("kit.ids", "contracts.ids"),
        imports("contracts.ids", "identity.settings"),
        imports("billing.settings", "payments.settings"),
        imports("catalog.module", "main.wiring"),
        lazily("identity.settings", "billing.settings"),
        for_types("payments.settings", "catalog.http"),
        imports("sandbox.mailbox.settings", "playback.module"),
        imports("playback.module", "migrations.script"),
        Plant(file="community/__init__.py", line="pass", complaint="- cinema.community"),
    ],
    "sandbox": [
        imports("sandbox.mailbox.settings", "contracts.ids"),
        imports("migrations.script", "contracts.ids"),
    ],
    "context": [
        imports("billing.service.checkout", "billing.http.viewer"),
        imports("billing.store.orders", "billing.service.checkout"),
        imports("billing.domain.plan", "billing.settings"),
        imports("billing.settings", "billing.store.orders"),
        imports("billing.jobs", "billing.consumers"),
        imports("billing.store.plans", "billing.invariants"),
        imports("billing.consumers", "billing.module"),
        imports("payments.store.payments", "payments.providers.fake"),
        Plant(file="billing/tools.py", line="pass", complaint="- cinema.billing.tools"),
    ],
    "purity": [
        reaches_outside("billing.domain.plan", "asyncpg"),
        reaches_outside("identity.domain.role", "structlog"),
        reaches_outside("contracts.text", "fastapi"),
        reaches_outside("contracts.views.billing", "asyncpg"),
        imports("billing.domain.plan", "kit.clock"),
        imports("contracts.ids", "kit.ids"),
        imports("kit.money", "kit.db"),  # by way of what they may import
        imports("kit.page", "kit.http"),  # as above
        imports("kit.intent", "kit.idempotency"),  # as above
    ],
    "cycles": [
        circle("kit.errors", "kit.http", "kit"),
        circle("billing.domain.period", "billing.domain.subscription", "billing.domain"),
        circle("contracts.views.payments", "contracts.payments", "contracts"),
        circle("sandbox.mailbox.faults", "sandbox.mailbox.module", "sandbox.mailbox"),
    ],
}


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The package without its data, in a folder of its own."""
    folder = tmp_path_factory.mktemp("planted")
    shutil.copytree(
        ROOT / "src" / "cinema",
        folder / "cinema",
        ignore=lambda path, names: [one for one in names if _is_data(path, one)],
    )
    return folder


def _is_data(folder: str, name: str) -> bool:
    return name == "__pycache__" or (Path(folder, name).is_file() and not name.endswith(".py"))


@contextmanager
def planted(folder: Path, plants: list[Plant]) -> Iterator[None]:
    """Adds the lines for a while; a file that did not exist is gone afterwards."""
    before = {file: file.read_text() if file.exists() else None for file in {folder / one.file for one in plants}}
    try:
        for one in plants:
            file = folder / one.file
            file.parent.mkdir(exist_ok=True)
            file.write_text(f"{file.read_text() if file.exists() else ''}\n{one.line}\n")
        yield
    finally:
        for file, text in before.items():
            if text is not None:
                file.write_text(text)
            else:
                file.unlink()
                if not any(file.parent.iterdir()):
                    file.parent.rmdir()


def lint(folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
    """Runs import-linter over the package in ``folder`` with the repository's rules."""
    program = str(Path(sys.executable).with_name("lint-imports"))
    rules = str(ROOT / "pyproject.toml")
    return subprocess.run(
        [program, "--no-logo", "--no-cache", "--config", rules, *options],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | {"COLUMNS": "1000"},
    )


def test_the_rules_hold_in_the_tree(copy: Path) -> None:
    answer = lint(copy)

    assert answer.returncode == 0, answer.stdout
    assert f"Contracts: {len(PLANTED)} kept, 0 broken." in answer.stdout


@pytest.mark.parametrize("contract", PLANTED)
def test_planted_violations_break_their_rule(copy: Path, contract: str) -> None:
    with planted(copy / "cinema", PLANTED[contract]):
        answer = lint(copy, "--contract", contract)

    assert answer.returncode == 1
    assert "Contracts: 0 kept, 1 broken." in answer.stdout
    assert [one for one in PLANTED[contract] if one.complaint not in answer.stdout] == [], answer.stdout
