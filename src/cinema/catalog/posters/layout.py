"""Puts a poster or a backdrop together: picture, texture, lettering."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from hashlib import blake2b
from html import escape

from cinema.catalog.posters.captions import credit_caption, printable, title_caption
from cinema.catalog.posters.compositions import COMPOSITIONS, FALLBACK, GENRE_COMPOSITIONS, GENRE_EMBLEMS
from cinema.catalog.posters.dice import Dice
from cinema.catalog.posters.lettering import Hand
from cinema.catalog.posters.motifs import PICTURES
from cinema.catalog.posters.palettes import GENRE_MOODS, MOODS, Mood, Palette
from cinema.catalog.posters.scene import Composition, Scene
from cinema.catalog.posters.shapes import box, disc, line, number, tile, trimmed

WIDTH, HEIGHT = 400.0, 600.0
BACKDROP_WIDTH, BACKDROP_HEIGHT = 1600.0, 900.0
MARGIN = 26.0
YEAR_ROOM = 70.0
EDGE = 13.0
"""What accents over a title keep from the edge of the poster, or from a picture above them."""
RULE_GAP = 12.0
"""From the line under the title down to the credits, and at least as much up to the title."""
GRAIN_SIDE = 90
GRAIN_STROKES = 46


def poster(*, slug: str, title: str, year: int, genres: Sequence[str], directors: Sequence[str]) -> str:
    """A film's poster as SVG, 2 to 3.

    The same arguments give the same bytes. Motif and colours depend on ``slug`` and
    ``genres`` alone, so that a film looks the same in every language; only the
    lettering takes its own room. ``genres`` are slugs, the most telling one first;
    ``directors`` are names as they shall be read.
    """
    dice = Dice(slug)
    mark = "p" + blake2b(slug.encode(), digest_size=4).hexdigest()
    mood, palette, composition = chosen(dice, slug, genres)
    layout, align = dice.pick(["bled"] * 5 + ["framed"] * 3 + ["topped"] * 2), dice.pick([0.0, 0.0, 0.5])
    paper, ink = (palette.light, palette.deep) if layout == "framed" else (palette.deep, palette.light)
    room = WIDTH - 2 * MARGIN
    name = title_caption(title, hand=Hand(weight=mood.weight, spacing=mood.spacing), width=room)
    names = credit_caption(directors, width=room - YEAR_ROOM)
    credit_y = HEIGHT - MARGIN - names.height
    rule_y = credit_y - RULE_GAP
    top, foot = max(MARGIN + 2, EDGE + name.above), max(RULE_GAP, name.below + RULE_GAP / 2)
    title_y = top if layout == "topped" else rule_y - foot - name.height
    clear = title_y - max(24, name.above + EDGE)
    window = Window(palette=palette, dice=dice, composition=composition, mark=mark)
    if layout == "framed":
        picture = framed(window, clear)
    elif layout == "topped":
        picture = topped(window, title_y + name.height + max(22, name.below + EDGE), rule_y - 14)
    else:
        picture = bled(window, clear)
    lettering = name.draw(x=MARGIN + room * align, y=title_y, align=align, colour=ink, mark=f"{mark}t")
    lettering += line(f"M{MARGIN} {rule_y}H{WIDTH - MARGIN}", ink, 0.8, opacity=0.45)
    lettering += names.draw(x=MARGIN, y=credit_y, align=0, colour=ink, mark=f"{mark}d")
    date = credit_caption([str(year)], width=YEAR_ROOM)
    lettering += date.draw(x=WIDTH - MARGIN, y=credit_y, align=1, colour=ink, mark=f"{mark}y")
    content = box(0, 0, WIDTH, HEIGHT, paper) + picture + grain(palette, mark, WIDTH, HEIGHT) + lettering
    return svg(content, width=WIDTH, height=HEIGHT, label=f"{title}, {year}")


def backdrop(*, slug: str, title: str, genres: Sequence[str]) -> str:
    """A film's wide picture as SVG, 16 to 9, without lettering: what its poster shows, set to the right."""
    dice = Dice(slug)
    mark = "b" + blake2b(slug.encode(), digest_size=4).hexdigest()
    _, palette, composition = chosen(dice, slug, genres)
    scene = Scene(
        width=BACKDROP_WIDTH,
        height=BACKDROP_HEIGHT,
        floor=BACKDROP_HEIGHT * 0.86,
        x=BACKDROP_WIDTH * 0.68,
        y=BACKDROP_HEIGHT * 0.42,
        reach=BACKDROP_HEIGHT * 0.29,
        palette=palette,
        dice=dice,
        mark=mark,
    )
    shade = (
        f'<linearGradient id="{mark}s"><stop stop-color="{palette.deep}" stop-opacity=".85"/>'
        f'<stop offset=".62" stop-color="{palette.deep}" stop-opacity="0"/></linearGradient>'
    )
    content = (
        composition(scene)
        + screen(palette, mark, BACKDROP_WIDTH)
        + shade
        + box(0, 0, BACKDROP_WIDTH, BACKDROP_HEIGHT, f"url(#{mark}s)")
    )
    content += grain(palette, mark, BACKDROP_WIDTH, BACKDROP_HEIGHT)
    return svg(content, width=BACKDROP_WIDTH, height=BACKDROP_HEIGHT, label=title)


def chosen(dice: Dice, slug: str, genres: Sequence[str]) -> tuple[Mood, Palette, Composition]:
    """The look of a film: the first genre counts most, a picture picked by hand goes before all."""
    known = [genre for genre in genres if genre in GENRE_MOODS]
    weighted = [*known[:1], *known[:1], *known]
    mood = MOODS[GENRE_MOODS[dice.pick(weighted)] if weighted else "human"]
    palette = dice.pick(mood.palettes)
    pictures = [picture for genre in weighted for picture in GENRE_COMPOSITIONS[genre]]
    pictures += [COMPOSITIONS[name] for genre in weighted for name in GENRE_EMBLEMS.get(genre, "").split()]
    picture = dice.pick(pictures or FALLBACK)
    picked = PICTURES.get(slug)
    return mood, palette, COMPOSITIONS[picked] if picked else picture


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """What is drawn, whatever room it gets."""

    palette: Palette
    dice: Dice
    composition: Composition
    mark: str

    def picture(self, *, width: float, height: float, floor: float, y: float, reach: float) -> str:
        scene = Scene(
            width=width,
            height=height,
            floor=floor,
            x=width / 2,
            y=y,
            reach=reach,
            palette=self.palette,
            dice=self.dice,
            mark=self.mark,
        )
        return self.composition(scene) + screen(self.palette, self.mark, width)


def bled(window: Window, floor: float) -> str:
    """The picture to all edges; the lettering stands on its ground."""
    return window.picture(width=WIDTH, height=HEIGHT, floor=floor, y=floor * 0.5, reach=min(132, floor * 0.32))


def topped(window: Window, top: float, floor: float) -> str:
    """The picture under the lettering."""
    tall = floor - top
    picture = window.picture(width=WIDTH, height=HEIGHT - top, floor=tall, y=tall * 0.49, reach=min(132, tall * 0.31))
    return clipped(window.mark, picture, f"M0 0H{WIDTH}V{HEIGHT - top}H0Z", x=0, y=top)


def framed(window: Window, floor: float) -> str:
    """The picture in a window, straight or arched, and the lettering on paper under it."""
    width, height = WIDTH - 2 * MARGIN, floor - MARGIN + 4
    half = width / 2
    picture = window.picture(
        width=width, height=height, floor=height * 0.93, y=height * 0.48, reach=min(118, height * 0.31)
    )
    arch = f"M0 {height}V{half}A{half} {half} 0 0 1 {width} {half}V{height}Z"
    shape = arch if window.dice.chance(0.4) else f"M0 0H{width}V{height}H0Z"
    return clipped(window.mark, picture, shape, x=MARGIN, y=MARGIN)


def clipped(mark: str, picture: str, shape: str, *, x: float, y: float) -> str:
    return (
        f'<clipPath id="{mark}c"><path d="{trimmed(shape)}"/></clipPath>'
        f'<g transform="translate({number(x)} {number(y)})"><g clip-path="url(#{mark}c)">{picture}</g></g>'
    )


def screen(palette: Palette, mark: str, width: float) -> str:
    """A screen of dots that darkens the top of a picture."""
    step, rows = width / 100, 14
    dots = "".join(
        disc(step / 2 + (step if row % 2 else 0), step * (row + 0.5), step * 0.46 * (1 - row / rows), palette.deep)
        for row in range(rows)
    )
    pattern = tile(f"{mark}h", step * 2, step * rows, dots)
    return pattern + box(0, 0, width, step * rows, f"url(#{mark}h)", opacity=0.22)


def grain(palette: Palette, mark: str, width: float, height: float) -> str:
    """Specks of paper and of ink."""
    specks = line(scattered("ink"), palette.deep, 1, opacity=0.3)
    specks += line(scattered("paper"), palette.light, 1, opacity=0.28)
    pattern = tile(f"{mark}g", GRAIN_SIDE, GRAIN_SIDE, specks)
    return pattern + box(0, 0, width, height, f"url(#{mark}g)", opacity=0.8)


@lru_cache(maxsize=2)
def scattered(seed: str) -> str:
    """Short strokes over a tile of grain."""
    dice = Dice(seed)
    return trimmed(
        "".join(
            f"M{dice.between(0, GRAIN_SIDE)} {dice.between(0, GRAIN_SIDE)}h{dice.pick([0.7, 1, 1.6])}"
            for _ in range(GRAIN_STROKES)
        )
    )


def svg(content: str, *, width: float, height: float, label: str) -> str:
    size = f"{number(width)} {number(height)}"
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {size}" role="img">'
    return f"{head}<title>{escape(printable(label))}</title>{content}</svg>"
