"""Pictures of doors, stairs and rooms."""

from cinema.catalog.posters.compositions.ways import PAIR, WALKER
from cinema.catalog.posters.scene import Scene
from cinema.catalog.posters.shapes import box, disc, group, line, oval, pane, path, tile, wedge


def door(scene: Scene) -> str:
    """A door ajar: light falls out, and somebody's long shadow with it."""
    colours, dice, reach = scene.palette, scene.dice, scene.reach
    side = dice.pick([-1, 1])
    x, foot, top = scene.x, scene.floor - reach * 0.42, scene.y - reach * 0.95
    half = reach * 0.38
    wall = "".join(f"M{index * reach * 0.3} 0V{foot}" for index in range(1, int(scene.width / (reach * 0.3)) + 1))
    boards = box(-1, foot, scene.width + 2, scene.floor - foot + 2, colours.mid)
    opening = box(x - half, top, half * 2, foot - top, colours.light)
    leaf = path(
        (
            f"M{x + side * half} {top} {x + side * half * 2.1} {top + reach * 0.14} "
            f"{x + side * half * 2.1} {foot + reach * 0.2} {x + side * half} {foot}Z"
        ),
        colours.deep,
    )
    knob = disc(x + side * half * 1.96, (top + foot) / 2 + reach * 0.14, reach * 0.045, colours.accent)
    spill = path(
        (
            f"M{x - half} {foot} {x + half} {foot} {x + half - side * reach * 0.9} "
            f"{scene.floor + 2} {x - half - side * reach * 1.5} {scene.floor + 2}Z"
        ),
        colours.light,
    )
    figure = "M-14 0L-12-52C-20-56-20-88-9-92C-14-96-12-112 0-112C12-112 14-96 9-92C20-88 20-56 12-52L14 0H3L0-44L-3 0Z"
    shadow = path(
        (
            f"M{x - reach * 0.12} {foot} {x + reach * 0.12} {foot} {x - side * reach * 0.86} "
            f"{scene.floor + 2} {x - side * reach * 1.2} {scene.floor + 2}Z"
        ),
        colours.deep,
    )
    frame = line(f"M{x - half - 5} {foot}V{top - 5}H{x + half + 5}V{foot}", colours.accent, 6)
    return (
        scene.fill(colours.sky)
        + line(wall, colours.mid, reach * 0.1, opacity=0.4)
        + boards
        + spill
        + opening
        + frame
        + shadow
        + group(path(figure, colours.deep), x=x, y=foot + 1, scale=reach / 96)
        + leaf
        + knob
        + scene.ground()
    )


def stairs(scene: Scene) -> str:
    """A crooked flight of stairs to a lit door; nothing is at a right angle."""
    colours, dice, reach = scene.palette, scene.dice, scene.reach
    side = dice.pick([-1, 1])
    count = 8
    door = (scene.x + side * reach * 0.62, scene.y - reach * 0.3)
    steps = ""
    for index in range(count):
        share = index / count
        y = door[1] + reach * 0.42 + (scene.floor + 20 - door[1] - reach * 0.42) * share**1.25
        middle = door[0] - side * reach * 1.15 * share
        half = reach * (0.36 + 0.95 * share)
        tilt = reach * 0.07 * (-1 if index % 2 else 1)
        steps += path(
            (
                f"M{middle - half} {y + tilt} {middle + half} {y - tilt} "
                f"{middle + half * 1.2} {scene.floor + 4} {middle - half * 1.2} "
                f"{scene.floor + 4}Z"
            ),
            colours.light if index % 2 else colours.deep,
        )
    glow = "".join(
        path(wedge(door[0], door[1], scene.height * 1.3, turn, turn + 17), colours.mid) for turn in range(-168, 180, 34)
    )
    frame = path(
        (
            f"M{door[0] - reach * 0.34} {door[1] + reach * 0.5} {door[0] - reach * 0.2} "
            f"{door[1] - reach * 0.72} {door[0] + reach * 0.33} {door[1] - reach * 0.55} "
            f"{door[0] + reach * 0.28} {door[1] + reach * 0.5}Z"
        ),
        colours.deep,
    )
    light = path(
        (
            f"M{door[0] - reach * 0.25} {door[1] + reach * 0.48} {door[0] - reach * 0.13} "
            f"{door[1] - reach * 0.6} {door[0] + reach * 0.25} {door[1] - reach * 0.46} "
            f"{door[0] + reach * 0.2} {door[1] + reach * 0.48}Z"
        ),
        colours.accent,
    )
    figure = path(
        (
            "M-9 0L-7-34C-12-50-4-58 0-58C5-58 12-50 8-34L10 0ZM-5-64A6 6.500 0 1 1 6-64"
            "A6 6.500 0 1 1-5-64ZM-8-44L-26-20L-22-18L-4-36Z"
        ),
        colours.deep,
    )
    return (
        scene.fill(colours.sky)
        + glow
        + frame
        + light
        + steps
        + group(figure, x=door[0], y=door[1] + reach * 0.5, turn=side * 4, scale=reach / 92)
        + scene.ground()
    )


def window(scene: Scene) -> str:
    """One lit window in a brick wall; two shadows behind the curtain, a cat before it."""
    colours, dice, reach = scene.palette, scene.dice, scene.reach
    x, y = scene.x, scene.y
    tile_x, tile_y = reach * 0.34, reach * 0.22
    joints = f"M0 0H{tile_x}M0 {tile_y / 2}H{tile_x}M0 0V{tile_y / 2}M{tile_x / 2} {tile_y / 2}V{tile_y}"
    brick = tile(f"{scene.mark}k", tile_x, tile_y, line(joints, colours.mid, 2.4))
    wall = brick + box(0, 0, scene.width, scene.floor, f"url(#{scene.mark}k)", opacity=0.8)
    half, top, sill = reach * 0.78, y - reach * 1.05, y + reach * 0.92
    glow = disc(x, y, reach * 1.5, colours.light, opacity=0.14)
    frame = box(
        x - half - reach * 0.12, top - reach * 0.12, half * 2 + reach * 0.24, sill - top + reach * 0.12, colours.deep
    )
    glass = box(x - half, top, half * 2, sill - top, colours.light)
    people = group(
        path(PAIR if dice.chance(0.5) else WALKER, colours.deep, opacity=0.85),
        x=x + reach * 0.05,
        y=sill + reach * 0.4,
        scale=reach / 88,
    )
    shadows = pane(group(people, x=half - x, y=-top), x - half, top, half * 2, sill - top)
    drapes = "".join(
        path(
            (
                f"M{x + side * half} {top}H{x + side * reach * 0.1}C{x + side * reach * 0.2} "
                f"{y - reach * 0.1} {x + side * half * 0.8} {y} {x + side * half * 0.86} {sill}H"
                f"{x + side * half}Z"
            ),
            colours.accent,
        )
        for side in (-1, 1)
    )
    cross = line(f"M{x} {top}V{sill}M{x - half} {y - reach * 0.25}H{x + half}", colours.deep, reach * 0.055)
    ledge = box(x - half - reach * 0.24, sill, half * 2 + reach * 0.48, reach * 0.13, colours.soft) + box(
        x - half - reach * 0.18, sill + reach * 0.13, half * 2 + reach * 0.36, reach * 0.06, colours.mid
    )
    cat = path(
        (
            "M-30 0C-34-30-20-42-6-50C-10-58-10-66-8-76L0-68H12L20-76C24-62 20-52 12-46"
            "C20-30 22-14 20 0ZM-26-2C-50 0-56-22-44-34L-39-30C-46-22-42-10-26-10Z"
        ),
        colours.deep,
    )
    return (
        scene.fill(colours.sky)
        + wall
        + glow
        + frame
        + glass
        + shadows
        + drapes
        + cross
        + ledge
        + group(cat, x=x + reach * dice.pick([-0.5, 0.5]), y=sill + 1, scale=reach / 170, flip=dice.chance(0.5))
        + scene.ground()
    )


def chair(scene: Scene) -> str:
    """An empty chair in the light of a lamp."""
    colours, dice, reach = scene.palette, scene.dice, scene.reach
    x, top, foot = scene.x, scene.y - reach * 0.86, scene.floor - reach * 0.22
    cone = path(
        (f"M{x - reach * 0.24} {top}L{x - reach * 1.15} {foot}H{x + reach * 1.15}L{x + reach * 0.24} {top}Z"),
        colours.light,
        opacity=0.38,
    )
    pool = oval(x, foot, reach * 1.15, reach * 0.17, colours.light)
    lamp = (
        line(f"M{x} -10V{top - reach * 0.2}", colours.deep, 3)
        + path(
            (
                f"M{x - reach * 0.34} {top + reach * 0.04}C{x - reach * 0.3} {top - reach * 0.26} "
                f"{x + reach * 0.3} {top - reach * 0.26} {x + reach * 0.34} {top + reach * 0.04}Z"
            ),
            colours.deep,
        )
        + disc(x, top + reach * 0.04, reach * 0.1, colours.accent)
    )
    seat = line(
        (
            "M-30-118L-36 0M-30-60H34L42 0M-34-56L-44 6M30-58L26 6M-30-116C-16-124 4-124 14-116L18-62"
            "M-10-120L-8-62M4-120L6-62"
        ),
        colours.deep,
        6,
        is_round=True,
    ) + path("M-40-64H38L44-52H-46Z", colours.accent)
    hat = path("M-30 0C-14-6-18-28 0-28C18-28 14-6 30 0C14 6-14 6-30 0Z", colours.deep) + path(
        "M-15-9C-6-5 6-5 15-9V-4C6 0-6 0-15-4Z", colours.accent
    )
    boards = box(-1, foot - reach * 0.14, scene.width + 2, scene.floor - foot + reach * 0.2, colours.mid)
    wall = "".join(
        box(
            x + step * reach * 0.62 - reach * 0.2,
            scene.y - reach * 1.1,
            reach * 0.4,
            reach * 0.6,
            colours.mid,
            opacity=0.35,
        )
        for step in (-2, 2, -3, 3)
    )
    return (
        scene.fill(colours.sky)
        + wall
        + boards
        + cone
        + pool
        + lamp
        + group(seat + group(hat, x=-2, y=-66), x=x, y=foot, scale=reach / 112, flip=dice.chance(0.5))
        + scene.ground()
    )
