"""The documents that list what the code has are what the code says, and nothing in them is left unsaid."""

import re
from pathlib import Path

import pytest

from cinema.main.cli import app
from cinema.main.reference import reference
from style.source import ROOT

PAGES = reference(app)


@pytest.mark.parametrize("name", PAGES)
def test_a_document_is_what_the_code_generates(name: str) -> None:
    path = ROOT / "docs" / name

    assert path.exists(), "run `make docs`"
    assert path.read_text(encoding="utf-8") == PAGES[name], "run `make docs`"


@pytest.mark.parametrize("name", PAGES)
def test_every_line_says_what_it_is_for(name: str) -> None:
    silent = [line for line in PAGES[name].splitlines() if re.search(r"\|\s*\|$", line)]

    assert silent == []


PICTURE = re.compile(r"```mermaid\n(.*?)```", re.DOTALL)


@pytest.mark.parametrize(
    "path", [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))], ids=lambda path: path.name
)
def test_no_picture_is_cut_off_by_a_semicolon(path: Path) -> None:
    pictures = PICTURE.findall(path.read_text(encoding="utf-8"))

    assert [picture for picture in pictures if ";" in picture] == []  # Mermaid ends a statement there
