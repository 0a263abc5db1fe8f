"""Pictures of the stage and the ring."""

from cinema.catalog.posters.scene import Scene
from cinema.catalog.posters.shapes import around, box, disc, group, line, oval, path, polygon, ring, tile, wedge


def masks(scene: Scene) -> str:
    """The two masks, one over the other."""
    colours, dice, reach = scene.palette, scene.dice, scene.reach
    face = "M-72-78C-40-92 40-92 72-78C80-10 62 66 0 96C-62 66-80-10-72-78Z"
    half = "M0-88C30-88 52-86 72-78C80-10 62 66 0 96Z"
    glad = path(face, colours.accent) + path(half, colours.deep, opacity=0.16)
    glad += path(
        "M-52-28Q-34-52-14-26Q-34-36-52-28ZM52-28Q34-52 14-26Q34-36 52-28ZM-46 20Q0 46 46 20Q30 74 0 74Q-30 74-46 20Z",
        colours.deep,
    )
    sad = path(face, colours.light) + path(half, colours.deep, opacity=0.14)
    sad += path(
        (
            "M-54-18Q-36-46-14-34Q-30-22-32-12Q-44-10-54-18ZM54-18Q36-46 14-34Q30-22 32-12"
            "Q44-10 54-18ZM-38 62Q-24 22 0 22Q24 22 38 62Q16 44 0 44Q-16 44-38 62Z"
        ),
        colours.deep,
    )
    sad += path("M-36-4C-30 8-30 16-36 18C-42 16-42 8-36-4Z", colours.accent)
    ribbon = line("M-70-66C-150-40-120 60-190 90M70-66C150-40 120 60 190 90", colours.light, 5)
    rays = "".join(wedge(scene.x, scene.y, scene.height * 1.3, turn, turn + 7) for turn in range(0, 360, 15))
    scale, lean = reach / 104, dice.between(9, 15)
    front = dice.chance(0.5)
    pair = [
        group(ribbon + sad, x=scene.x + reach * 0.36, y=scene.y + reach * 0.26, turn=lean, scale=scale),
        group(ribbon + glad, x=scene.x - reach * 0.36, y=scene.y - reach * 0.16, turn=-lean, scale=scale),
    ]
    return (
        scene.fill(colours.sky)
        + path(rays, colours.mid, opacity=0.55)
        + "".join(pair if front else pair[::-1])
        + scene.ground()
    )


def curtain(scene: Scene) -> str:
    """A stage between drapes, one small figure in the light."""
    colours, dice, reach = scene.palette, scene.dice, scene.reach
    x, stage = scene.x, scene.floor - reach * 0.32
    light = path(
        (
            f"M{x - reach * 0.1} {-20} {x + reach * 0.1} {-20} {x + reach * 0.85} {stage + 8} "
            f"{x - reach * 0.85} {stage + 8}Z"
        ),
        colours.light,
        opacity=0.3,
    )
    pool = oval(x, stage + reach * 0.06, reach * 0.86, reach * 0.17, colours.light)
    boards = box(-1, stage - reach * 0.06, scene.width + 2, scene.height - stage + 10, colours.mid)
    gaps = "".join(
        f"M{x + (x0 - x) * 0.5} {stage - reach * 0.06}L{x + (x0 - x) * 1.6} {scene.floor}"
        for x0 in (x + reach * 0.5 * step for step in range(-8, 9))
    )
    drapes = ""
    folds = 5
    for side in (-1, 1):
        edge = 0 if side < 0 else scene.width
        width = min(abs(edge - x) - reach * 0.62, reach * 2)
        for index in range(folds, 0, -1):
            reach_in = width * index / folds
            waist = reach_in * 0.52
            outer = edge - side * (reach_in + reach * 0.34)
            drapes += path(
                (
                    f"M{edge + side * 2} -2H{outer}C{outer} {scene.y} {edge - side * waist} "
                    f"{scene.y + reach * 0.2} {edge - side * waist} {scene.y + reach * 0.62}C"
                    f"{edge - side * waist} {scene.y + reach * 0.8} "
                    f"{edge - side * reach_in * 0.86} {stage} {edge - side * reach_in * 0.86} "
                    f"{scene.floor + 2}H{edge + side * 2}Z"
                ),
                colours.accent if index % 2 else colours.deep,
            )
    figures = (
        (
            "M-13 0L-10-40L-30-58L-26-63L-8-54H8L28-74L33-70L12-44L13 0H4L0-32L-4 0ZM-8-66"
            "A8 9 0 1 1 8-66A8 9 0 1 1-8-66ZM-14-74H14V-78H9V-96H-9V-78H-14Z"
        ),
        (
            "M-26 0C-20-20-10-34-7-50L-24-70L-20-74L0-60L20-84L25-80L8-50C10-34 22-20 28 0ZM-8-68"
            "A8 9 0 1 1 8-68A8 9 0 1 1-8-68Z"
        ),
    )
    figure = path(dice.pick(figures), colours.deep)
    back = "".join(wedge(x, stage, scene.height * 1.4, turn, turn + 8) for turn in range(-88, 90, 16))
    return (
        scene.fill(colours.sky)
        + path(back, colours.mid, opacity=0.35)
        + light
        + boards
        + line(gaps, colours.deep, 1.4, opacity=0.5)
        + pool
        + group(figure, x=x, y=stage + reach * 0.06, scale=reach / 108)
        + drapes
        + swags(scene)
        + scene.ground()
    )


def swags(scene: Scene) -> str:
    """The short curtain that hangs in bows along the top."""
    colours, reach = scene.palette, scene.reach
    bows = ""
    parts = max(round(scene.width / (reach * 0.75)), 3)
    for index in range(parts):
        size = scene.width / parts
        left = size * index
        for depth, fill in ((0.42, colours.deep), (0.36, colours.accent), (0.2, colours.deep), (0.15, colours.accent)):
            bows += path(
                (f"M{left} -2V{reach * 0.1}Q{left + size / 2} {reach * depth * 2.2} {left + size} {reach * 0.1}V-2Z"),
                fill,
            )
    return bows


def keys(scene: Scene) -> str:
    """A keyboard bent into an arch, and notes above it."""
    colours, dice, reach = scene.palette, scene.dice, scene.reach
    x, y = scene.x, scene.floor + reach * 0.1
    outer, inner, count = reach * 1.5, reach * 0.78, 14
    step = 180 / count
    keyboard = disc(x, y, outer + reach * 0.08, colours.deep)
    for index in range(count):
        begin, end = -90 + index * step + 0.5, -90 + (index + 1) * step - 0.5
        keyboard += polygon(
            [
                around(x, y, inner, begin),
                around(x, y, outer, begin),
                around(x, y, outer, (begin + end) / 2),
                around(x, y, outer, end),
                around(x, y, inner, end),
            ],
            colours.light,
        )
    for index in range(1, count):
        if index % 7 not in (3, 0):
            turn = -90 + index * step
            keyboard += polygon(
                [
                    around(x, y, reach * 1.06, turn - 3),
                    around(x, y, outer, turn - 3),
                    around(x, y, outer, turn + 3),
                    around(x, y, reach * 1.06, turn + 3),
                ],
                colours.deep,
            )
    heart = (
        disc(x, y, inner - reach * 0.05, colours.accent)
        + disc(x, y, inner * 0.62, colours.deep)
        + disc(x, y, inner * 0.45, colours.sky)
    )
    note = "M0 0V-64L34-74V-12A13 10-20 1 1 28-20V-54L6-48V2A13 10-20 1 1 0-6Z"
    single = "M0 0V-60C8-44 24-44 20-18C18-30 10-32 6-34V2A13 10-20 1 1 0-6Z"
    notes = "".join(
        group(
            path(dice.pick([note, single]), fill),
            x=scene.x + reach * dx,
            y=scene.floor - reach * dy,
            turn=dice.between(-18, 18),
            scale=reach / size,
        )
        for dx, dy, size, fill in (
            (-0.85, 1.85, 110, colours.accent),
            (0.05, 2.05, 90, colours.light),
            (0.95, 1.75, 120, colours.accent),
            (-0.35, 2.55, 150, colours.mid),
            (0.6, 2.6, 140, colours.mid),
        )
    )
    rays = "".join(
        wedge(x, y, scene.height * 1.4, -90 + index * step, -90 + (index + 0.5) * step) for index in range(count)
    )
    return scene.fill(colours.sky) + path(rays, colours.mid, opacity=0.4) + notes + keyboard + heart + scene.ground()


def hat(scene: Scene) -> str:
    """A bowler, a moustache, a cane: nobody is there, and everybody knows who it is."""
    colours, dice, reach = scene.palette, scene.dice, scene.reach
    halo = disc(scene.x, scene.y, reach * 1.12, colours.light) + ring(
        scene.x, scene.y, reach * 1.24, reach * 0.035, colours.light
    )
    bowler = path("M-64-30C-66-104-36-124 0-124C36-124 66-104 64-30Z", colours.deep) + path(
        "M-104-34C-88-14-60-20 0-20C60-20 88-14 104-34C100-4 64 0 0 0C-64 0-100-4-104-34Z", colours.deep
    )
    bowler += path("M-65-54C-30-44 30-44 65-54L65-34C30-24-30-24-65-34Z", colours.accent)
    bowler += line("M-44-96C-36-110-22-114-10-115", colours.light, 4, opacity=0.5, is_round=True)
    faces = (
        path("M0 44C-10 34-34 34-42 56C-30 50-12 60 0 52C12 60 30 50 42 56C34 34 10 34 0 44Z", colours.deep),
        path("M-20 36H20L25 60H-25Z", colours.deep),
        line(
            "M-66 22A22 22 0 1 0-22 22A22 22 0 1 0-66 22ZM22 22A22 22 0 1 0 66 22A22 22 0 1 0 22 22ZM-22 18Q0 8 22 18",
            colours.deep,
            8,
        ),
    )
    bow = path("M0 104L-44 82V126ZM0 104L44 82V126Z", colours.accent) + disc(0, 104, 10, colours.deep)
    spots = "".join(
        disc(reach * dx, reach * dy, reach * 0.045, colours.mid) for dx, dy in ((0.075, 0.13), (0.225, 0.39))
    )
    dot = tile(f"{scene.mark}o", reach * 0.3, reach * 0.52, spots)
    cane = line("M-70 160L92-6C106-22 128-2 114 14", colours.mid, 9, is_round=True)
    return (
        scene.fill(colours.sky)
        + dot
        + box(0, 0, scene.width, scene.floor, f"url(#{scene.mark}o)", opacity=0.5)
        + halo
        + group(
            cane + bowler + dice.pick(faces) + bow, x=scene.x, y=scene.y, turn=dice.pick([-7, 0, 6]), scale=reach / 128
        )
        + scene.ground()
    )


def circus(scene: Scene) -> str:
    """A rope walker above the striped tent."""
    colours, dice, reach = scene.palette, scene.dice, scene.reach
    x, top = scene.x, scene.y + reach * 0.32
    panels = ""
    for index in range(8):
        left, right = -1 + index * 0.25, -0.75 + index * 0.25
        fill = colours.bold if index % 2 else colours.light
        panels += path(
            (f"M{x} {top} {x + left * reach * 1.3} {scene.floor + 2} {x + right * reach * 1.3} {scene.floor + 2}Z"),
            fill,
        )
    valance = "".join(
        disc(
            x + (-1 + index * 0.25 + 0.125) * reach * 1.3,
            scene.floor - reach * 0.02,
            reach * 0.165,
            colours.bold if index % 2 else colours.light,
        )
        for index in range(8)
    )
    flag = path(
        (
            f"M{x} {top - reach * 0.02} {x} {top - reach * 0.34} {x + reach * 0.3} "
            f"{top - reach * 0.24} {x} {top - reach * 0.14}Z"
        ),
        colours.accent,
    ) + line(f"M{x} {top + 4}V{top - reach * 0.36}", colours.deep, 3)
    rope_y = scene.y - reach * 0.32
    rope = line(
        (f"M-4 {rope_y - reach * 0.28}Q{x} {rope_y + reach * 0.3} {scene.width + 4} {rope_y - reach * 0.28}"),
        colours.deep,
        2.4,
    )
    walker = (
        path(
            (
                "M-3 0L-9-30L-14-3L-19-4L-14-34L-6-58C-8-62 8-62 6-58L8-32L16-10L12-7L3-26L2 0ZM-7-70"
                "A7 7.500 0 1 1 7-70A7 7.500 0 1 1-7-70Z"
            ),
            colours.deep,
        )
        + line("M-86-36Q0-56 86-36", colours.deep, 3)
        + path("M0-64L-24-84L-26-56ZM0-78L-12-96H12Z", colours.accent)
    )
    rays = "".join(wedge(x, rope_y - reach * 0.3, scene.height * 1.5, turn, turn + 9) for turn in range(0, 360, 18))
    spot = disc(x, rope_y - reach * 0.22, reach * 0.62, colours.light)
    return (
        scene.fill(colours.sky)
        + path(rays, colours.mid, opacity=0.5)
        + spot
        + rope
        + group(walker, x=x, y=rope_y + reach * 0.015, turn=dice.between(-5, 5), scale=reach / 105)
        + flag
        + panels
        + valance
        + scene.ground()
    )
