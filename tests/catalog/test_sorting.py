"""Sort keys: the order that a reader expects, in plain code points."""

import pytest

from cinema.catalog.domain.sorting import KEY_LENGTH_MAX, name_key, title_key
from cinema.contracts.text import Language


def test_russian_titles_stand_in_the_order_of_the_alphabet() -> None:
    titles = ["Яблоко", "Ёлки", "Ежи", "Еще раз", "Жизнь", "Йод", "Икар", "Аэлита", "ёж", "Кин", "«Дура»", "8 дней"]

    ordered = sorted(titles, key=lambda title: title_key(title, language=Language.RU))

    assert ordered == [
        "8 дней", "Аэлита", "«Дура»", "ёж", "Ежи", "Ёлки", "Еще раз", "Жизнь", "Икар", "Йод", "Кин", "Яблоко",
    ]  # fmt: skip


def test_english_titles_stand_without_article_accents_and_case() -> None:
    titles = [
        "The Navigator",
        "Élan",
        "A Trip to the Moon",
        "an Andalusian Dog",
        "M",
        "the kid",
        "Ødipus",
        "20,000 Leagues",
        "39 Steps",
    ]

    ordered = sorted(titles, key=lambda title: title_key(title, language=Language.EN))

    assert ordered == [
        "39 Steps", "20,000 Leagues", "an Andalusian Dog", "Élan", "the kid", "M", "The Navigator", "Ødipus",
        "A Trip to the Moon",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("title", "language", "key"),
    [
        ("The", Language.EN, "the"),
        ("A", Language.EN, "a"),
        ("The Kid", Language.RU, "the kid"),
        ("L'Atalante", Language.EN, "latalante"),
        ("20 000 лье", Language.RU, "020000 лье"),
        ("1812", Language.RU, "001812"),
        ("e\u0301lan", Language.EN, "elan"),
        ("И\u0306од", Language.RU, "йод"),
        ("Straße", Language.EN, "strasse"),
        ("?!", Language.EN, "?!"),
    ],
)
def test_a_title_has_one_key(title: str, language: Language, key: str) -> None:
    assert title_key(title, language=language) == key


def test_a_key_is_bounded() -> None:
    assert len(title_key("а" * 1000, language=Language.RU)) == KEY_LENGTH_MAX


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("Charlie Chaplin", "chaplin charlie"),
        ("Douglas Fairbanks Sr.", "fairbanks douglas sr"),
        ("F. W. Murnau", "murnau f w"),
        ("Georges Méliès", "melies georges"),
        ("Musidora", "musidora"),
        ("Лев Кулешов", "кулешов лев"),
        ("Дуглас Фэрбенкс-младший", "фэрбенкс дуглас младший"),
    ],
)
def test_a_person_stands_by_the_last_name(name: str, key: str) -> None:
    assert name_key(name) == key
