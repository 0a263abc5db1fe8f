"""Sets text in our own capitals: measures, breaks into lines, draws."""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from cinema.catalog.posters.glyphs import GLYPHS, KERNING, MARKS, TWINS
from cinema.catalog.posters.shapes import number

CAPITAL = 100.0
LEADING = 1.48
"""From line to line, in capitals: room for a breve above and a tail below."""
ACCENT_RISE, TAIL_FALL = 42.0, 24.0
"""How far the tallest accent and the longest tail leave the line, in hundredths of a capital."""
BELOW = frozenset("\u0327\u0328")
ABOVE = frozenset(MARKS) - BELOW
HANGING = BELOW | {sign for sign, glyph in GLYPHS.items() if glyph.tail}

STEP = re.compile(r"([MLHVACQZ])|(-?[\d.]+)")
ARGUMENTS = {"M": 2, "L": 2, "H": 1, "V": 1, "A": 7, "C": 6, "Q": 4, "Z": 0}


@dataclass(frozen=True, slots=True, kw_only=True)
class Hand:
    """How letters are drawn: ``weight`` of the stroke and ``spacing`` between letters, in hundredths of a capital."""

    weight: float
    spacing: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """Lines of text at the scale that fills their room; ``height`` runs from the first top to the last foot."""

    lines: tuple[str, ...]
    scale: float
    width: float
    height: float
    hand: Hand


def can_set(text: str) -> bool:
    """Whether each character of ``text`` can be drawn."""
    return all(character in GLYPHS or character in MARKS for character in spelled(text))


def spelled(text: str) -> str:
    """``text`` in capitals, in the characters that we have: accents after their letters, twins replaced."""
    capitals = " ".join(text.upper().split())
    return "".join(TWINS.get(character, character) for character in unicodedata.normalize("NFD", capitals))


def measure(text: str, hand: Hand) -> float:
    """The width of spelled ``text`` from edge to edge, in units of the glyphs."""
    return _measure(text, hand.weight, hand.spacing)


@lru_cache(maxsize=4_096)
def _measure(text: str, weight: float, spacing: float) -> float:
    letters = [GLYPHS[character] for character in text if character in GLYPHS]
    if not letters:
        return 0
    inside = sum(letter.width + letter.left + letter.right + weight + spacing for letter in letters)
    base = "".join(character for character in text if character in GLYPHS)
    inside += sum(kern(before, after) for before, after in pairwise(base))
    return inside - spacing - letters[0].left - letters[-1].right


@lru_cache(maxsize=4_096)
def kern(before: str, after: str) -> float:
    """What the space between two letters needs beyond the usual."""
    return next((move for firsts, seconds, move in KERNING if before in firsts and after in seconds), 0.0)


def fitted(text: str, *, hand: Hand, width: float, height: float, capital_max: float, lines_max: int) -> Block:
    """Breaks ``text`` so that it can be largest in the room given.

    A word is never broken: a long one makes the letters smaller. Capitals are at
    most ``capital_max`` units high, lines at most ``lines_max``.
    """
    words = spelled(text).split() or [""]
    best: Block | None = None
    for count in range(1, min(len(words), lines_max) + 1):
        lines = balanced(words, count, hand)
        widest = max(measure(line, hand) for line in lines) or 1
        tall = CAPITAL * (1 + LEADING * (len(lines) - 1)) + hand.weight
        scale = min(width / widest, height / tall, capital_max / CAPITAL)
        if best is None or scale > best.scale * 1.04:
            best = Block(lines=tuple(lines), scale=scale, width=widest * scale, height=tall * scale, hand=hand)
    assert best is not None
    return best


def balanced(words: Sequence[str], count: int, hand: Hand) -> list[str]:
    """``words`` in ``count`` lines whose longest is as short as can be."""
    begins_at, ends_at = places(words, hand)
    ends: list[list[float]] = [[0.0] + [float("inf")] * len(words)]
    breaks: list[list[int]] = [[0] * (len(words) + 1)]
    for line in range(1, count + 1):
        row, origin = [float("inf")] * (len(words) + 1), [0] * (len(words) + 1)
        for end in range(line, len(words) + 1):
            for begin in range(line - 1, end):
                cost = max(ends[line - 1][begin], ends_at[end - 1] - begins_at[begin])
                if cost < row[end]:
                    row[end], origin[end] = cost, begin
        ends.append(row)
        breaks.append(origin)
    lines, end = [], len(words)
    for line in range(count, 0, -1):
        begin = breaks[line][end]
        lines.append(" ".join(words[begin:end]))
        end = begin
    return lines[::-1]


def places(words: Sequence[str], hand: Hand) -> tuple[list[float], list[float]]:
    """Where each word begins and ends when all stand in one line."""
    begins, ends, at = list[float](), list[float](), 0.0
    for word, after in zip(words, [*words[1:], ""], strict=True):
        begins.append(at)
        ends.append(at + measure(word, hand))
        at += measure(f"{word} {after}", hand) - measure(after, hand) if after else 0
    return begins, ends


def overhang(block: Block) -> tuple[float, float]:
    """How far accents of the first line stand above the block, and tails of the last below it."""
    rise = ACCENT_RISE + block.hand.weight if any(mark in block.lines[0] for mark in ABOVE) else 0
    fall = TAIL_FALL + block.hand.weight / 2 if any(sign in HANGING for sign in block.lines[-1]) else 0
    return rise * block.scale, fall * block.scale


def drawn(block: Block, *, x: float, y: float, align: float, colour: str, mark: str) -> str:
    """The block with its top at ``y``; ``align`` is 0 when ``x`` is its left edge, 0.5 its middle, 1 its right edge."""
    weight = block.hand.weight
    body, tails, cuts = "", "", ""
    for index, line in enumerate(block.lines):
        width = measure(line, block.hand)
        left = -width * align + weight / 2
        top = weight / 2 + index * CAPITAL * LEADING
        for path, is_cut in strokes(line, block.hand, left=left, top=top):
            if is_cut:
                body += path
            else:
                tails += path
        edge = number(top - weight / 2)
        size = f'width="{number(width + 120)}" height="{number(CAPITAL + weight)}"'
        cuts += f'<rect x="{number(left - 60)}" y="{edge}" {size}/>'
    place = f'transform="translate({number(x)} {number(y)}) scale({block.scale:.4f})"'
    style = f'fill="none" stroke="{colour}" stroke-width="{number(weight)}" stroke-miterlimit="12"'
    clip = f'<clipPath id="{mark}">{cuts}</clipPath><path clip-path="url(#{mark})" d="{body}"/>'
    return f"<g {place} {style}>{clip}" + (f'<path d="{tails}"/>' if tails else "") + "</g>"


def strokes(line: str, hand: Hand, *, left: float, top: float) -> Iterator[tuple[str, bool]]:
    """Each path of a line, moved to its place, and whether it is cut at the borders."""
    at, middle, before = left, left, ""
    for character in line:
        if character in MARKS:
            lift = 0 if character in BELOW else -hand.weight * 0.45
            yield moved(MARKS[character], middle, top + lift), False
            continue
        glyph = GLYPHS[character]
        at += glyph.left + kern(before, character) if before else 0
        before = character
        middle = at + glyph.width / 2
        if glyph.body:
            yield moved(glyph.body, at, top), True
        if glyph.tail:
            yield moved(glyph.tail, at, top), False
        for x, y in glyph.dots:
            yield f"M{number(at + x - hand.weight / 2)} {number(top + y)}h{number(hand.weight)}", False
        at += glyph.width + glyph.right + hand.weight + hand.spacing


@lru_cache(maxsize=1_024)
def steps_of(path: str) -> tuple[tuple[str, tuple[float, ...]], ...]:
    """A glyph's path, taken apart: commands with their numbers."""
    steps: list[tuple[str, tuple[float, ...]]] = []
    command, numbers = "", list[float]()
    for letter, digits in STEP.findall(path):
        if letter:
            command, numbers = letter, []
        else:
            numbers.append(float(digits))
        if len(numbers) == ARGUMENTS[command]:
            steps.append((command, tuple(numbers)))
            numbers = []
    return tuple(steps)


def moved(path: str, dx: float, dy: float) -> str:
    """A glyph's path at another place."""
    result = ""
    for command, numbers in steps_of(path):
        if command == "H":
            shifted = [numbers[0] + dx]
        elif command == "V":
            shifted = [numbers[0] + dy]
        elif command == "A":
            shifted = [*numbers[:5], numbers[5] + dx, numbers[6] + dy]
        else:
            shifted = [value + (dy if index % 2 else dx) for index, value in enumerate(numbers)]
        result += command + " ".join(number(value) for value in shifted)
    return result
