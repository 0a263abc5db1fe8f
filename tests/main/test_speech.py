"""Every problem and every mistake has its sentence in both languages, and who asks is answered in theirs."""

from collections.abc import AsyncIterator, Mapping
from typing import Annotated, Any
from uuid import UUID

import httpx2
import pytest
from fastapi import APIRouter
from pydantic import Field, SecretStr

import cinema.web.app
import cinema.web.forms
from cinema.kit.app import build_app
from cinema.kit.auth import Actor
from cinema.kit.clock import ManualClock
from cinema.kit.errors import Conflict, TokenInvalid, TooMany, Trouble, Unauthenticated, codes
from cinema.kit.http import Strict
from cinema.kit.mistakes import LIMITS, NEEDED, UNLIMITED, Mistake, MistakeCode
from cinema.kit.module import Module
from cinema.kit.refusing import refuses
from cinema.kit.sentences import key
from cinema.kit.texts import Texts, variables
from cinema.main.reference import SPEAKING
from cinema.main.reference.samples import sample
from cinema.main.speech import Spoken
from cinema.main.website import LOCALE

PAGES = ("cinema.web.",)
"""Whose refusals only people on pages meet."""

CODES = codes((*SPEAKING, *PAGES))
SPOKEN = Spoken(Texts(LOCALE))
NO_CODE = "problem-unknown"
"""What a page says where it has nothing better."""


def catalogue(language: str) -> dict[str, frozenset[str]]:
    return variables((LOCALE / language / "problems.ftl").read_text(encoding="utf-8"))


def sayings(kind: type[Trouble]) -> tuple[str, ...]:
    return ("", *vars(kind).get("sayings", ()))


def test_every_code_has_a_sentence_and_every_sentence_a_code() -> None:
    problems = {key(code, says) for code, kind in CODES.items() for says in sayings(kind)}
    mistakes = {f"mistake-{code}" for code in MistakeCode}

    assert catalogue("ru").keys() == catalogue("en").keys() == problems | mistakes | {NO_CODE}
    assert {cinema.web.app.PageNotFound.code, cinema.web.forms.FormUnreadable.code} <= CODES.keys()


def test_both_languages_tell_the_same_facts() -> None:
    assert catalogue("ru") == catalogue("en")


@pytest.mark.parametrize("language", ["ru", "en"])
@pytest.mark.parametrize(("kind", "says"), [(kind, says) for kind in CODES.values() for says in sayings(kind)])
def test_a_sentence_is_said_with_the_members_of_its_problem(language: str, kind: type[Trouble], says: str) -> None:
    sentence = SPOKEN.wanted(language).trouble(sample(kind, says=says))

    assert sentence
    assert "{" not in sentence
    assert sentence.endswith(".")
    assert any("а" <= letter.lower() <= "я" for letter in sentence) is (language == "ru")


def every_mistake() -> list[Mistake]:
    """One of each sentence that a mistake may have."""
    values: dict[MistakeCode, list[Mapping[str, str | int]]] = {
        MistakeCode.UNKNOWN: [{"place": place} for place in ("field", "body", "parameter")],
        MistakeCode.WRONG_TYPE: [{"needed": needed} for needed in sorted({*NEEDED.values()})],
        MistakeCode.NOT_ONE_OF: [{"expected": "a, b"}],
    }
    for code, (name, _) in LIMITS.items():
        values[code] = [{name: limit, "of": of} for limit in (5, UNLIMITED) for of in ("characters", "items")]
    return [Mistake(code=code, place={}, values=one) for code in MistakeCode for one in values.get(code, [{}])]


def test_every_mistake_is_said_in_both_languages() -> None:
    said = [(SPOKEN.wanted("ru").mistake(one), SPOKEN.wanted("en").mistake(one)) for one in every_mistake()]

    assert all(ru.endswith(".") and en.endswith(".") and ru != en for ru, en in said)
    assert not any("{" in ru + en for ru, en in said)
    assert len({en for _, en in said}) == 30


def test_sums_waits_and_moments_are_said_as_people_write_them() -> None:
    ru, en = SPOKEN.wanted("ru"), SPOKEN.wanted("en")

    def said(code: str) -> tuple[str, str]:
        return ru.trouble(sample(CODES[code])), en.trouble(sample(CODES[code]))

    assert said("refund-too-large") == (
        "Это больше, чем осталось от платежа: вернуть можно не больше 399,00\N{NO-BREAK SPACE}₽.",
        "This is more than is left of the payment: at most RUB\N{NO-BREAK SPACE}399.00 can be returned.",
    )
    assert said("too-many-requests") == (
        "Слишком много запросов. Попробуйте снова через 40\N{NO-BREAK SPACE}секунд.",
        "Too many requests. Try again in 40\N{NO-BREAK SPACE}seconds.",
    )
    assert "31 января 2026 г. в 15:00 (GMT+3)" in said("film-rented")[0]
    assert "31 January 2026 at 12:00 (GMT)" in said("film-rented")[1]


def test_a_problem_that_lacks_a_fact_is_told_in_the_words_of_the_code_and_seen() -> None:
    found = CODES["refund-changed"]

    with pytest.warns(UserWarning, match="refund-changed cannot be said"):
        assert SPOKEN.wanted("ru").trouble(found()).startswith("What you would get back has changed")


class Sold(Conflict):
    """It is sold."""

    code = "test-speech-sold"


class Wish(Strict):
    text: Annotated[str, Field(min_length=1, max_length=10)] = "x"
    secret: Annotated[SecretStr, Field(min_length=1, max_length=3)] = SecretStr("42")
    friend: UUID | None = None


class Nobody:
    async def actor(self, token: str) -> Actor:
        raise TokenInvalid(token)


def routes() -> APIRouter:
    router = APIRouter(prefix="/v1")

    @router.post("/wishes", name="wishes.create", responses=refuses(text=TooMany))
    async def wish(body: Wish) -> None:
        if body.text == "often":
            raise TooMany(retry_after_s=61)
        if body.text == "twice":
            raise Unauthenticated(says="one-proof")
        if body.text == "crash":
            raise RuntimeError("the secret is 42")

    @router.get("/sold")
    async def sold() -> None:
        raise Sold

    return router


@pytest.fixture
async def client(clock: ManualClock) -> AsyncIterator[httpx2.AsyncClient]:
    module = Module(name="echo", routes=(routes(),))
    app = build_app(modules=(module,), authenticator=Nobody(), clock=clock, languages=SPOKEN)
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app), base_url="http://testserver") as client:
        yield client


def told(answer: httpx2.Response) -> tuple[str, str]:
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["vary"] == "Accept-Language"
    return answer.headers["content-language"], answer.json()["detail"]


@pytest.mark.parametrize(
    ("header", "language"),
    [
        (None, "en"),
        ("", "en"),
        ("*", "en"),
        ("de", "en"),
        ("ru", "ru"),
        ("ru-RU,ru;q=0.9,en;q=0.8", "ru"),
        ("en,ru", "en"),
    ],
)
async def test_a_problem_is_told_in_the_language_of_who_asks(
    client: httpx2.AsyncClient, header: str | None, language: str
) -> None:
    headers = {} if header is None else {"accept-language": header}

    answer = await client.get("/v1/nothing", headers=headers)

    sentence = {"ru": "По этому адресу ничего нет.", "en": "There is nothing at this address."}[language]
    assert told(answer) == (language, sentence)
    assert answer.json()["code"] == "route-not-found"


async def test_the_border_speaks_the_language_of_who_asks(client: httpx2.AsyncClient) -> None:
    too_large = await client.post("/v1/wishes", content=b"x" * 100_001, headers={"accept-language": "ru"})
    crashed = await client.post("/v1/wishes", json={"text": "crash"}, headers={"accept-language": "ru"})

    assert told(too_large) == ("ru", "Тело запроса слишком велико: принимаем до 100000 байт.")
    assert told(crashed)[1].startswith("Это ошибка на нашей стороне")


async def test_what_is_wrong_with_a_field_is_told_in_the_same_language(client: httpx2.AsyncClient) -> None:
    often = await client.post("/v1/wishes", json={"text": "often"}, headers={"accept-language": "ru"})

    sentence = "Слишком много запросов. Попробуйте снова через 2\N{NO-BREAK SPACE}минуты."
    assert told(often) == ("ru", sentence)
    assert often.json()["errors"] == [{"code": "refused", "pointer": "#/text", "detail": sentence}]
    assert often.headers["retry-after"] == "61"


async def test_cases_of_one_code_are_told_apart(client: httpx2.AsyncClient) -> None:
    with pytest.warns(UserWarning, match="does not tell that it refuses by unauthenticated"):
        answer = await client.post("/v1/wishes", json={"text": "twice"}, headers={"accept-language": "ru"})

    assert told(answer) == ("ru", "Пришлите один токен или одну куку.")


async def test_a_code_that_is_not_published_is_told_in_the_words_of_the_code(client: httpx2.AsyncClient) -> None:
    answer = await client.get("/v1/sold", headers={"accept-language": "ru"})

    assert told(answer) == ("ru", "It is sold.")


@pytest.mark.parametrize(
    ("body", "pointer", "en", "ru"),
    [
        (b"[]", "#", "This has to be a JSON object.", "Здесь объект JSON."),
        (b'{"more": 1}', "#/more", "There is no such field.", "Такого поля нет."),
        (
            b'{"text": "far too long a text"}',
            "#/text",
            "This is too long: at most 10 characters.",
            "Слишком длинно: можно не больше 10 знаков.",
        ),
        (
            rb'{"text": "\u0000"}',
            "#/text",
            "This holds a control character or half a character, which cannot be kept.",
            "Здесь управляющий знак или половина знака, так не сохранить.",
        ),
        (b'{"secret": "1234"}', "#/secret", "This is too long: at most 3.", "Слишком много: можно не больше 3."),
        (b'{"secret": ""}', "#/secret", "This is too short: at least 1.", "Слишком мало: нужно не меньше 1."),
        (b'{"friend": "you"}', "#/friend", "This is no UUID.", "Это не UUID."),
    ],
)
async def test_bad_input_is_told_in_plain_words(
    client: httpx2.AsyncClient, body: bytes, pointer: str, en: str, ru: str
) -> None:
    said: dict[str, Any] = {}
    for language in ("en", "ru"):
        headers = {"content-type": "application/json", "accept-language": language}
        answer = await client.post("/v1/wishes", content=body, headers=headers)
        said[language] = [(one["pointer"], one["detail"]) for one in answer.json()["errors"]]

    assert said == {"en": [(pointer, en)], "ru": [(pointer, ru)]}
