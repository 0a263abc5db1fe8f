"""The catalogues of texts: each language has the same, pages ask for what there is, and nothing lies about unused."""

import re
from functools import cache
from itertools import chain
from pathlib import Path

import pytest

import cinema.kit.sentences
import cinema.main.speech
import cinema.notifications
import cinema.web
from cinema.contracts.text import Language
from cinema.kit.texts import variables

WEB = Path(cinema.web.__file__).parent
FILES = sorted({path.name for path in WEB.glob("locale/*/*.ftl")})
SOURCES = "\n".join(
    path.read_text(encoding="utf-8")
    for path in chain(
        WEB.rglob("*.py"),
        WEB.rglob("*.html"),
        Path(cinema.notifications.__file__).parent.rglob("domain/*.py"),
        (Path(str(module.__file__)) for module in (cinema.kit.sentences, cinema.main.speech)),
    )
)
ASKED = re.compile(r"""\b(?:t|rich|words)\(\s*["']([a-z][\w-]*)["']\s*[,)]""")
"""A text that is asked for by its whole key."""

BEGUN = re.compile(r"""["']([a-z][a-z-]*-)(?:["']\s*~|\{)""")
"""The beginning of a key that ends with a word of the program: ``"theme-" ~ theme``, ``f"problem-{code}"``."""


def texts(language: Language, file: str) -> dict[str, frozenset[str]]:
    return variables((WEB / "locale" / language / file).read_text(encoding="utf-8"))


@cache
def keys() -> set[str]:
    return {key for file in FILES for key in texts(Language.RU, file)}


@pytest.mark.parametrize("file", FILES)
def test_every_language_has_the_same_texts_with_the_same_values(file: str) -> None:
    first, *others = [texts(language, file) for language in Language]

    assert others == [first]


def test_no_key_stands_in_two_files() -> None:
    every = [key for file in FILES for key in texts(Language.RU, file)]

    assert sorted(every) == sorted(set(every))


def test_pages_ask_for_texts_that_there_are() -> None:
    assert set(ASKED.findall(SOURCES)) - keys() == set()


def test_no_text_lies_about_unused() -> None:
    beginnings = tuple(BEGUN.findall(SOURCES))

    unused = {key for key in keys() if not re.search(rf"""["']{key}["']""", SOURCES) and not key.startswith(beginnings)}

    assert unused == set()
