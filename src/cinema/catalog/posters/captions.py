"""A poster's words: its title, its directors, its year."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from textwrap import shorten

from cinema.catalog.posters.lettering import (
    CAPITAL,
    LEADING,
    Block,
    Hand,
    can_set,
    drawn,
    fitted,
    measure,
    overhang,
    spelled,
)
from cinema.catalog.posters.shapes import number

TITLE_HEIGHT_MAX = 168.0
TITLE_LENGTH_MAX = 160
TITLE_CAPITAL_MAX = 58.0
TITLE_LINES_MAX = 7
CREDITS_MAX = 5
CREDIT_LINES_MAX = 3
CREDIT_CAPITAL = 12.0
"""Each name is this high: 3 in 100 of a poster's width, 6 pixels on a card that is 200 wide."""
SEPARATOR = " · "
CREDIT_HAND = Hand(weight=13, spacing=34)

FONTS = "'Avenir Next','Century Gothic','Segoe UI',Roboto,'Noto Sans','Noto Sans CJK JP',sans-serif"
FONT_CAPITAL = 0.72
"""A capital's height in ems, about the same in every sans serif."""
FONT_WIDTH_MAX = 1.0
"""No letter of those fonts is wider than an em, that of a Chinese character."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Caption:
    """Words at their size: a block of our own letters or, for scripts that we do not draw, one line of a font."""

    text: str
    block: Block | None
    width: float
    height: float

    @property
    def above(self) -> float:
        """How far the first line's accents stand out over the top."""
        return overhang(self.block)[0] if self.block is not None else 0

    @property
    def below(self) -> float:
        """How far the last line's tails hang under the foot."""
        return overhang(self.block)[1] if self.block is not None else 0

    def draw(self, *, x: float, y: float, align: float, colour: str, mark: str) -> str:
        """The words, their top at ``y``; ``align`` says what of them is at ``x``: 0 left, 0.5 middle, 1 right."""
        if self.block is not None:
            return drawn(self.block, x=x, y=y, align=align, colour=colour, mark=mark)
        anchor = {0.0: "start", 0.5: "middle", 1.0: "end"}[align]
        size = f'font-size="{number(self.height / FONT_CAPITAL)}" font-weight="700" font-family="{FONTS}"'
        place = f'x="{number(x)}" y="{number(y + self.height)}" text-anchor="{anchor}"'
        return f'<text {place} fill="{colour}" {size}>{escape(self.text)}</text>'


def title_caption(title: str, *, hand: Hand, width: float) -> Caption:
    """The title as large as its room allows, in as many lines as that takes."""
    name = shorten(printable(title), TITLE_LENGTH_MAX, placeholder="…")
    return caption(name, hand, width, height=TITLE_HEIGHT_MAX, capital_max=TITLE_CAPITAL_MAX, lines_max=TITLE_LINES_MAX)


def credit_caption(names: Sequence[str], *, width: float) -> Caption:
    """Names in lines of one size, however many they are; three dots say that there are more.

    A name that is wider than a line is broken between its words, a word that is wider is cut.
    """
    shown = [name for name in (printable(name) for name in names[:CREDITS_MAX]) if name.strip()]
    text = SEPARATOR.join(shown)
    if not can_set(text):
        return credit_in_a_font(text, width=width)
    scale = CREDIT_CAPITAL / CAPITAL
    lines = packed([spelled(name) for name in shown], width=width / scale)
    if len(lines) > CREDIT_LINES_MAX or len(names) > CREDITS_MAX:
        lines = lines[:CREDIT_LINES_MAX]
        lines[-1] = shortened(f"{lines[-1]} ...", width=width / scale)
    widest = max(measure(line, CREDIT_HAND) for line in lines)
    tall = CAPITAL * (1 + LEADING * (len(lines) - 1)) + CREDIT_HAND.weight
    block = Block(lines=tuple(lines), scale=scale, width=widest * scale, height=tall * scale, hand=CREDIT_HAND)
    return Caption(text=text, block=block, width=block.width, height=block.height)


def credit_in_a_font(text: str, *, width: float) -> Caption:
    """One line of a font, cut to its room, at the size of the other credits."""
    letter = CREDIT_CAPITAL / FONT_CAPITAL * FONT_WIDTH_MAX
    room = int(width / letter)
    short = text if len(text) <= room else text[: room - 1] + "…"
    return Caption(text=short, block=None, width=len(short) * letter, height=CREDIT_CAPITAL)


def packed(names: Sequence[str], *, width: float) -> list[str]:
    """``names`` in as few lines as they fill from the top, each whole where a line has room for it."""
    lines = [""]
    for name in names:
        joined = f"{lines[-1]}{SEPARATOR}{name}" if lines[-1] else name
        if measure(joined, CREDIT_HAND) <= width:
            lines[-1] = joined
            continue
        if lines[-1]:
            lines.append("")
        for word in name.split():
            longer = f"{lines[-1]} {word}".strip()
            if lines[-1] and measure(longer, CREDIT_HAND) > width:
                lines.append("")
                longer = word
            lines[-1] = shortened(longer, width=width)
    return lines


def shortened(line: str, *, width: float) -> str:
    """``line``, or as many of its first letters as fit with three dots."""
    while measure(line, CREDIT_HAND) > width:
        line = line.removesuffix("...").rstrip()[:-1] + "..."
    return line


def caption(text: str, hand: Hand, width: float, *, height: float, capital_max: float, lines_max: int) -> Caption:
    if can_set(text):
        block = fitted(text, hand=hand, width=width, height=height, capital_max=capital_max, lines_max=lines_max)
        return Caption(text=text, block=block, width=block.width, height=block.height)
    capital = min(capital_max, width / (len(text) * FONT_WIDTH_MAX) * FONT_CAPITAL)
    return Caption(text=text, block=None, width=len(text) * FONT_WIDTH_MAX * capital / FONT_CAPITAL, height=capital)


def printable(text: str) -> str:
    """``text`` without the characters that XML cannot hold or nobody can see."""
    return "".join(character for character in text if character.isprintable())
