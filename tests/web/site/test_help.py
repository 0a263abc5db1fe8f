"""Help: in the figures of the running settings, with every plural right."""

import re
from pathlib import Path

import pytest

import cinema.web
from cinema.billing.settings import BillingSettings
from cinema.kit.settings import load
from cinema.kit.texts import Texts
from web.site.accounts import told
from web.stage import Browser, plain

TEXTS = Texts(Path(cinema.web.__file__).parent / "locale")


async def test_help_says_the_figures_of_the_settings_in_both_languages(browser: Browser) -> None:
    settings = load(BillingSettings, env_file=None, values={})

    russian, english = await browser.get("/ru/help"), await browser.get("/en/help")

    assert (settings.renewal_notice_days, settings.grace_days, settings.refund_days) == (3, 7, 14)
    assert (russian.status, russian.h1, english.h1) == (200, "Помощь", "Help")
    told(
        russian,
        "За 3 дня до списания придёт письмо",
        "в последний час оплаченного времени",
        "попробуем ещё: через 1, 3 и 5 дней",
        "не дольше 7 дней после оплаченного",
        "с оплаты прошло не больше 14 дней, вернём всё",
        "не прошло 90 дней",
        "48 часов с момента оплаты",
        "Он ждёт 24 часа",
        "ни один не длиннее четверти периода",
    )
    told(english, "3 days before a charge a mail says", "try again after 1, 3, and 5 days", "14 days ago", "48 hours")


async def test_each_topic_has_an_address_of_its_own(browser: Browser) -> None:
    page = await browser.get("/ru/help")

    topics = [href.partition("#")[2] for href in page.links.values() if href.startswith("#") and href != "#main"]

    assert topics == ["renewal", "failed", "cancel", "cards", "refunds", "films"]
    assert [re.findall(rf'<section[^>]* id="{topic}"', page.html) != [] for topic in topics] == [True] * 6


@pytest.mark.parametrize(
    ("days", "sentence"),
    [
        (0, "Перед списанием придёт письмо"),
        (1, "За 1 день до списания придёт письмо"),
        (3, "За 3 дня до списания придёт письмо"),
        (7, "За 7 дней до списания придёт письмо"),
        (21, "За 21 день до списания придёт письмо"),
    ],
)
def test_russian_counts_days_as_russians_do(days: int, sentence: str) -> None:
    assert plain(TEXTS.of("ru")("help-renewal-notice", days=days)).startswith(sentence)


@pytest.mark.parametrize(
    ("key", "values", "sentence"),
    [
        ("help-failed-retries", {"count": 1, "days": "2", "last": 2}, "попробуем ещё раз, через 2 дня."),
        ("help-failed-retries", {"count": 2, "days": "1 и 2", "last": 2}, "попробуем ещё: через 1 и 2 дня."),
        ("help-failed-grace", {"days": 0}, "Фильмы по подписке открыты до конца оплаченного времени."),
        ("help-failed-grace", {"days": 1}, "не дольше 1 дня после оплаченного."),
        ("help-refunds-film", {"days": 0}, "Фильм возвращает поддержка"),
        ("help-refunds-film", {"days": 22}, "пока с оплаты не прошло 22 дня."),
        ("help-renewal-lead-hours", {"n": 1}, "в последний час оплаченного времени."),
        ("help-renewal-lead-hours", {"n": 2}, "в последние 2 часа оплаченного времени."),
        ("help-renewal-lead-minutes", {"n": 0}, "когда оплаченное время заканчивается."),
        ("help-renewal-lead-minutes", {"n": 90}, "в последние 90 мин оплаченного времени."),
        ("help-films-rental-answer", {"hours": 1}, "1 час с момента оплаты."),
        ("help-short", {"parts": 3}, "ни один не длиннее 1/3 периода."),
    ],
)
def test_other_settings_make_other_sentences(key: str, values: dict[str, str | int], sentence: str) -> None:
    assert sentence in plain(TEXTS.of("ru")(key, **values))
