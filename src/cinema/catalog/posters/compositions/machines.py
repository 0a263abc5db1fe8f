"""Pictures of what runs on wheels, springs and steam."""

from cinema.catalog.posters.scene import Scene
from cinema.catalog.posters.shapes import Point, around, box, disc, group, line, oval, path, polygon, ring, spoke, wedge


def train(scene: Scene) -> str:
    """An express that comes straight at us, with its rails and its smoke."""
    colours, dice, reach = scene.palette, scene.dice, scene.reach
    x, y = scene.x, scene.y + reach * 0.1
    horizon = scene.y + reach * 0.55
    rays = "".join(wedge(x, horizon, scene.height * 1.5, turn, turn + 6) for turn in range(-87, 90, 12))
    side = dice.pick([-1, 1])
    smoke = "".join(
        disc(
            x + side * reach * (0.05 + 0.045 * index**1.5),
            y - reach * (0.8 + 0.13 * index),
            reach * (0.16 + 0.055 * index),
            colours.light if index % 2 else colours.soft,
        )
        for index in range(9)
    )
    land = box(-1, horizon, scene.width + 2, scene.floor - horizon + 2, colours.mid)
    rails = ""
    for index in range(9):
        share = (index / 8) ** 2
        yy, half = horizon + (scene.height - horizon) * share, reach * (0.2 + 3.2 * share)
        rails += box(x - half, yy, half * 2, 2 + 12 * share, colours.deep, opacity=0.8)
    front = locomotive(scene, x, y)
    return (
        scene.fill(colours.sky) + path(rays, colours.mid, opacity=0.55) + land + rails + smoke + front + scene.ground()
    )


def locomotive(scene: Scene, x: float, y: float) -> str:
    """A locomotive's face."""
    colours, reach = scene.palette, scene.reach
    bumper = y + reach * 0.72
    cab = box(x - reach * 0.74, y - reach * 0.52, reach * 1.48, reach * 1.26, colours.deep, radius=reach * 0.1)
    chimney = path(
        (
            f"M{x - reach * 0.2} {y - reach * 0.92} {x + reach * 0.2} {y - reach * 0.92} "
            f"{x + reach * 0.13} {y - reach * 0.5} {x - reach * 0.13} {y - reach * 0.5}Z"
        ),
        colours.deep,
    )
    boiler = (
        disc(x, y, reach * 0.66, colours.deep)
        + ring(x, y, reach * 0.6, reach * 0.04, colours.soft)
        + disc(x, y, reach * 0.46, colours.mid)
        + ring(x, y, reach * 0.46, reach * 0.025, colours.soft)
    )
    bolts = "".join(disc(*around(x, y, reach * 0.53, turn), reach * 0.018, colours.soft) for turn in range(0, 360, 30))
    lamp = (
        disc(x, y - reach * 0.06, reach * 0.25, colours.deep)
        + disc(x, y - reach * 0.06, reach * 0.2, colours.light)
        + disc(x, y - reach * 0.06, reach * 0.12, colours.accent)
    )
    beam = box(x - reach * 0.86, bumper, reach * 1.72, reach * 0.16, colours.accent, radius=3)
    buffers = "".join(
        disc(x + dx * reach, bumper + reach * 0.08, reach * 0.13, colours.deep)
        + ring(x + dx * reach, bumper + reach * 0.08, reach * 0.09, 3, colours.soft)
        for dx in (-0.6, 0.6)
    )
    plough = path(
        (
            f"M{x - reach * 0.62} {bumper + reach * 0.16} {x + reach * 0.62} "
            f"{bumper + reach * 0.16} {x + reach * 0.36} {bumper + reach * 0.5} "
            f"{x - reach * 0.36} {bumper + reach * 0.5}Z"
        ),
        colours.deep,
    )
    bars = "".join(
        (f"M{x + dx * reach * 0.56} {bumper + reach * 0.16}L{x + dx * reach * 0.32} {bumper + reach * 0.5}")
        for dx in (-0.8, -0.5, -0.2, 0.2, 0.5, 0.8)
    )
    return cab + chimney + boiler + bolts + lamp + plough + line(bars, colours.soft, 2) + beam + buffers


def gears(scene: Scene) -> str:
    """Wheels that turn each other."""
    colours, dice, reach = scene.palette, scene.dice, scene.reach
    beams = "".join(wedge(scene.x, scene.floor, scene.height * 1.5, turn, turn + 6) for turn in range(-90, 90, 12))
    wheels = (
        gear(
            scene.x - reach * 0.5,
            scene.y + reach * 0.55,
            reach * 0.92,
            18,
            fill=colours.deep,
            trim=colours.soft,
            hole=colours.sky,
        )
        + gear(
            scene.x + reach * 0.62,
            scene.y - reach * 0.35,
            reach * 0.66,
            13,
            fill=colours.accent,
            trim=colours.deep,
            hole=colours.sky,
        )
        + gear(
            scene.x - reach * 0.62,
            scene.y - reach * 0.8,
            reach * 0.46,
            9,
            fill=colours.light,
            trim=colours.accent,
            hole=colours.sky,
        )
        + gear(
            scene.x + reach * 0.82,
            scene.y + reach * 0.75,
            reach * 0.4,
            8,
            fill=colours.mid,
            trim=colours.light,
            hole=colours.sky,
        )
    )
    return (
        scene.fill(colours.sky)
        + path(beams, colours.mid, opacity=0.4)
        + wheels
        + (worker(scene) if dice.chance(0.7) else "")
        + scene.ground()
    )


def gear(x: float, y: float, radius: float, teeth: int, *, fill: str, trim: str, hole: str) -> str:
    step = 360 / teeth
    points: list[Point] = []
    for tooth in range(teeth):
        turn = tooth * step
        points += [
            around(x, y, radius * 0.86, turn - step * 0.3),
            around(x, y, radius, turn - step * 0.18),
            around(x, y, radius, turn + step * 0.18),
            around(x, y, radius * 0.86, turn + step * 0.3),
        ]
    spokes = "".join(disc(*around(x, y, radius * 0.46, turn), radius * 0.17, hole) for turn in range(0, 360, 60))
    return (
        polygon(points, fill)
        + ring(x, y, radius * 0.72, radius * 0.03, trim)
        + spokes
        + disc(x, y, radius * 0.2, trim)
        + disc(x, y, radius * 0.09, hole)
    )


def worker(scene: Scene) -> str:
    body = path(
        (
            "M-16 0L-10-40C-16-62-12-70 0-70C8-70 12-66 14-60L44-92L50-87L18-44L10-34L18 0H8L0-26"
            "L-7 0ZM-8-82A9 9 0 1 1 10-82A9 9 0 1 1-8-82Z"
        ),
        scene.palette.deep,
    )
    return group(body, x=scene.x + scene.reach * 0.1, y=scene.floor + 1, scale=scene.reach / 150)


def clock(scene: Scene) -> str:
    """A clock's face; somebody hangs from its hand."""
    colours, dice, reach = scene.palette, scene.dice, scene.reach
    x, y = scene.x, scene.y
    face = (
        disc(x, y, reach * 1.18, colours.deep)
        + disc(x, y, reach * 1.08, colours.light)
        + ring(x, y, reach * 0.98, 2.4, colours.deep)
    )
    hours, minutes = (
        "".join(spoke(around(x, y, reach * inner, turn), around(x, y, reach * 0.95, turn)) for turn in turns)
        for inner, turns in ((0.78, range(0, 360, 30)), (0.91, range(0, 360, 6)))
    )
    face += line(hours, colours.deep, reach * 0.054) + line(minutes, colours.deep, 1.6)
    minute, hour = dice.pick([70, 78, -74]), dice.pick([20, -35, 160, 200])
    tip = around(x, y, reach * 0.86, minute)
    hands = line(spoke(around(x, y, -reach * 0.2, minute), tip), colours.accent, reach * 0.06) + line(
        spoke(around(x, y, -reach * 0.16, hour), around(x, y, reach * 0.56, hour)),
        colours.deep,
        reach * 0.09,
    )
    hands += disc(x, y, reach * 0.1, colours.deep) + disc(x, y, reach * 0.045, colours.accent)
    figure = path(
        (
            "M-4 0L-10 26C-14 40-12 56-9 66L-18 104L-10 106L0 72L10 104L18 102L10 64C14 50 12 38 8 28"
            "L4 0L-1 0L2 24H-2ZM-6 18A8 8 0 1 1 7 20A8 8 0 1 1-6 18ZM-16 10H16V6H9V-4H-9V6H-16Z"
        ),
        colours.deep,
    )
    hold = around(x, y, reach * 0.7, minute)
    rays = "".join(wedge(x, y, scene.height * 1.3, turn, turn + 9) for turn in range(0, 360, 18))
    return (
        scene.fill(colours.sky)
        + path(rays, colours.mid, opacity=0.5)
        + face
        + hands
        + group(figure, x=hold[0], y=hold[1], turn=dice.between(-8, 8), scale=reach / 150)
        + scene.ground()
    )


def gramophone(scene: Scene) -> str:
    """A gramophone whose horn fills the sky."""
    colours, dice, reach = scene.palette, scene.dice, scene.reach
    horn = ""
    petals = 9
    for index in range(petals):
        begin, end = -80 + index * 160 / petals, -80 + (index + 1) * 160 / petals
        a, b = around(0, 0, 128, begin), around(0, 0, 128, end)
        tip = around(0, 0, 150, (begin + end) / 2)
        horn += path(
            f"M0 96L{a[0]} {a[1]}Q{tip[0]} {tip[1]} {b[0]} {b[1]}Z",
            colours.accent if index % 2 else colours.light,
        )
    horn += path("M-6 92C-30 40-50 0-70-10C-40-40 40-40 70-10C50 0 30 40 6 92Z", colours.deep, opacity=0.25)
    neck = line("M0 84C0 118 34 110 44 132", colours.deep, 11, is_round=True)
    case = (
        path("M-66 152H74L84 204H-76Z", colours.deep)
        + box(-84, 198, 176, 14, colours.mid)
        + oval(4, 150, 66, 11, colours.mid)
        + oval(4, 148, 24, 4, colours.accent)
    )
    arcs = "".join(
        ring(scene.x, scene.y + reach * 0.4, reach * size, reach * 0.025, colours.soft, opacity=0.55)
        for size in (1.45, 1.7, 1.95, 2.2, 2.45, 2.7)
    )
    return (
        scene.fill(colours.sky)
        + arcs
        + group(
            group(group(horn, y=-92), y=92, turn=14, scale=1.16) + neck + case,
            x=scene.x - reach * 0.1,
            y=scene.floor - reach * 1.62,
            scale=reach / 130,
            flip=dice.chance(0.5),
        )
        + scene.ground()
    )
