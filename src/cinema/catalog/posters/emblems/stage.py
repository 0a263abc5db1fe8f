"""Draws an emblem: a pattern, a bright field, the thing on it."""

from cinema.catalog.posters.palettes import Palette
from cinema.catalog.posters.scene import Composition, Scene
from cinema.catalog.posters.shapes import (
    around,
    box,
    disc,
    group,
    line,
    outline,
    oval,
    path,
    polygon,
    ring,
    tile,
    wedge,
)

FIELD = 1.36
"""The reach of the bright field in that of the picture: the corners of a drawing stand inside it."""
SIZE = 112.0
"""A drawing's half side, with some air around it."""


def emblem(drawing: str) -> Composition:
    """The composition that shows ``drawing``; the dice choose the pattern and the field."""

    def composition(scene: Scene) -> str:
        colours, dice = scene.palette, scene.dice
        pattern = dice.pick((rays, dots, rings, stripes, plain))(scene)
        field = dice.pick((round_field, arch_field, sun_field, square_field, eight_field))(scene)
        thing = group(drawn(drawing, colours), x=scene.x, y=scene.y, scale=scene.reach / SIZE)
        return scene.fill(colours.sky) + pattern + field + thing + scene.ground()

    return composition


def drawn(drawing: str, colours: Palette) -> str:
    """The pieces of a drawing as SVG."""
    result = ""
    for piece in drawing.split("|"):
        look, _, shape = piece.partition(" ")
        content = shaped(shape, look.rstrip("="), colours)
        result += content + (group(content, flip=True) if look.endswith("=") else "")
    return result


def shaped(shape: str, look: str, colours: Palette) -> str:
    """One shape as an area, or as a line where ``look`` says how wide."""
    name, _, width = look.partition("/")
    colour = {"d": colours.deep, "m": colours.mid, "a": colours.bold, "l": colours.light}[name]
    if shape.startswith("M"):
        return line(shape, colour, float(width), is_round=True) if width else path(shape, colour)
    kind, *rest = shape.replace("-", " -").split()
    sizes = [float(one) for one in rest]
    if kind == "o":
        return disc(sizes[0], sizes[1], sizes[2], colour)
    if kind == "e":
        return oval(sizes[0], sizes[1], sizes[2], sizes[3], colour)
    if kind == "b":
        return box(sizes[0], sizes[1], sizes[2], sizes[3], colour, radius=sum(sizes[4:]))
    return polygon(star(sizes[0], sizes[1], sizes[2], sizes[3], points=int(sizes[4])), colour)


def star(x: float, y: float, outer: float, inner: float, *, points: int) -> list[tuple[float, float]]:
    """The corners of a star, the first at its top."""
    step = 180 / points
    return [around(x, y, inner if corner % 2 else outer, corner * step) for corner in range(points * 2)]


# Patterns


def rays(scene: Scene) -> str:
    fan = "".join(wedge(scene.x, scene.y, scene.width + scene.height, turn, turn + 7.5) for turn in range(0, 360, 15))
    return path(fan, scene.palette.mid, opacity=0.55)


def dots(scene: Scene) -> str:
    step = scene.reach * 0.24
    pair = disc(step * 0.5, step * 0.5, step * 0.13, scene.palette.mid)
    pair += disc(step * 1.5, step * 1.5, step * 0.13, scene.palette.mid)
    pattern = tile(f"{scene.mark}e", step * 2, step * 2, pair)
    return pattern + scene.fill(f"url(#{scene.mark}e)")


def rings(scene: Scene) -> str:
    return "".join(
        ring(scene.x, scene.y, scene.reach * (1.5 + 0.28 * index), scene.reach * 0.12, scene.palette.mid, opacity=0.5)
        for index in range(8)
    )


def stripes(scene: Scene) -> str:
    step = scene.reach * 0.3
    pattern = tile(f"{scene.mark}e", step, step, box(0, 0, step / 2, step, scene.palette.mid, opacity=0.4))
    return pattern + scene.fill(f"url(#{scene.mark}e)")


def plain(scene: Scene) -> str:
    """A horizon far below, so that the field stands somewhere."""
    return box(-1, scene.y + scene.reach * 0.7, scene.width + 2, scene.height, scene.palette.mid)


# Fields


def round_field(scene: Scene) -> str:
    colours, x, y, reach = scene.palette, scene.x, scene.y, scene.reach * FIELD
    return disc(x, y, reach, colours.light) + ring(x, y, reach * 0.955, reach * 0.018, colours.bold)


def arch_field(scene: Scene) -> str:
    x, y, half, foot = scene.x, scene.y, scene.reach * 1.2, scene.floor + 1
    return path(f"M{x - half} {foot}V{y}A{half} {half} 0 0 1 {x + half} {y}V{foot}Z", scene.palette.light)


def sun_field(scene: Scene) -> str:
    reach = scene.reach
    spikes = outline(star(scene.x, scene.y, reach * 1.56, reach * FIELD, points=24))
    return path(spikes, scene.palette.light)


def square_field(scene: Scene) -> str:
    """Its corners are round enough for an arched window."""
    colours, x, y, half, edge = scene.palette, scene.x, scene.y, scene.reach * 1.1, scene.reach * 0.05
    frame = box(x - half - edge, y - half - edge, (half + edge) * 2, (half + edge) * 2, colours.deep, radius=half * 0.4)
    return frame + box(x - half, y - half, half * 2, half * 2, colours.light, radius=half * 0.36)


def eight_field(scene: Scene) -> str:
    colours, x, y, reach = scene.palette, scene.x, scene.y, scene.reach
    corners = [around(x, y, reach * 1.42, 22.5 + 45 * corner) for corner in range(8)]
    return polygon(corners, colours.light)
