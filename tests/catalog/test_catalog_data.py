"""The demo catalogue: every film and person in ``src/cinema/catalog/data``, held to the rules of its README."""

import json
import re
from collections import Counter
from collections.abc import Iterator
from importlib.resources import files
from typing import Any

import pytest

FILMS_MIN = 120
FILM_KEYS = {
    *("slug", "title", "year", "countries", "languages", "minutes", "colour", "silent", "age_rating", "genres"),
    *("directors", "writers", "actors", "description", "public_domain"),
}
GENRES = {
    *("drama", "comedy", "melodrama", "adventure", "science-fiction", "fantasy", "horror", "crime", "mystery"),
    *("thriller", "war", "western", "historical", "romance", "documentary", "animation", "short", "family"),
    *("musical", "action", "film-noir", "experimental"),
}
AGE_RATINGS = {"0+", "6+", "12+", "16+", "18+"}
REASONS = {
    "US: copyright not renewed",
    "US: published without a copyright notice",
    "US: published without a valid copyright notice",
    "US: copyright notice misdated, not renewed in time",
    "US: work of the federal government",
}
DESCRIPTION_LENGTHS = range(200, 451)
SENTENCES = range(2, 6)
SHORT_MINUTES = range(1, 40)
MINUTES = range(1, 601)
FREE_BY_AGE_YEARS = range(1895, 1931)
"""Years whose films are free because 95 years have passed."""

SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
LATIN = re.compile(r"[A-Za-z]+")
LATIN_ALLOWED = re.compile(r"[IVXLC]+|Z")
"""Roman numerals, and the letter that Zorro leaves behind."""
CYRILLIC = re.compile(r"[\u0400-\u04ff]")
SENTENCE_END = re.compile(r"[.!?…]+(?=[\s»']|$)")

Entry = dict[str, Any]


def read(prefix: str) -> dict[str, list[Entry]]:
    """Each file of the folder whose name begins with ``prefix``, by its name."""
    folder = files("cinema.catalog") / "data"
    names = sorted(path.name for path in folder.iterdir() if path.name.startswith(prefix))
    return {name: json.loads((folder / name).read_text(encoding="utf-8")) for name in names}


FILM_FILES = read("films_")
PERSON_FILES = read("persons_")
FILMS = [film for films in FILM_FILES.values() for film in films]
PERSONS = [person for persons in PERSON_FILES.values() for person in persons]


def named_persons(film: Entry) -> set[str]:
    return {*film["directors"], *film["writers"], *(actor["person"] for actor in film["actors"])}


def texts(film: Entry, language: str) -> Iterator[str]:
    yield film["title"][language]
    yield film["description"][language]
    yield from (actor["role"][language] for actor in film["actors"] if actor["role"])


def script_problems(film: Entry) -> Iterator[str]:
    for text in texts(film, "ru"):
        if not CYRILLIC.search(text):
            yield f"no Russian in {text!r}"
        if any(not LATIN_ALLOWED.fullmatch(word) for word in LATIN.findall(text)):
            yield f"Latin letters in {text!r}"
    for text in texts(film, "en"):
        if CYRILLIC.search(text):
            yield f"Cyrillic letters in {text!r}"


def text_problems(film: Entry) -> Iterator[str]:
    for text in [*texts(film, "ru"), *texts(film, "en"), film["title"]["original"]]:
        if not text or text != " ".join(text.split()):
            yield f"stray spaces in {text!r}"
    for language, description in film["description"].items():
        if len(description) not in DESCRIPTION_LENGTHS:
            yield f"description of {len(description)} characters in {language}"
        if len(SENTENCE_END.findall(description)) not in SENTENCES:
            yield f"number of sentences in {language}"


def fact_problems(film: Entry) -> list[str]:
    rules = {
        "slug": SLUG.fullmatch(film["slug"]),
        "countries": film["countries"] and all(re.fullmatch("[A-Z]{2}", country) for country in film["countries"]),
        "languages": all(re.fullmatch("[a-z]{2}", language) for language in film["languages"]),
        "a silent film has no spoken language, a sound film has one": film["silent"] != bool(film["languages"]),
        "colour and silent are booleans": type(film["colour"]) is type(film["silent"]) is bool,
        "minutes": type(film["minutes"]) is int and film["minutes"] in MINUTES,
        "age rating": film["age_rating"] in AGE_RATINGS,
        "genres": film["genres"] and set(film["genres"]) <= GENRES,
        "short means under 40 minutes": ("short" in film["genres"]) == (film["minutes"] in SHORT_MINUTES),
        "no director": film["directors"],
    }
    return [rule for rule, holds in rules.items() if not holds]


def list_problems(film: Entry) -> Iterator[str]:
    actors = [actor["person"] for actor in film["actors"]]
    for name in ("countries", "languages", "genres", "directors", "writers"):
        if len(film[name]) != len(set(film[name])):
            yield f"{name} repeats itself"
    if len(actors) != len(set(actors)):
        yield "actors repeats itself"


def public_domain_problems(film: Entry) -> Iterator[str]:
    by_age = f"US: published {film['year']}, more than 95 years ago"
    if film["year"] in FREE_BY_AGE_YEARS:
        if film["public_domain"] != by_age:
            yield "an old film is free by its age"
    elif film["public_domain"] not in REASONS:
        yield "a later film needs a named reason"


def shape_problems(film: Entry) -> Iterator[str]:
    if set(film) - {"prices"} != FILM_KEYS:
        yield f"fields {sorted((set(film) - {'prices'}) ^ FILM_KEYS)}"
        return
    if set(film["title"]) != {"ru", "en", "original"} or set(film["description"]) != {"ru", "en"}:
        yield "languages of title or description"
    for actor in film["actors"]:
        if set(actor) != {"person", "role"} or (actor["role"] is not None and set(actor["role"]) != {"ru", "en"}):
            yield f"shape of the role of {actor['person']}"


def problems(film: Entry) -> list[str]:
    """What is wrong with one film, in words; an empty list when nothing is."""
    return list(shape_problems(film)) or [
        *script_problems(film),
        *text_problems(film),
        *fact_problems(film),
        *list_problems(film),
        *public_domain_problems(film),
    ]


def years_of(name: str) -> range:
    """The years that a file's name promises: ``films_1895_1925.json`` or ``films_1926_on.json``."""
    first, last = name.removesuffix(".json").split("_")[1:]
    return range(int(first), 10_000 if last == "on" else int(last) + 1)


def repeated(values: list[Any]) -> list[Any]:
    return sorted(value for value, count in Counter(values).items() if count > 1)


def is_well_named(person: Entry) -> bool:
    if set(person) != {"slug", "name"} or set(person["name"]) != {"ru", "en"}:
        return False
    russian, english = person["name"]["ru"], person["name"]["en"]
    return (
        bool(SLUG.fullmatch(person["slug"]))
        and bool(CYRILLIC.search(russian))
        and not LATIN.search(russian)
        and not CYRILLIC.search(english)
        and [russian, english] == [" ".join(russian.split()), " ".join(english.split())]
    )


def merged_names(persons: list[Entry]) -> dict[str, set[tuple[str, str]]]:
    names: dict[str, set[tuple[str, str]]] = {}
    for person in persons:
        names.setdefault(person["slug"], set()).add((person["name"]["ru"], person["name"]["en"]))
    return names


def test_the_catalogue_has_the_films_that_the_demo_needs() -> None:
    assert len(FILMS) >= FILMS_MIN


@pytest.mark.parametrize("film", FILMS, ids=lambda film: film["slug"])
def test_a_film_keeps_every_rule(film: Entry) -> None:
    assert problems(film) == []


def test_no_film_stands_twice() -> None:
    assert repeated([film["slug"] for film in FILMS]) == []
    assert repeated([(film["title"]["ru"], film["year"]) for film in FILMS]) == []
    assert repeated([(film["title"]["en"], film["year"]) for film in FILMS]) == []
    assert repeated([(film["title"]["original"], film["year"]) for film in FILMS]) == []


@pytest.mark.parametrize("name", FILM_FILES)
def test_a_file_holds_the_years_of_its_name(name: str) -> None:
    strays = [film["slug"] for film in FILM_FILES[name] if film["year"] not in years_of(name)]

    assert strays == []


@pytest.mark.parametrize("name", FILM_FILES)
def test_a_person_file_names_exactly_those_whom_its_films_name(name: str) -> None:
    named = set().union(*(named_persons(film) for film in FILM_FILES[name]))
    listed = [person["slug"] for person in PERSON_FILES[name.replace("films_", "persons_")]]

    assert repeated(listed) == []
    assert set(listed) == named


def test_a_person_has_one_slug_and_one_name_in_each_language() -> None:
    names = merged_names(PERSONS)
    spelt_differently = {slug: spellings for slug, spellings in names.items() if len(spellings) > 1}
    russian = [ru for spellings in names.values() for ru in {ru for ru, _ in spellings}]
    english = [en for spellings in names.values() for en in {en for _, en in spellings}]

    assert spelt_differently == {}
    assert repeated(russian) == []
    assert repeated(english) == []


def test_every_person_is_named_in_both_languages() -> None:
    misnamed = [person for person in PERSONS if not is_well_named(person)]

    assert misnamed == []


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"slug": "A Trip"}, "slug"),
        ({"year": 1931}, "a later film needs a named reason"),
        ({"public_domain": "US: copyright not renewed"}, "an old film is free by its age"),
        ({"countries": ["France"]}, "countries"),
        ({"languages": ["fr"]}, "a silent film has no spoken language, a sound film has one"),
        ({"minutes": 0, "genres": ["comedy"]}, "minutes"),
        ({"minutes": 40}, "short means under 40 minutes"),
        ({"colour": None}, "colour and silent are booleans"),
        ({"age_rating": "13+"}, "age rating"),
        ({"genres": ["short", "parody"]}, "genres"),
        ({"genres": ["short", "comedy", "short"]}, "genres repeats itself"),
        ({"directors": []}, "no director"),
        ({"actors": [{"person": "georges-melies"}]}, "shape of the role of georges-melies"),
        ({"title": {"ru": "Trip", "en": "Trip", "original": "Trip"}}, "no Russian in 'Trip'"),
        ({"title": {"ru": "Полёт Trip", "en": "Trip", "original": "Trip"}}, "Latin letters in 'Полёт Trip'"),
        ({"title": {"ru": "Полёт", "en": "Полёт", "original": "Trip"}}, "Cyrillic letters in 'Полёт'"),
        ({"title": {"ru": "Полёт", "en": "Trip ", "original": "Trip"}}, "stray spaces in 'Trip '"),
        ({"description": {"ru": "Мало.", "en": "Little."}}, "description of 5 characters in ru"),
        ({"description": {"ru": "Пустота " * 30, "en": "Void " * 45}}, "number of sentences in en"),
        ({"description": {"ru": "Мало."}}, "languages of title or description"),
        ({"rating": 10}, "fields ['rating']"),
    ],
)
def test_the_check_finds_a_planted_fault(change: Entry, problem: str) -> None:
    sound = next(film for film in FILMS if film["slug"] == "a-trip-to-the-moon")

    found = problems(sound | change)

    assert problem in found


@pytest.mark.parametrize(
    "person",
    [
        {"slug": "max-linder", "name": {"ru": "Макс Линдер"}},
        {"slug": "Max Linder", "name": {"ru": "Макс Линдер", "en": "Max Linder"}},
        {"slug": "max-linder", "name": {"ru": "Макс Linder", "en": "Max Linder"}},
        {"slug": "max-linder", "name": {"ru": "Макс Линдер", "en": "Макс Линдер"}},
        {"slug": "max-linder", "name": {"ru": "Макс  Линдер", "en": "Max Linder"}},
    ],
)
def test_the_check_of_persons_finds_a_planted_fault(person: Entry) -> None:
    assert not is_well_named(person)


def test_the_search_for_repetitions_finds_a_planted_one() -> None:
    assert repeated(["the-kid", "nosferatu", "the-kid"]) == ["the-kid"]
