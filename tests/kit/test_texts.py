"""Texts by key, in each language."""

from pathlib import Path

import pytest

from cinema.kit.texts import TextMissing, Texts, Words, variables

DAYS = """days-left = остался { $n ->
    [one] { $n } день
    [few] { $n } дня
   *[many] { $n } дней
 }
"""


def test_a_plural_follows_the_language() -> None:
    words = Words("ru", {"site.ftl": DAYS})

    said = [words("days-left", n=n) for n in (1, 2, 5, 11, 21, 5000)]

    assert [one.removeprefix("остался ") for one in said] == [
        "1 день", "2 дня", "5 дней", "11 дней", "21 день", "5000 дней",
    ]  # fmt: skip


def test_a_number_and_a_word_that_look_alike_are_two_values() -> None:
    words = Words("ru", {"site.ftl": DAYS})

    said = [words("days-left", n=n) for n in (1, "1", 1, "1")]

    assert said == ["остался 1 день", "остался 1 дней"] * 2


def test_a_value_stands_in_the_text_as_it_is() -> None:
    words = Words("en", {"site.ftl": "hello = Hello, { $name }!"})

    assert words("hello", name="<b>{ $n }") == "Hello, <b>{ $n }!"


def test_a_text_that_is_not_there_or_lacks_a_value_is_a_bug() -> None:
    words = Words("en", {"site.ftl": "hello = Hello, { $name }!\nplain = Here\n"})

    assert words("plain") == "Here"
    assert "hello" in words
    assert "other" not in words
    with pytest.raises(TextMissing, match="other"):
        words("other")
    with pytest.raises(TextMissing, match="name"):
        words("hello")


def test_a_line_that_cannot_be_read_is_named() -> None:
    with pytest.raises(TextMissing, match=r"ru/site\.ftl: cannot be read: = nothing"):
        Words("ru", {"site.ftl": "a = b\n\n= nothing\n"})


def test_a_text_stands_in_one_file_only() -> None:
    with pytest.raises(TextMissing, match=r"en/b\.ftl: hello is there already"):
        Words("en", {"a.ftl": "hello = Hello\n", "b.ftl": "hello = Hi\n"})
    with pytest.raises(TextMissing, match=r"en/a\.ftl: hello is there already"):
        Words("en", {"a.ftl": "hello = Hello\nhello = Hi\n"})


def test_languages_are_folders(tmp_path: Path) -> None:
    for language, text in (("ru", "Привет"), ("en", "Hello")):
        (tmp_path / language).mkdir()
        (tmp_path / language / "a.ftl").write_text(f"hello = {text}\n", encoding="utf-8")
    texts = Texts(tmp_path)

    assert (texts.of("ru")("hello"), texts.of("en")("hello")) == ("Привет", "Hello")
    assert texts.of("ru") is texts.of("ru")


def test_the_values_that_texts_want_can_be_listed() -> None:
    assert variables(DAYS + "plain = Да\n") == {"days-left": frozenset({"n"}), "plain": frozenset()}
