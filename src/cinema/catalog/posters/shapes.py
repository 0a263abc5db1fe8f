"""The pencils: SVG elements as text. Lengths are in units of the picture, angles in degrees, clockwise."""

import math
import re
from collections.abc import Iterable

Point = tuple[float, float]

LONG = re.compile(r"-?\d+\.\d+(?:e-?\d+)?|-?\d+e-?\d+")


def number(value: float) -> str:
    """A coordinate as short as a tenth of a unit allows."""
    text = f"{value:.1f}".removesuffix(".0")
    return "0" if text == "-0" else text


def trimmed(outline: str) -> str:
    """Path data with each number as short as a tenth of a unit allows."""
    return LONG.sub(lambda match: number(float(match[0])), outline)


def look(fill: str, opacity: float) -> str:
    return f'fill="{fill}"' + (f' opacity="{opacity:.2f}"' if opacity < 1 else "")


def disc(x: float, y: float, radius: float, fill: str, *, opacity: float = 1) -> str:
    return f'<circle cx="{number(x)}" cy="{number(y)}" r="{number(radius)}" {look(fill, opacity)}/>'


def ring(x: float, y: float, radius: float, width: float, stroke: str, *, opacity: float = 1) -> str:
    style = f'stroke="{stroke}" stroke-width="{number(width)}"'
    return f'<circle cx="{number(x)}" cy="{number(y)}" r="{number(radius)}" {look("none", opacity)} {style}/>'


def oval(x: float, y: float, radius_x: float, radius_y: float, fill: str, *, opacity: float = 1) -> str:
    radii = f'rx="{number(radius_x)}" ry="{number(radius_y)}"'
    return f'<ellipse cx="{number(x)}" cy="{number(y)}" {radii} {look(fill, opacity)}/>'


def box(x: float, y: float, width: float, height: float, fill: str, *, radius: float = 0, opacity: float = 1) -> str:
    corner = f' rx="{number(radius)}"' if radius else ""
    size = f'width="{number(width)}" height="{number(height)}"'
    return f'<rect x="{number(x)}" y="{number(y)}" {size}{corner} {look(fill, opacity)}/>'


def path(outline: str, fill: str, *, opacity: float = 1) -> str:
    return f'<path d="{trimmed(outline)}" {look(fill, opacity)}/>'


def line(outline: str, stroke: str, width: float, *, opacity: float = 1, is_round: bool = False) -> str:
    cap = ' stroke-linecap="round" stroke-linejoin="round"' if is_round else ""
    style = f'stroke="{stroke}" stroke-width="{number(width)}"{cap}'
    return f'<path d="{trimmed(outline)}" {look("none", opacity)} {style}/>'


def polygon(points: Iterable[Point], fill: str, *, opacity: float = 1) -> str:
    return path(outline(points), fill, opacity=opacity)


def outline(points: Iterable[Point]) -> str:
    """Points as a closed path."""
    return "M" + "L".join(f"{number(x)} {number(y)}" for x, y in points) + "Z"


def group(content: str, *, x: float = 0, y: float = 0, turn: float = 0, scale: float = 1, flip: bool = False) -> str:
    """``content`` moved, then turned and scaled about its own origin."""
    steps = f"translate({number(x)} {number(y)})"
    steps += f" rotate({number(turn)})" if turn else ""
    if flip or scale != 1:
        steps += f" scale({'-' if flip else ''}{scale:.3f} {scale:.3f})"
    return f'<g transform="{steps}">{content}</g>'


def tile(name: str, width: float, height: float, content: str) -> str:
    """A pattern to fill areas with, as ``url(#name)``."""
    size = f'width="{number(width)}" height="{number(height)}"'
    return f'<pattern id="{name}" {size} patternUnits="userSpaceOnUse">{content}</pattern>'


def pane(content: str, x: float, y: float, width: float, height: float) -> str:
    """``content`` in a window at (x, y), which is its origin; what reaches out is cut off."""
    size = f'width="{number(width)}" height="{number(height)}"'
    return f'<svg x="{number(x)}" y="{number(y)}" {size}>{content}</svg>'


def around(x: float, y: float, radius: float, turn: float) -> Point:
    """The point at ``radius`` from (x, y); 0 degrees is up."""
    angle = math.radians(turn - 90)
    return x + radius * math.cos(angle), y + radius * math.sin(angle)


def wedge(x: float, y: float, radius: float, begin: float, end: float) -> str:
    """A slice of a disc whose edge is straight: for rays that leave the picture."""
    return outline([(x, y), around(x, y, radius, begin), around(x, y, radius, end)])


def spoke(begin: Point, end: Point) -> str:
    """The path from one point straight to another."""
    return f"M{begin[0]} {begin[1]} {end[0]} {end[1]}"
