import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from itertools import product
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cinema.catalog.domain.sorting import title_key
from cinema.catalog.posters import backdrop, poster
from cinema.catalog.posters.captions import (
    CREDIT_CAPITAL,
    CREDIT_LINES_MAX,
    TITLE_HEIGHT_MAX,
    credit_caption,
    title_caption,
)
from cinema.catalog.posters.compositions import COMPOSITIONS, FALLBACK, GENRE_COMPOSITIONS, GENRE_EMBLEMS
from cinema.catalog.posters.dice import Dice
from cinema.catalog.posters.glyphs import GLYPHS, MARKS
from cinema.catalog.posters.layout import WIDTH, YEAR_ROOM
from cinema.catalog.posters.lettering import Hand, balanced, can_set, measure, spelled, strokes
from cinema.catalog.posters.motifs import PICKED, PICTURES
from cinema.catalog.posters.palettes import GENRE_MOODS, MOODS, contrast
from cinema.catalog.posters.scene import Scene
from cinema.catalog.posters.shapes import number, trimmed
from cinema.contracts.text import Language

DATA = Path(__file__).parents[2] / "src" / "cinema" / "catalog" / "data"
FILMS: list[dict[str, Any]] = [
    film for path in sorted(DATA.glob("films_*.json")) for film in json.loads(path.read_text(encoding="utf-8"))
]
NAMES: dict[str, dict[str, str]] = {
    person["slug"]: person["name"]
    for path in sorted(DATA.glob("persons_*.json"))
    for person in json.loads(path.read_text(encoding="utf-8"))
}
LANGUAGES = ("ru", "en")
POSTER_BYTES_MAX = 13_000
BACKDROP_BYTES_MAX = 16_000
ROOM = 348.0
NEIGHBOURS = 26
"""Among as many films in a row no picture is shown twice: more than a screen of cards."""
CREDIT_SHARE_MIN = 0.03
"""A credit's capital in a poster's width: 6 pixels on a card that is 200 wide."""
HANDS = [Hand(weight=mood.weight, spacing=mood.spacing) for mood in MOODS.values()]
HARD_TITLES = [
    "Ё",
    "",
    "   ",
    "Человек с киноаппаратом",
    "Превысокомногорассмотрительствующий",
    "Необычайные приключения мистера Веста в стране большевиков",
    "Кабинет доктора Калигари, или Сомнамбула, который видел всё и никому ничего не сказал",
    "The Extraordinary Adventures of Mr. West in the Land of the Bolsheviks",
    "W" * 80,
    "Ж " * 80,
    "狂った一頁",
    "狂" * 200,
    "a\x00\x0b\ud800\u200bb",
    "<script>alert('1')</script> & \"quotes\"",
]
ids_of = re.compile(r'\bid="([^"]+)"').findall
uses_of = re.compile(r'(?:url\(#|href="#)([^")]+)').findall
colours_of = re.compile(r'(?:fill|stroke|stop-color)="(#[0-9a-f]{6})"').findall


def make_poster(
    *,
    slug: str = "the-film",
    title: str = "Фильм",
    year: int = 1927,
    genres: tuple[str, ...] = ("drama",),
    directors: tuple[str, ...] = ("Дзига Вертов",),
) -> str:
    return poster(slug=slug, title=title, year=year, genres=genres, directors=directors)


def film_poster(film: dict[str, Any], language: str) -> str:
    return poster(
        slug=film["slug"],
        title=film["title"][language],
        year=film["year"],
        genres=film["genres"],
        directors=[NAMES[person][language] for person in film["directors"]],
    )


def check_svg(svg: str, *, ratio: float) -> None:
    """Well-formed, of the right shape, closed in itself."""
    root = ET.fromstring(svg)  # noqa: S314 (our own text)
    _, _, width, height = (float(side) for side in root.attrib["viewBox"].split())

    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    assert width / height == pytest.approx(ratio)
    assert len(ids_of(svg)) == len(set(ids_of(svg)))
    assert set(uses_of(svg)) <= set(ids_of(svg))
    assert {element.tag.partition("}")[2] for element in root.iter()} <= {
        *("svg", "title", "defs", "g", "path", "rect", "circle", "ellipse", "use", "text"),
        *("pattern", "clipPath", "linearGradient", "stop"),
    }
    assert not re.search(r"\b(nan|inf|e-\d\d)\b", svg.partition("</title>")[2])


# The catalogue


def test_the_catalogue_is_there() -> None:
    assert len(FILMS) >= 120
    assert {genre for film in FILMS for genre in film["genres"]} <= GENRE_MOODS.keys()


def test_every_film_of_the_catalogue_has_a_sound_and_small_poster() -> None:
    posters = [film_poster(film, LANGUAGES[index % 2]) for index, film in enumerate(FILMS)]

    for svg in posters:
        check_svg(svg, ratio=2 / 3)
    assert max(len(svg.encode()) for svg in posters) <= POSTER_BYTES_MAX
    assert len(set(posters)) == len(FILMS)


def test_every_film_of_the_catalogue_has_a_sound_and_small_backdrop() -> None:
    backdrops = [backdrop(slug=film["slug"], title=film["title"]["ru"], genres=film["genres"]) for film in FILMS[::3]]

    for svg in backdrops:
        check_svg(svg, ratio=16 / 9)
    assert max(len(svg.encode()) for svg in backdrops) <= BACKDROP_BYTES_MAX


def test_every_title_and_name_of_the_catalogue_is_set_in_our_own_letters() -> None:
    words = [film["title"][language] for film, language in product(FILMS, LANGUAGES)]
    words += [name[language] for name, language in product(NAMES.values(), LANGUAGES)]

    assert [text for text in words if not can_set(text)] == []


def test_a_picked_picture_exists_and_its_films_too() -> None:
    slugs = [slug for films in PICKED.values() for slug in films.split()]

    assert PICKED.keys() <= COMPOSITIONS.keys()
    assert set(slugs) <= {film["slug"] for film in FILMS}
    assert Counter(slugs).most_common(1)[0][1] == 1


def orders() -> Iterator[list[dict[str, Any]]]:
    """The films in every order that a list may have: by title, oldest, newest, by arrival."""
    for language in Language:
        by_title = sorted(FILMS, key=lambda film: title_key(film["title"][language], language=language))
        yield by_title
        yield sorted(by_title, key=lambda film: film["year"])
        yield sorted(by_title, key=lambda film: -film["year"])
    yield FILMS


def nearest(films: list[dict[str, Any]], pictures: Mapping[str, str]) -> int:
    """How many steps lie between the two nearest films with one picture."""
    seen, steps = dict[str, int](), len(films)
    for place, film in enumerate(films):
        picture = pictures[film["slug"]]
        steps = min(steps, place - seen.get(picture, -len(films)))
        seen[picture] = place
    return steps


def test_each_film_of_the_catalogue_has_a_picture_of_its_own_choice() -> None:
    assert {film["slug"] for film in FILMS} == PICTURES.keys()


def test_no_picture_comes_twice_among_neighbours() -> None:
    assert min(nearest(films, PICTURES) for films in orders()) >= NEIGHBOURS


def test_a_picture_that_comes_too_soon_is_found() -> None:
    row = FILMS[:NEIGHBOURS]
    repeated = {**PICTURES, row[-1]["slug"]: PICTURES[row[0]["slug"]]}

    assert nearest(FILMS, repeated) == NEIGHBOURS - 1


# A poster


def test_the_same_film_gives_the_same_bytes() -> None:
    assert make_poster() == make_poster()
    assert backdrop(slug="x", title="X", genres=["war"]) == backdrop(slug="x", title="X", genres=["war"])


def test_another_language_keeps_the_colours() -> None:
    for film in FILMS[::10]:
        russian, english = (film_poster(film, language) for language in LANGUAGES)

        assert set(colours_of(russian)) == set(colours_of(english))


def test_two_posters_on_one_page_share_no_id() -> None:
    one, two = make_poster(slug="one"), make_poster(slug="two")

    assert set(ids_of(one)).isdisjoint(ids_of(two))
    assert set(ids_of(one)).isdisjoint(ids_of(backdrop(slug="one", title="X", genres=["drama"])))


@pytest.mark.parametrize("title", HARD_TITLES)
def test_no_title_breaks_a_poster(title: str) -> None:
    for slug in ("a", "b", "c", "d"):
        check_svg(make_poster(slug=slug, title=title), ratio=2 / 3)


def test_what_a_title_says_is_escaped() -> None:
    svg = make_poster(title='</title><script>"&狂', directors=("<b>狂</b>",))

    assert "<script" not in svg
    assert "<b>" not in svg
    assert "&lt;/title&gt;&lt;script&gt;&quot;&amp;狂, 1927" in svg


@pytest.mark.parametrize("genres", [(), ("unheard-of",), ("unheard-of", "western"), tuple(GENRE_MOODS)])
def test_any_genres_will_do(genres: tuple[str, ...]) -> None:
    check_svg(make_poster(genres=genres), ratio=2 / 3)


@pytest.mark.parametrize("directors", [(), ("狂",), ("A" * 300,), tuple(f"Режиссёр {number}" for number in range(40))])
def test_any_directors_will_do(directors: tuple[str, ...]) -> None:
    svg = make_poster(directors=directors)

    check_svg(svg, ratio=2 / 3)
    assert credit_caption(directors, width=280).width <= 280


def test_credits_are_of_one_readable_size_however_many_there_are() -> None:
    for film, language in product(FILMS, LANGUAGES):
        names = [NAMES[person][language] for person in film["directors"]]

        caption = credit_caption(names, width=ROOM - YEAR_ROOM)

        assert caption.block is not None
        assert caption.block.scale * 100 / WIDTH >= CREDIT_SHARE_MIN
        assert caption.width <= ROOM - YEAR_ROOM
        assert " ".join(caption.block.lines).replace("· ", "") == " ".join(map(spelled, names))


@pytest.mark.parametrize("names", [["W" * 90], ["狂" * 90], ["Ж Щ" * 30] * 9, ["A", ""], ["", " "], ["Å B"] * 6])
def test_hard_credits_keep_their_size_and_their_room(names: list[str]) -> None:
    caption = credit_caption(names, width=ROOM - YEAR_ROOM)

    assert caption.width <= ROOM - YEAR_ROOM
    if caption.block is None:
        assert caption.height == CREDIT_CAPITAL
    else:
        assert caption.block.scale * 100 == CREDIT_CAPITAL
        assert len(caption.block.lines) <= CREDIT_LINES_MAX


def test_accents_and_tails_count_as_part_of_a_title() -> None:
    hand = HANDS[0]
    plain, tall, deep = (title_caption(title, hand=hand, width=ROOM) for title in ("ОН", "ЙОД", "НОЩЬ"))

    assert (plain.above, plain.below) == (0, 0)
    assert tall.above > tall.height * 0.3
    assert deep.above == 0
    assert deep.below > deep.height * 0.2


# Pictures and colours


@pytest.mark.parametrize("name", sorted(COMPOSITIONS))
@pytest.mark.parametrize(
    "size", [(400.0, 600.0, 350.0), (348.0, 380.0, 353.0), (400.0, 200.0, 140.0), (1600.0, 900.0, 774.0)]
)
def test_a_picture_can_be_drawn_in_any_size(name: str, size: tuple[float, float, float]) -> None:
    width, height, floor = size
    dice = Dice(name)
    scene = Scene(
        width=width,
        height=height,
        floor=floor,
        x=width / 2,
        y=floor / 2,
        reach=floor * 0.32,
        palette=dice.pick(MOODS["dream"].palettes),
        dice=dice,
        mark="m",
    )

    drawn = COMPOSITIONS[name](scene)

    check_svg(
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}">{drawn}</svg>', ratio=width / height
    )
    assert len(drawn) < POSTER_BYTES_MAX


def test_each_picture_is_somebodys() -> None:
    offered = {picture for pictures in (*GENRE_COMPOSITIONS.values(), FALLBACK) for picture in pictures}

    assert GENRE_COMPOSITIONS.keys() == GENRE_MOODS.keys()
    assert {name for name, picture in COMPOSITIONS.items() if picture not in offered} <= PICKED.keys()
    assert len(COMPOSITIONS) >= 40


def test_each_genre_has_emblems_of_its_own() -> None:
    assert GENRE_EMBLEMS.keys() == GENRE_MOODS.keys() - {"short"}
    assert {name for names in GENRE_EMBLEMS.values() for name in names.split()} <= COMPOSITIONS.keys()


def test_lettering_stands_out_in_every_palette() -> None:
    for mood in MOODS.values():
        for palette in mood.palettes:
            assert contrast(palette.deep, palette.light) >= 7  # WCAG 2.2, 1.4.6
            assert contrast(palette.deep, palette.sky) >= 1.5
            assert contrast(palette.bold, palette.light) >= 1.9


def test_contrast_is_that_of_the_standard() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)
    assert contrast("#123456", "#123456") == 1


# Lettering


@pytest.mark.parametrize("hand", HANDS, ids=lambda hand: f"{hand.weight}")
@pytest.mark.parametrize("title", HARD_TITLES)
def test_a_title_stays_in_its_room(title: str, hand: Hand) -> None:
    caption = title_caption(title, hand=hand, width=ROOM)

    assert caption.width <= ROOM + 0.01
    assert caption.height <= TITLE_HEIGHT_MAX + 0.01


@settings(max_examples=60, deadline=None)
@given(st.text(alphabet="абвёйщжАWMil1 -.,!«»éÅ", max_size=200), st.sampled_from(HANDS))
def test_no_text_leaves_its_room(text: str, hand: Hand) -> None:
    caption = title_caption(text, hand=hand, width=ROOM)

    assert caption.block is not None
    assert caption.width <= ROOM + 0.01
    assert caption.height <= TITLE_HEIGHT_MAX + 0.01
    assert all(measure(line, hand) * caption.block.scale <= ROOM + 0.01 for line in caption.block.lines)
    assert " ".join(caption.block.lines) == spelled(caption.text)


@pytest.mark.parametrize("text", ["ПОДЪЁМ", "ЩУКА", "WAVE", "QUAI", "ÅNGSTRÖM", "Ж", "ТА", "LA TV", "10 № 7", "(ААА)"])
@pytest.mark.parametrize("hand", HANDS, ids=lambda hand: f"{hand.weight}")
def test_letters_stand_inside_the_width_that_is_measured(text: str, hand: Hand) -> None:
    line = spelled(text)
    width = measure(line, hand)
    paths = list(strokes(line, hand, left=hand.weight / 2, top=0))

    for path, _ in paths:
        begins = [float(x) for x in re.findall(r"M(-?[\d.]+)", path)]
        assert min(begins) >= -30
        assert max(begins) <= width + 30
    assert len(paths) >= len(line.replace(" ", ""))


def test_lines_are_balanced_and_keep_every_word() -> None:
    hand = Hand(weight=12, spacing=20)
    words = spelled("Необычайные приключения мистера Веста в стране большевиков").split()

    for count in range(1, len(words) + 1):
        lines = balanced(words, count, hand)

        assert len(lines) == count
        assert " ".join(lines).split() == words
    assert balanced(["A", "B", "C", "D"], 2, hand) == ["A B", "C D"]


def test_every_letter_of_both_alphabets_can_be_set() -> None:
    assert can_set("абвгдеёжзийклмнопрстуфхцчшщъыьэюя")
    assert can_set("abcdefghijklmnopqrstuvwxyz 0123456789")
    assert can_set("„“”’‘—–…№«»()!?.,:;-&/+· ÀÉÎÕÜÇŠŁØÆŒß")
    assert not can_set("狂")


def test_accents_are_drawn_apart_from_their_letters() -> None:
    assert spelled("ёй") == "E\u0308И\u0306"
    assert set("\u0308\u0306") <= MARKS.keys()
    assert all(glyph.width >= 0 for glyph in GLYPHS.values())


# Small tools


def test_dice_depend_on_their_seed_alone() -> None:
    first, again, other = Dice("a"), Dice("a"), Dice("b")

    thrown = [first.whole(1, 6) for _ in range(600)]

    assert thrown == [again.whole(1, 6) for _ in range(600)]
    assert thrown != [other.whole(1, 6) for _ in range(600)]
    assert min(Counter(thrown).values()) > 60
    assert set(thrown) == {1, 2, 3, 4, 5, 6}


@pytest.mark.parametrize(
    ("value", "text"),
    [(0, "0"), (-0.04, "0"), (10.0, "10"), (1.25, "1.2"), (-3.449, "-3.4"), (1e-9, "0"), (1600, "1600")],
)
def test_a_coordinate_is_written_short(value: float, text: str) -> None:
    assert number(value) == text


def test_a_path_is_written_short() -> None:
    assert trimmed("M1.25001 -0.0001L1e-15 20H3.0") == "M1.3 0L0 20H3"
