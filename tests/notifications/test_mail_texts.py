"""What the mails say, in both languages, and what they cannot be made to say."""

import re
from dataclasses import replace
from html import unescape
from urllib.parse import urlsplit

import pytest
from jinja2 import DictLoader, TemplateError, UndefinedError
from jinja2.exceptions import SecurityError

from cinema.contracts.enums import AccessEffect, MessageKind, RenewalReason
from cinema.contracts.identity import Contact
from cinema.contracts.text import Language, Text
from cinema.kit.events import Event
from cinema.kit.money import Money
from cinema.notifications.domain.reasons import Why, in_words
from cinema.notifications.domain.told import BY_EVENT, values
from cinema.notifications.domain.wording import Reader, Site, Values
from cinema.notifications.service.rendering import SUBJECT_MAX, TEMPLATES, Rendered, Renderer
from notifications.facts import NOON, activated, make_contact, refund_failed, samples, stopped
from notifications.mail_facts import EN, FACTS, LEADS, SITE
from notifications.office import TEXTS

RENDERER = Renderer()


def plain(text: str) -> str:
    """As a reader sees it: spaces are spaces, and lines do not matter."""
    return " ".join(text.split())


def seen(html: str) -> str:
    """What a mail program shows of ``html``, links included."""
    links = re.sub(r'<a [^>]*href="([^"]*)"[^>]*>', r" \1 ", html)
    return plain(unescape(re.sub(r"<[^>]+>", " ", re.sub(r"<(style|title).*?</\1>", " ", links, flags=re.DOTALL))))


def rendered(event: Event, *, contact: Contact, site: Site = SITE) -> Rendered:
    words = TEXTS.of(contact.language.value)
    given = values(event, contact=contact, words=words, site=site, occurred_at=NOON)
    return RENDERER.render(kind=BY_EVENT[type(event)].kind, language=contact.language, values=given)


@pytest.mark.parametrize(("event", "language", "subject", "facts"), FACTS)
def test_a_mail_tells_its_facts_in_text_and_in_html(
    event: Event, language: Language, subject: str, facts: tuple[str, ...]
) -> None:
    mail = rendered(event, contact=make_contact(language=language))

    assert plain(mail.subject) == subject
    assert [fact for fact in facts if fact not in plain(mail.text)] == []
    assert [fact for fact in facts if fact not in seen(mail.html)] == []
    assert f'<html lang="{language}">' in mail.html
    assert "None" not in mail.text + mail.html


def test_every_kind_is_told_in_every_language() -> None:
    tested = {(BY_EVENT[type(event)].kind, language) for event, language, _, _ in FACTS}

    assert tested == {(kind, language) for kind in MessageKind for language in Language}
    mails = {path.name for path in TEMPLATES.iterdir() if path.name.split(".")[0] in set(MessageKind)}
    assert mails == {f"{kind}.{language}.jinja" for kind in MessageKind for language in Language}


@pytest.mark.parametrize("language", Language)
def test_html_asks_nothing_from_outside(language: Language) -> None:
    for event in samples():
        html = rendered(event, contact=make_contact(language=language)).html

        assert re.findall(r"<(?:img|script|link|iframe|object|form)\b|url\(|@import", html) == []
        assert {urlsplit(url)[:2] for url in re.findall(r"https?://[^\"<]+", html)} == {urlsplit(SITE.url)[:2]}


@pytest.mark.parametrize("language", Language)
def test_the_button_of_a_mail_leads_to_a_page_in_the_reader_s_language(language: Language) -> None:
    buttons = {}
    for event in samples():
        mail = rendered(event, contact=make_contact(language=language))
        [url] = re.findall(r'<a class="button" href="([^"]+)"', mail.html)
        assert f": {url}\n" in mail.text
        buttons[BY_EVENT[type(event)].kind] = url

    assert buttons == {kind: f"{SITE.url}/{language}{path}" for kind, path in LEADS.items()}
    assert LEADS.keys() == set(MessageKind)


def test_a_method_without_a_title_is_left_out() -> None:
    mail = rendered(activated(method_title=None), contact=make_contact(language=EN))

    assert "Paid with" not in mail.text + mail.html


def test_a_mail_promises_no_access_that_the_mail_about_the_refund_may_take() -> None:
    mail = rendered(stopped(reason=RenewalReason.REFUND_REQUESTED), contact=make_contact(language=EN))

    assert "You can watch until" not in mail.text + mail.html


def test_a_refund_that_failed_and_had_closed_nothing_opens_nothing() -> None:
    mail = rendered(refund_failed(effect=AccessEffect.KEEP, is_access_back=False), contact=make_contact(language=EN))

    assert "again" not in mail.text


def test_a_refund_that_was_replaced_is_not_told_as_money_that_is_missing() -> None:
    event = refund_failed(reason="returned_otherwise", is_access_back=False)
    mails = [rendered(event, contact=make_contact(language=language)).text for language in Language]

    promises = ("find another way", "could not return", "иначе", "не смогли", "again", "снова")
    assert [promise for promise in promises for mail in mails if promise in mail] == []


def test_dates_stand_in_the_readers_own_time() -> None:
    moments = {
        zone: Reader(language=EN, time_zone=zone, words=TEXTS.of("en")).moment(NOON)
        for zone in ("UTC", "Asia/Kolkata", "America/New_York", "Pacific/Kiritimati", "Pacific/Marquesas")
    }

    assert moments == {
        "UTC": "15 January 2026 at 09:00 (GMT)",
        "Asia/Kolkata": "15 January 2026 at 14:30 (GMT+5:30)",
        "America/New_York": "15 January 2026 at 04:00 (GMT-5)",
        "Pacific/Kiritimati": "15 January 2026 at 23:00 (GMT+14)",
        "Pacific/Marquesas": "14 January 2026 at 23:30 (GMT-9:30)",
    }


def test_money_is_written_as_the_reader_writes_it() -> None:
    large = Money(minor=123456789, currency="USD")
    written = [
        plain(Reader(language=language, time_zone="UTC", words=TEXTS.of(language.value)).money(large))
        for language in Language
    ]

    assert written == ["1 234 567,89 $", "$1,234,567.89"]


@pytest.mark.parametrize(
    ("amount", "en", "ru"),
    [
        (Money(minor=4_900, currency="JPY"), "\N{YEN SIGN}4,900", "4 900 \N{YEN SIGN}"),
        (Money(minor=4_905, currency="KWD"), "KWD 4.905", "4,905 KWD"),
    ],
)
def test_a_mail_counts_in_the_units_of_its_currency(amount: Money, en: str, ru: str) -> None:
    mails = {one: rendered(replace(activated(), amount=amount), contact=make_contact(language=one)) for one in Language}

    assert plain(mails[EN].subject) == f"Payment received: A month of films, {en}"
    assert plain(mails[Language.RU].subject) == f"Оплата получена: Месяц кино, {ru}"
    assert [written in plain(mails[one].text) for one, written in ((EN, en), (Language.RU, ru))] == [True, True]
    assert [written in seen(mails[one].html) for one, written in ((EN, en), (Language.RU, ru))] == [True, True]


def test_a_reason_that_is_not_known_yet_reads_as_unknown() -> None:
    words = TEXTS.of("ru")

    assert in_words(words, Why.REFUND, "from_the_future") == words("reason-unknown")


# What others write cannot break out


def test_markup_in_a_title_is_shown_not_obeyed() -> None:
    title = Text(ru="x", en='<b onclick="x">Bold</b> & <script>')
    mail = rendered(activated(title=title), contact=make_contact(language=EN))

    assert title.en in mail.text
    assert "<script>" not in mail.html
    assert "<b " not in mail.html
    assert "&lt;b onclick=&#34;x&#34;&gt;Bold&lt;/b&gt; &amp; &lt;script&gt;" in mail.html


def test_a_template_in_a_title_is_shown_not_run() -> None:
    mail = rendered(activated(title=Text(ru="x", en="{{ 7 * 7 }}{% x %}")), contact=make_contact(language=EN))

    assert "{{ 7 * 7 }}{% x %}" in mail.text
    assert "49" not in mail.subject


def test_line_breaks_and_direction_signs_in_a_title_become_spaces() -> None:
    title = Text(ru="x", en="Films\r\nBcc: all@example.org\N{RIGHT-TO-LEFT OVERRIDE}\x00\N{LINE SEPARATOR}end")
    mail = rendered(activated(title=title), contact=make_contact(language=EN))

    assert plain(mail.subject) == "Payment received: Films Bcc: all@example.org end, RUB 399.00"
    assert mail.subject.splitlines() == [mail.subject]
    assert "\nBcc" not in mail.text


def test_a_subject_has_an_end() -> None:
    mail = rendered(activated(title=Text(ru="x", en="film " * 2_000)), contact=make_contact(language=EN))

    assert len(mail.subject) == SUBJECT_MAX


# The sandbox


def run(template: str, **given: str) -> Rendered:
    loader = DictLoader(
        {
            "welcome.en.jinja": template,
            "subject.jinja": "",
            "text.en.jinja": "",
            "html.en.jinja": "",
        }
    )
    inputs: Values = {**given}
    return Renderer(loader=loader).render(kind=MessageKind.WELCOME, language=EN, values=inputs)


@pytest.mark.parametrize(
    "template",
    [
        "{{ login.__class__.__mro__ }}",
        "{{ ''.__class__ }}",
        "{{ login.format.__globals__ }}",
        "{{ '{0.__class__.__mro__}'.format(login) }}",
        "{{ login['__class__'] }}",
        "{{ (login|attr('__class__')).x }}",
        "{{ range(3) }}",
        "{{ lipsum() }}",
        "{{ namespace() }}",
        "{{ unknown }}",
        "{{ self.__init__ }}",
        "{% include 'elsewhere.jinja' %}",
        "{% include '../settings.py' %}",
        "{% set x = [] %}{{ x.append(1) }}",
    ],
)
def test_a_template_says_things_and_does_nothing(template: str) -> None:
    with pytest.raises((SecurityError, UndefinedError, TemplateError)):
        run(template, login="viewer")


def test_the_sandbox_lets_ordinary_templates_pass() -> None:
    mail = run("Hello {{ login|upper }}", login="viewer")

    assert (mail.subject, mail.text, mail.html) == ("Hello VIEWER", "Hello VIEWER", "Hello VIEWER")


def test_templates_of_ours_stay_in_their_folder() -> None:
    with pytest.raises(TemplateError):
        Renderer()._html.get_template("../settings.py")  # noqa: SLF001 - the loader itself is asked


def test_values_are_plain_and_carry_nothing_along() -> None:
    for event in samples():
        given = values(event, contact=make_contact(), words=TEXTS.of("ru"), site=SITE, occurred_at=NOON)
        leaves = [leaf for one in given.values() for leaf in (one.values() if isinstance(one, dict) else (one,))]

        assert {type(leaf) for leaf in leaves} <= {str, bool, type(None)}
