"""The tree of expected trouble: every code is unique, and every sentence can be read."""

import importlib
import pkgutil
import re
from collections import Counter

import pytest

import cinema
from cinema.kit.errors import (
    Conflict,
    Forbidden,
    Invalid,
    NotFound,
    Refusal,
    TooMany,
    Trouble,
    Unavailable,
    codes,
    sentence,
)
from cinema.kit.http import InternalError

NOT_OURS = ("cinema.migrations", "cinema.sandbox")


def every_trouble() -> list[type[Trouble]]:
    """All kinds that the product defines, whoever has been imported so far; the stand-ins are other products."""
    for module in pkgutil.walk_packages(cinema.__path__, "cinema."):
        if not module.name.startswith(NOT_OURS) and not module.name.endswith("__main__"):
            importlib.import_module(module.name)
    found: list[type[Trouble]] = []
    todo: list[type[Trouble]] = [Trouble]
    while todo:
        kind = todo.pop()
        if kind.__module__.startswith("cinema.") and not kind.__module__.startswith(NOT_OURS):
            found.append(kind)
        todo.extend(kind.__subclasses__())
    return found


KINDS = every_trouble()


def test_every_code_stands_for_one_trouble() -> None:
    published = Counter(kind.code for kind in KINDS if kind is not Trouble)

    assert [code for code, count in published.items() if count != 1] == []
    assert set(codes(("cinema.",))) >= set(published)
    assert codes(("cinema.kit.",))["internal-error"] is InternalError
    assert "film-not-found" not in codes(("cinema.kit.",))


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_a_trouble_has_a_code_of_its_own_and_a_sentence(kind: type[Trouble]) -> None:
    said = sentence(kind)

    assert "code" in vars(kind)
    assert re.fullmatch(r"[a-z]+(-[a-z]+)*", kind.code)
    assert re.fullmatch(r"(`|[A-Z]).*[.:]", said), said
    assert said == (kind.__doc__ or "").strip().splitlines()[0].replace("``", "`")
    assert "``" not in said


def test_a_status_says_which_kind_of_no_it_is() -> None:
    families = {
        400: Refusal,
        403: Forbidden,
        404: NotFound,
        409: Conflict,
        422: Invalid,
        429: TooMany,
        503: Unavailable,
    }

    strangers = [kind for kind in KINDS if kind.status in families and not issubclass(kind, families[kind.status])]

    assert strangers == []


def test_a_trouble_speaks_with_its_docstring_unless_it_is_told_what_to_say() -> None:
    assert NotFound().detail == "There is no such thing."
    assert NotFound("No film.", film=5).detail == "No film."
    assert NotFound("No film.", film=5).facts == {"film": 5}


def test_too_many_says_when_to_come_back() -> None:
    assert TooMany(retry_after_s=7).retry_after_s == 7
