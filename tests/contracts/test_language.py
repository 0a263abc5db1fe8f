"""The language of an answer by the browser's header."""

import pytest

from cinema.contracts.language import preferred
from cinema.contracts.text import Language


@pytest.mark.parametrize(
    ("header", "language"),
    [
        (None, Language.RU),
        ("", Language.RU),
        ("ru", Language.RU),
        ("en", Language.EN),
        ("en-GB,en;q=0.9,ru;q=0.8", Language.EN),
        ("ru-RU, en;q=0.9", Language.RU),
        ("en;q=0.3, ru;q=0.7", Language.RU),
        ("EN-us;q=1.0", Language.EN),
        ("de, fr;q=0.5", Language.EN),
        ("de, *;q=0.5", Language.RU),
        ("ru;q=0, en;q=0.1", Language.EN),
        ("ru;q=nonsense, en;q=0.1", Language.EN),
        ("ru;q=²", Language.EN),
        (",;,;;q,=", Language.EN),
    ],
)
def test_the_best_language_that_we_speak_is_chosen(header: str | None, language: Language) -> None:
    assert preferred(header) is language


def test_who_takes_any_language_gets_the_default_that_is_asked_for() -> None:
    headers = (None, " ", "*", "xx;q=0, *;q=0.1")

    assert {preferred(header, default=Language.EN) for header in headers} == {Language.EN}
    assert {preferred(header) for header in headers} == {Language.RU}
