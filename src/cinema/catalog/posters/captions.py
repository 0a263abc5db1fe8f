"""A poster's words: its title, its directors, its year."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from textwrap import shorten

from cinema.catalog.posters.lettering import Block, Hand, can_set, drawn, fitted
from cinema.catalog.posters.shapes import number

TITLE_HEIGHT_MAX = 168.0
TITLE_LENGTH_MAX = 160
TITLE_CAPITAL_MAX = 58.0
TITLE_LINES_MAX = 7
NAMES_MAX = 5
NAME_LENGTH_MAX = 40
CREDIT_CAPITAL = 9.5
READABLE = 0.8
"""The share of `CREDIT_CAPITAL` below which a credit would rather lose a name than shrink."""
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
    """As many names as one readable line holds; three dots say that there are more."""
    clean = [printable(name) for name in names[:NAMES_MAX]]
    short = [name if len(name) <= NAME_LENGTH_MAX else name[: NAME_LENGTH_MAX - 1] + "…" for name in clean]
    for count in range(len(short), 1, -1):
        line = credit_line(" · ".join(short[:count]) + (" …" if count < len(names) else ""), width=width)
        if line.height >= CREDIT_CAPITAL * READABLE:
            return line
    return credit_line(short[0] + (" …" if len(names) > 1 else "") if short else "", width=width)


def credit_line(text: str, *, width: float) -> Caption:
    return caption(text, CREDIT_HAND, width, height=CREDIT_CAPITAL * 1.2, capital_max=CREDIT_CAPITAL, lines_max=1)


def caption(text: str, hand: Hand, width: float, *, height: float, capital_max: float, lines_max: int) -> Caption:
    if can_set(text):
        block = fitted(text, hand=hand, width=width, height=height, capital_max=capital_max, lines_max=lines_max)
        return Caption(text=text, block=block, width=block.width, height=block.height)
    capital = min(capital_max, width / (len(text) * FONT_WIDTH_MAX) * FONT_CAPITAL)
    return Caption(text=text, block=None, width=len(text) * FONT_WIDTH_MAX * capital / FONT_CAPITAL, height=capital)


def printable(text: str) -> str:
    """``text`` without the characters that XML cannot hold or nobody can see."""
    return "".join(character for character in text if character.isprintable())
