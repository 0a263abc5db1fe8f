"""Pictures of one strong sign."""

import math

from cinema.catalog.posters.palettes import VISIBLE, contrast
from cinema.catalog.posters.scene import Scene
from cinema.catalog.posters.shapes import Point, around, box, disc, group, line, outline, path, ring, spoke, wedge


def eye(scene: Scene) -> str:
    """A great eye that watches."""
    colours, dice, reach = scene.palette, scene.dice, scene.reach
    x, y = scene.x, scene.y
    lid = (
        f"M{x - reach * 1.35} {y}Q{x} {y - reach * 1.25} {x + reach * 1.35} {y}Q{x} "
        f"{y + reach * 1.1} {x - reach * 1.35} {y}Z"
    )
    lashes = ""
    for index in range(13):
        turn = -72 + 12 * index
        begin = around(x, y + reach * 0.55, reach * (1.36 + 0.1 * abs(math.sin(math.radians(turn)))), turn)
        lashes += outline(
            [
                around(*begin, reach * 0.05, 90 + turn),
                around(*begin, reach * 0.5, turn),
                around(*begin, reach * 0.05, turn - 90),
            ]
        )
    iris = disc(x, y, reach * 0.58, colours.deep) + disc(x, y, reach * 0.53, colours.accent)
    iris += path(
        "".join(wedge(x, y, reach * 0.53, turn, turn + 5) for turn in range(0, 360, 12)), colours.deep, opacity=0.45
    )
    iris += ring(x, y, reach * 0.34, reach * 0.03, colours.light, opacity=0.6) + disc(x, y, reach * 0.27, colours.deep)
    iris += disc(x - reach * 0.13, y - reach * 0.16, reach * 0.1, colours.light) + disc(
        x + reach * 0.17, y + reach * 0.15, reach * 0.04, colours.light
    )
    tear = path(
        (
            f"M{x + reach * 0.55} {y + reach * 0.52}c{reach * 0.1} {reach * 0.24} {reach * 0.16} "
            f"{reach * 0.3} {reach * 0.16} {reach * 0.42}a{reach * 0.16} {reach * 0.16} 0 0 1 "
            f"{-reach * 0.32} 0c0{-reach * 0.12} {reach * 0.06} {-reach * 0.18} {reach * 0.16} "
            f"{-reach * 0.42}z"
        ),
        colours.soft,
    )
    rings = "".join(
        ring(x, y, reach * (1.6 + 0.28 * index), reach * 0.1, colours.mid, opacity=0.7) for index in range(8)
    )
    return (
        scene.fill(colours.sky)
        + rings
        + path(lashes, colours.deep)
        + path(lid, colours.light)
        + f'<clipPath id="{scene.mark}l"><path d="{lid}"/></clipPath><g clip-path="url(#{scene.mark}l)">{iris}</g>'
        + line(lid, colours.deep, reach * 0.07)
        + (tear if dice.chance(0.6) else "")
        + scene.ground()
    )


def spiral(scene: Scene) -> str:
    """Somebody falls into a spiral."""
    colours, dice, reach = scene.palette, scene.dice, scene.reach
    side = dice.pick([-1, 1])
    far = math.hypot(scene.width, scene.height) * 0.75
    arms: str = ""
    count = dice.pick([4, 5, 6])
    for arm in range(count):
        inner: list[Point] = []
        outer: list[Point] = []
        steps = 26
        for step in range(steps + 1):
            radius = reach * 0.06 * (far / (reach * 0.06)) ** (step / steps)
            turn = side * (math.log(radius) * 62) + arm * 360 / count
            inner.append(around(scene.x, scene.y, radius, turn))
            outer.append(around(scene.x, scene.y, radius, turn + 180 / count))
        arms += outline([*inner, *reversed(outer)])
    figure = path(
        (
            "M-4-30C-12-24-10-8-8 2L-30 26L-25 31L-2 12L12 36L18 32L8 2L30-8L28-15L10-12L8-26L26-44"
            "L21-48L2-32ZM-6-40A8 8 0 1 1-5.900-39Z"
        ),
        colours.accent,
    )
    shade = colours.sky if contrast(colours.sky, colours.light) >= VISIBLE else colours.deep
    return (
        scene.fill(colours.light)
        + path(arms, shade)
        + disc(scene.x, scene.y, reach * 0.3, colours.deep)
        + group(figure, x=scene.x, y=scene.y + reach * 0.02, turn=dice.between(-40, 40), scale=reach / 74)
        + scene.ground()
    )


def wedges(scene: Scene) -> str:
    """Plain geometry at an angle: a disc, a wedge, bars."""
    colours, dice, reach = scene.palette, scene.dice, scene.reach
    turn = dice.pick([-32, -24, 24, 32])
    big = disc(0, 0, 112, colours.deep) + path("M-112 0A112 112 0 0 1 112 0Z", colours.light)
    blade = path("M-210 60L34-26L-120-110Z", colours.accent)
    bars = (
        box(40, 60, 240, 16, colours.accent)
        + box(70, 86, 240, 7, colours.deep)
        + box(20, 104, 300, 24, colours.deep)
        + box(-300, -150, 230, 11, colours.deep)
        + box(-300, -130, 160, 24, colours.light)
    )
    small = (
        disc(118, -112, 34, colours.accent)
        + ring(118, -112, 48, 4, colours.deep)
        + disc(-98, 132, 18, colours.deep)
        + box(-30, 128, 62, 62, colours.light)
    )
    grid = line("M-400 160H400M-400-176H400M150-400V400M-150-400V400", colours.deep, 1.4)
    plate = path(
        (f"M{0} {0} {scene.width * 0.62} {0} {scene.width * 0.3} {scene.floor} {0} {scene.floor}Z"), colours.mid
    )
    return (
        scene.fill(colours.sky)
        + (plate if dice.chance(0.6) else "")
        + group(grid + bars + big + blade + small, x=scene.x, y=scene.y, turn=turn, scale=reach / 132)
        + scene.ground()
    )


def fingerprint(scene: Scene) -> str:
    """A fingerprint under a glass."""
    colours, dice, reach = scene.palette, scene.dice, scene.reach
    x, y = scene.x - reach * 0.1, scene.y - reach * 0.12
    print_ = ""
    for index in range(9):
        size = 10 + index * 10.5
        print_ += (
            f"M{-size * 0.8} {44 + size * 0.55}C{-size * 1.1} {-size * 0.7} "
            f"{-size * 0.5} {-size * 1.06} {size * 0.06} {-size * 1.04}C{size * 0.8} "
            f"{-size} {size * 1.02} {-size * 0.1} {size * 0.74} {40 + size * 0.7}"
        )
    whorl = f'<g stroke-dasharray="92 7 40 6 150 8">{line(print_, colours.deep, 5.4, is_round=True)}</g>'
    glass = disc(x, y, reach * 1.0, colours.light) + group(whorl, x=x, y=y - reach * 0.08, scale=reach / 128)
    rim = ring(x, y, reach * 1.03, reach * 0.11, colours.deep) + ring(x, y, reach * 1.0, reach * 0.03, colours.accent)
    left, high = around(x, y, reach * 0.86, -62)
    right, low = around(x, y, reach * 0.86, -22)
    shine = line(
        f"M{left} {high}A{reach * 0.86} {reach * 0.86} 0 0 1 {right} {low}",
        colours.accent,
        reach * 0.045,
        is_round=True,
    )
    a, b = around(x, y, reach * 1.1, 138), around(x, y, reach * 2.3, 138)
    handle = line(spoke(a, b), colours.deep, reach * 0.24, is_round=True) + line(
        spoke(around(x, y, reach * 1.24, 138), b), colours.accent, reach * 0.1, is_round=True
    )
    streets = "".join(
        f"M-20 {index * reach * 0.42 - 60}l{scene.width + 40} {dice.between(-30, 60)}"
        for index in range(int(scene.height / (reach * 0.42)) + 2)
    )
    streets += "".join(
        f"M{index * reach * 0.5} -20l{dice.between(-40, 40)} {scene.height + 40}"
        for index in range(int(scene.width / (reach * 0.5)) + 2)
    )
    return (
        scene.fill(colours.sky)
        + line(streets, colours.mid, reach * 0.05, opacity=0.7)
        + handle
        + glass
        + rim
        + shine
        + scene.ground()
    )


def blinds(scene: Scene) -> str:
    """Somebody in a hat, striped by the light of a blind."""
    colours, dice, reach = scene.palette, scene.dice, scene.reach
    x, y = scene.x, scene.y
    tilt = dice.pick([-6, 6, 9])
    slats = "".join(
        box(-scene.width, index * reach * 0.24, scene.width * 2, reach * 0.14, colours.accent)
        for index in range(-9, 10)
    )
    bust = path(
        (
            "M-150 150C-140 96-96 84-46 70C-34 66-34 44-42 34C-60 10-62-18-56-40H58C64-18 62 8 46 34"
            "C36 46 36 66 48 70C96 84 140 96 150 150V330H-150Z"
        ),
        colours.deep,
    )
    hat = path(
        (
            "M-104-34C-70-52-66-48-62-62C-58-96-50-122-30-122C-14-122-12-112 2-112"
            "C16-112 22-124 36-122C56-120 60-92 64-62C68-48 74-52 106-34C70-14-70-14-104-34Z"
        ),
        colours.deep,
    )
    band = path("M-62-62C-20-48 20-48 64-62L66-48C20-34-22-34-65-48Z", colours.accent)
    slats_over = "".join(
        path(
            (
                f"M{-56 + index * 2} {-20 + index * 22}L{14 + index * 2} {-26 + index * 22}V"
                f"{-19 + index * 22}L{-56 + index * 2} {-13 + index * 22}Z"
            ),
            colours.light,
            opacity=0.9,
        )
        for index in range(3)
    )
    return (
        scene.fill(colours.sky)
        + group(slats, x=x, y=y, turn=tilt)
        + disc(x, y, reach * 1.02, colours.light, opacity=0.16)
        + group(bust + hat + band + slats_over, x=x, y=y + reach * 0.18, scale=reach / 118, flip=dice.chance(0.5))
        + box(-1, y + reach * 0.18 + reach * 2.7, scene.width + 2, scene.height, colours.deep)
        + scene.ground()
    )


def swords(scene: Scene) -> str:
    """Crossed blades with a crown, a mask or a plumed hat."""
    colours, dice, reach = scene.palette, scene.dice, scene.reach
    rays = "".join(wedge(scene.x, scene.y, scene.height * 1.3, turn, turn + 7) for turn in range(0, 360, 15))
    disc_ = disc(scene.x, scene.y, reach * 1.15, colours.deep) + ring(scene.x, scene.y, reach * 1.06, 3, colours.accent)
    blade = (
        path("M-4 70L-4-140L0-156L4-140L4 70Z", colours.light)
        + path("M0 70V-156L4-140V70Z", colours.soft)
        + path("M-34 66C-20 76 20 76 34 66V76C20 86-20 86-34 76Z", colours.accent)
        + box(-5, 80, 10, 40, colours.mid, radius=3)
        + disc(0, 126, 9, colours.accent)
    )
    crown = (
        path("M-64 34L-78-40L-40-6L0-62L40-6L78-40L64 34Z", colours.accent)
        + box(-66, 38, 132, 18, colours.light)
        + "".join(disc(dx, dy, 8, colours.light) for dx, dy in ((-78, -44), (0, -66), (78, -44)))
        + "".join(disc(dx, 47, 4.5, colours.mid) for dx in (-44, -22, 0, 22, 44))
    )
    mask = path(
        (
            "M-96-22C-60-40-24-34 0-22C24-34 60-40 96-22C100 12 66 34 38 28C20 24 10 10 0 10"
            "C-10 10-20 24-38 28C-66 34-100 12-96-22Z"
        ),
        colours.accent,
    ) + path("M-68-6C-54-18-32-14-24 0C-38 12-60 10-68-6ZM68-6C54-18 32-14 24 0C38 12 60 10 68-6Z", colours.deep)
    hat = (
        path("M-104 22C-60-2 60-2 104 22C70 46-70 46-104 22Z", colours.accent)
        + path("M-50 10C-50-44-30-54 0-54C30-54 50-44 50 10C20 22-20 22-50 10Z", colours.accent)
        + path("M-50 0C-20 12 20 12 50 0V12C20 24-20 24-50 12Z", colours.mid)
        + path("M38 2C60-70 120-80 142-40C120-52 100-40 92-20C84-8 60 6 38 2Z", colours.light)
    )
    emblem = dice.pick([crown, mask, hat])
    return (
        scene.fill(colours.sky)
        + path(rays, colours.mid, opacity=0.5)
        + disc_
        + group(
            group(blade, y=14, turn=42) + group(blade, y=14, turn=-42) + emblem, x=scene.x, y=scene.y, scale=reach / 128
        )
        + scene.ground()
    )
