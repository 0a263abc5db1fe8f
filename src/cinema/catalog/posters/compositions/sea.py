"""Pictures of the sea and those on it."""

import math

from cinema.catalog.posters.compositions.sky import stars
from cinema.catalog.posters.scene import Scene
from cinema.catalog.posters.shapes import box, disc, group, line, number, path, polygon, ring


def waves(scene: Scene) -> str:
    """Rows of scalloped waves under a striped sun, with a paper boat."""
    colours, dice, reach = scene.palette, scene.dice, scene.reach
    radius = scene.width / dice.pick([6, 8, 10]) / (scene.width / 400) ** 0.6
    shell = "".join(
        disc(0, 0, radius * size, fill)
        for size, fill in (
            (1, colours.deep),
            (0.86, colours.mid),
            (0.62, colours.deep),
            (0.48, colours.soft),
            (0.22, colours.deep),
        )
    )
    top, sea = scene.y + reach * 0.35, ""
    row = 0
    while top + row * radius * 0.5 < scene.floor + radius:
        y = top + row * radius * 0.5 + radius * 0.6
        x = -radius if row % 2 else 0.0
        while x < scene.width + radius:
            sea += f'<use href="#{scene.mark}w" x="{number(x)}" y="{number(y)}"/>'
            x += 2 * radius
        row += 1
    sun = disc(scene.x, scene.y, reach, colours.accent)
    sun += "".join(
        box(scene.x - reach, scene.y - reach * 0.1 + reach * 0.17 * index, reach * 2, 2 + 1.5 * index, colours.sky)
        for index in range(4)
    )
    boat = path("M-40-6H40L22 18H-22Z", colours.light) + path("M0-60L28-8H0Z", colours.light)
    boat += path("M0-60L-24-8H0Z", colours.soft)
    at = (scene.x - reach * dice.between(-0.5, 0.5), top + radius * 0.1)
    return (
        f'<defs><g id="{scene.mark}w">{shell}</g></defs>'
        + scene.fill(colours.sky)
        + sun
        + group(boat, x=at[0], y=at[1], turn=dice.between(-8, 8), scale=reach / 120)
        + sea
        + scene.ground()
    )


def ship(scene: Scene) -> str:
    """The bow of a liner, seen from the water."""
    colours, dice, reach = scene.palette, scene.dice, scene.reach
    x, top, foot = scene.x, scene.y - reach * 0.28, scene.floor
    half = reach * 0.82
    left = (
        f"M{x - half} {top}C{x - half * 0.9} {top + reach * 0.7} {x - half * 0.3} "
        f"{foot - reach * 0.3} {x} {foot + 2}V{top + reach * 0.05}Z"
    )
    right = (
        f"M{x + half} {top}C{x + half * 0.9} {top + reach * 0.7} {x + half * 0.3} "
        f"{foot - reach * 0.3} {x} {foot + 2}V{top + reach * 0.05}Z"
    )
    decks = "".join(
        box(x - half * share, top - reach * 0.15 * (index + 1), half * share * 2, reach * 0.15 + 1, fill)
        for index, (share, fill) in enumerate(((0.78, colours.light), (0.6, colours.soft), (0.42, colours.light)))
    )
    funnels = path(
        (
            f"M{x - half * 0.26} {top - reach * 0.44} {x - half * 0.2} {top - reach} "
            f"{x + half * 0.2} {top - reach} {x + half * 0.26} {top - reach * 0.44}Z"
        ),
        colours.accent,
    ) + path(
        (
            f"M{x - half * 0.215} {top - reach * 0.84} {x - half * 0.2} "
            f"{top - reach} {x + half * 0.2} {top - reach} "
            f"{x + half * 0.215} {top - reach * 0.84}Z"
        ),
        colours.deep,
    )
    smoke = "".join(
        disc(
            x + reach * (0.2 + 0.26 * index) * side,
            top - reach * (1.1 + 0.12 * index),
            reach * (0.13 + 0.06 * index),
            colours.soft,
            opacity=0.75,
        )
        for side in (dice.pick([-1, 1]),)
        for index in range(7)
    )
    sea = ""
    for index in range(4):
        y = foot - reach * 0.2 + index * reach * 0.07
        width = reach * 0.24
        sea += line(
            f"M-20 {y}"
            + "".join(
                f"q{number(width / 2)} {number(-width * 0.36)} {number(width)} 0"
                for _ in range(math.ceil((scene.width + 40) / width))
            ),
            [colours.soft, colours.deep][index % 2],
            reach * 0.035,
        )
    halo = disc(x, scene.y - reach * 0.1, reach * 1.25, colours.mid, opacity=0.55)
    return (
        scene.fill(colours.sky)
        + halo
        + smoke
        + funnels
        + decks
        + path(left, colours.deep)
        + path(right, colours.mid)
        + ring(x - half * 0.55, top + reach * 0.22, reach * 0.05, 3, colours.light)
        + ring(x + half * 0.55, top + reach * 0.22, reach * 0.05, 3, colours.light)
        + sea
        + scene.ground()
    )


def lighthouse(scene: Scene) -> str:
    """A lighthouse whose beam cuts the night."""
    colours, dice, reach = scene.palette, scene.dice, scene.reach
    x, top, foot = scene.x, scene.y - reach * 0.72, scene.floor - reach * 0.14
    side = dice.pick([-1, 1])
    far = scene.width * 1.2
    beams = path(
        (f"M{x} {top} {x + side * far} {top - far * 0.26} {x + side * far} {top + far * 0.1}Z"),
        colours.light,
        opacity=0.8,
    )
    beams += path(
        (f"M{x} {top} {x - side * far} {top - far * 0.08} {x - side * far} {top + far * 0.22}Z"),
        colours.soft,
        opacity=0.5,
    )
    tower = [
        (x - reach * 0.16, top + reach * 0.15),
        (x + reach * 0.16, top + reach * 0.15),
        (x + reach * 0.3, foot + 9),
        (x - reach * 0.3, foot + 9),
    ]
    bands = ""
    for index in range(4):
        begin, end = 0.1 + index * 0.24, 0.22 + index * 0.24
        height = foot - top - reach * 0.15
        y1, y2 = top + reach * 0.15 + height * begin, top + reach * 0.15 + height * end
        w1, w2 = reach * (0.16 + 0.14 * begin), reach * (0.16 + 0.14 * end)
        bands += path(f"M{x - w1} {y1} {x + w1} {y1} {x + w2} {y2} {x - w2} {y2}Z", colours.accent)
    lamp = (
        box(x - reach * 0.13, top - reach * 0.12, reach * 0.26, reach * 0.27, colours.light)
        + path(
            (f"M{x - reach * 0.2} {top - reach * 0.1} {x} {top - reach * 0.36} {x + reach * 0.2} {top - reach * 0.1}Z"),
            colours.deep,
        )
        + box(x - reach * 0.22, top + reach * 0.11, reach * 0.44, reach * 0.07, colours.deep)
    )
    rock = path(
        (
            f"M{x - reach * 1.5} {scene.floor + 2} {x - reach * 0.9} {foot + 18} "
            f"{x - reach * 0.45} {foot} {x + reach * 0.4} {foot - 4} {x + reach * 0.8} "
            f"{foot + 22} {x + reach * 1.3} {scene.floor + 2}Z"
        ),
        colours.deep,
    )
    return (
        scene.fill(colours.sky)
        + stars(scene, 46)
        + beams
        + polygon(tower, colours.light)
        + bands
        + lamp
        + rock
        + scene.ground()
    )


def sails(scene: Scene) -> str:
    """A galleon under full sail."""
    colours, dice, reach = scene.palette, scene.dice, scene.reach
    sun = disc(scene.x, scene.y, reach * 1.12, colours.accent) + ring(
        scene.x, scene.y, reach * 1.28, 3, colours.light, opacity=0.7
    )
    masts = line("M-62-104V60M4-136V60M66-92V60M84 46L140 10", colours.deep, 5)
    sheets = ""
    for dx, top, wide, tall in (
        (-62, -96, 30, 52),
        (-62, -38, 38, 58),
        (4, -126, 34, 58),
        (4, -62, 46, 74),
        (66, -84, 26, 46),
        (66, -32, 34, 52),
    ):
        sheets += path(
            (
                f"M{dx - wide} {top}H{dx + wide}Q{dx + wide + 16} {top + tall * 0.55} {dx + wide} {top + tall}"
                f"Q{dx + 6} {top + tall * 0.8} {dx - wide} {top + tall}"
                f"Q{dx - wide + 14} {top + tall * 0.5} {dx - wide} {top}Z"
            ),
            colours.light,
        )
        sheets += path(
            (
                f"M{dx + wide * 0.4} {top}H{dx + wide}Q{dx + wide + 16} {top + tall * 0.55} {dx + wide} {top + tall}"
                f"Q{dx + wide * 0.7} {top + tall * 0.88} {dx + wide * 0.4} {top + tall * 0.9}"
                f"Q{dx + wide * 0.8} {top + tall * 0.5} {dx + wide * 0.4} {top}Z"
            ),
            colours.soft,
        )
    flags = path(
        "M-62-104L-92-112L-62-120ZM4-136L-30-146L4-156ZM66-92L38-99L66-106Z",
        colours.accent if colours.accent != colours.sky else colours.light,
    )
    hull = (
        path("M-112 34L-96 40H96L112 30C108 64 92 92 76 100H-72C-94 90-108 64-112 34Z", colours.deep)
        + box(-94, 52, 184, 7, colours.accent)
        + "".join(disc(dx, 74, 5, colours.light) for dx in (-68, -38, -8, 22, 52))
    )
    waves, y = "", scene.floor - reach * 0.26
    for index, fill in enumerate((colours.soft, colours.mid, colours.deep)):
        crest = f"M{-40 + index * 14} {y + index * reach * 0.1}"
        crest += "".join(
            f"q{number(reach * 0.13)} {number(-reach * 0.15)} {number(reach * 0.26)} 0"
            for _ in range(int(scene.width / (reach * 0.26)) + 3)
        )
        waves += path(crest + f"V{scene.floor + 4}H-40Z", fill)
    return (
        scene.fill(colours.sky)
        + sun
        + group(
            masts + sheets + flags + hull,
            x=scene.x,
            y=scene.floor - reach * 1.0,
            turn=dice.between(-4, 4),
            scale=reach / 112,
            flip=dice.chance(0.5),
        )
        + waves
        + scene.ground()
    )
