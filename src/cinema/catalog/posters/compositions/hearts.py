"""Pictures of love and of what is left of it."""

from cinema.catalog.posters.scene import Scene
from cinema.catalog.posters.shapes import around, box, disc, group, line, number, oval, path, ring, wedge


def profiles(scene: Scene) -> str:
    """Two faces about to meet, a vase or a sun between them."""
    colours, dice, reach = scene.palette, scene.dice, scene.reach
    face = (
        "M-400-190H-96C-60-186-42-160-40-128C-40-112-50-104-48-92C-44-78-24-60-20-48"
        "C-18-40-26-36-34-34C-38-28-28-22-28-16C-28-10-36-8-36-4C-34 0-28 4-30 12"
        "C-32 20-40 22-40 32C-38 46-36 56-46 66C-58 78-84 76-92 84C-98 100-92 140-80 164"
        "C-70 190-56 220-50 300H-400Z"
    )
    left = path(face, colours.deep)
    right = group(path(face, colours.accent if dice.chance(0.6) else colours.mid), flip=True)
    glow = disc(0, 6, 178, colours.light) + ring(0, 6, 196, 5, colours.light) + ring(0, 6, 216, 2.4, colours.light)
    eye = line("M-92-92Q-80-84-64-92", colours.light, 2.600, is_round=True)
    eyes = eye + group(line("M-92-92Q-80-84-64-92", colours.deep, 2.600, is_round=True), flip=True)
    scale = reach / 118
    return (
        scene.fill(colours.sky)
        + group(glow + left + right + eyes, x=scene.x, y=scene.y + reach * 0.16, scale=scale)
        + scene.ground()
    )


def heart(scene: Scene) -> str:
    """A heart in rings, with an arrow through it."""
    colours, dice, reach = scene.palette, scene.dice, scene.reach
    shape = "M0 92C-118 12-104-84-42-84C-18-84-4-66 0-50C4-66 18-84 42-84C104-84 118 12 0 92Z"
    fills = [colours.mid, colours.accent, colours.light, colours.accent, colours.deep]
    if dice.chance(0.5):
        fills = [colours.accent, colours.light, colours.accent, colours.mid, colours.light]
    hearts = "".join(
        group(path(shape, fill), scale=size) for fill, size in zip(fills, (1.3, 1.08, 0.84, 0.6, 0.32), strict=True)
    )
    arrow = (
        line("M-170 74L150-66", colours.deep, 6)
        + path("M176-78L132-78L148-44Z", colours.deep)
        + path("M-170 74L-204 66L-180 92ZM-152 66L-186 58L-162 84ZM-134 58L-168 50L-144 76Z", colours.deep)
    )
    rays = "".join(wedge(scene.x, scene.y, scene.height * 1.3, turn, turn + 5) for turn in range(0, 360, 10))
    flowers = ""
    for index in range(int(scene.width / (reach * 0.5)) + 2):
        at, tall = index * reach * 0.5 + dice.between(-9, 9), reach * dice.between(0.22, 0.55)
        flowers += line(f"M{at} {scene.floor + 2}v{-tall}", colours.deep, 2.4)
        flowers += "".join(
            disc(*around(at, scene.floor - tall, reach * 0.065, turn), reach * 0.06, colours.light)
            for turn in range(0, 360, 72)
        ) + disc(at, scene.floor - tall, reach * 0.045, colours.accent)
    return (
        scene.fill(colours.sky)
        + path(rays, colours.soft, opacity=0.28)
        + group(hearts + arrow, x=scene.x, y=scene.y, turn=dice.pick([-8, 0, 8]), scale=reach / 125)
        + flowers
        + scene.ground()
    )


def flower(scene: Scene) -> str:
    """One large flower that loses a petal."""
    colours, dice, reach = scene.palette, scene.dice, scene.reach
    x, y = scene.x, scene.y - reach * 0.1
    petal = "M0-16C-40-50-34-104 0-118C34-104 40-50 0-16Z"
    count = dice.pick([8, 9, 11])
    lost = dice.whole(0, count - 1)
    whole = "".join(
        group(path(petal, colours.light if index % 2 else colours.soft), turn=index * 360 / count)
        for index in range(count)
        if index != lost
    )
    back = "".join(group(path(petal, colours.accent), turn=(index + 0.5) * 360 / count) for index in range(count))
    middle = (
        disc(0, 0, 34, colours.deep)
        + "".join(disc(*around(0, 0, 22, turn), 3.4, colours.accent) for turn in range(0, 360, 36))
        + disc(0, 0, 11, colours.accent)
    )
    stem = line(
        (
            f"M{x} {y + reach * 0.3}C{x - reach * 0.2} {y + reach * 0.9} {x + reach * 0.14} "
            f"{scene.floor - reach * 0.3} {x} {scene.floor + 4}"
        ),
        colours.deep,
        reach * 0.06,
    )
    leaf = path(
        (
            f"M{x - reach * 0.02} {scene.floor - reach * 0.2}q{reach * 0.6} {-reach * 0.02} "
            f"{reach * 0.74} {-reach * 0.6}q{-reach * 0.66} {reach * 0.06} {-reach * 0.74} "
            f"{reach * 0.6}z"
        ),
        colours.deep,
    )
    falling = group(
        path(petal, colours.light),
        x=x - reach * 0.95,
        y=y + reach * 1.1,
        turn=dice.between(-70, -20),
        scale=reach / 150,
    )
    sun = disc(x, y, reach * 1.32, colours.mid, opacity=0.55)
    return (
        scene.fill(colours.sky)
        + sun
        + stem
        + leaf
        + falling
        + group(back, x=x, y=y, scale=reach / 108)
        + group(whole + middle, x=x, y=y, turn=dice.between(0, 40), scale=reach / 118)
        + scene.ground()
    )


def letter(scene: Scene) -> str:
    """A sealed letter and a rose."""
    colours, dice, reach = scene.palette, scene.dice, scene.reach
    sheet = box(-104, -66, 208, 138, colours.deep, radius=4, opacity=0.25) + box(
        -108, -72, 208, 138, colours.light, radius=4
    )
    sheet += path("M-108-72L-4 14L100-72Z", colours.soft) + line(
        "M-108-72L-4 14L100-72M-108 66L-34-10M100 66L26-10", colours.mid, 2.4
    )
    seal = (
        disc(-4, 10, 24, colours.bold)
        + ring(-4, 10, 17, 2.6, colours.light)
        + path("M-4 20C-16 10-13 1-8 1C-6 1-4 3-4 5C-4 3-2 1 0 1C5 1 8 10-4 20Z", colours.light)
    )
    stamp = box(54, -60, 34, 42, colours.accent) + box(58, -56, 26, 34, colours.mid) + disc(71, -40, 8, colours.light)
    rose = line("M0 0C-10 40-30 80-34 130", colours.deep, 6) + path(
        "M-14 60C-50 50-62 74-66 88C-42 92-22 84-14 60ZM-20 84C6 72 24 84 34 98C12 108-10 106-20 84Z", colours.deep
    )
    rose += (
        disc(0, -14, 36, colours.bold)
        + path("M-36-14C-30-46 30-46 36-14C22-32-22-32-36-14Z", colours.light, opacity=0.35)
        + line("M-22-14A22 22 0 1 1 14 4M-10-10A12 12 0 1 1 8-2", colours.deep, 3, opacity=0.55)
        + path(
            "M-36-8C-26 16-6 22 0 22C-18 26-34 14-36-8ZM36-8C26 16 6 22 0 22C18 26 34 14 36-8Z",
            colours.deep,
            opacity=0.3,
        )
    )
    rings = "".join(
        oval(scene.x, scene.y, reach * (1.5 + 0.4 * index), reach * (1.2 + 0.36 * index), colours.mid, opacity=0.2)
        for index in range(5)
    )
    turn = dice.pick([-9, 8])
    return (
        scene.fill(colours.sky)
        + rings
        + group(
            group(sheet + stamp + seal, turn=turn) + group(rose, x=74, y=30, turn=24),
            x=scene.x - reach * 0.05,
            y=scene.y,
            scale=reach / 112,
        )
        + scene.ground()
    )


def cage(scene: Scene) -> str:
    """A bird leaves its cage."""
    colours, dice, reach = scene.palette, scene.dice, scene.reach
    side = dice.pick([-1, 1])
    halo = disc(scene.x, scene.y, reach * 1.25, colours.mid, opacity=0.6)
    wires = "".join(f"M0-92C{number(dx * 1.3)}-88 {number(dx)}-40 {number(dx)} 80" for dx in (-74, -46, -16, 16))
    dome = "M-74 80V0C-74-56-40-92 0-92C40-92 74-56 74 0V80"
    frame = (
        line(dome + wires, colours.light, 5)
        + line("M-74 4H20M-74 80H74", colours.light, 7)
        + box(-84, 80, 168, 14, colours.accent)
        + box(-70, 94, 140, 10, colours.deep)
    )
    frame += (
        ring(0, -106, 13, 5, colours.light)
        + line("M0-240V-118", colours.light, 2.4)
        + line("M-46 34H18", colours.accent, 5)
    )
    gate = line("M74 4L124 24V84L74 76M90 10V79M107 17V82", colours.light, 4.4)
    bird = path(
        (
            "M-44 14C-30-2-16-8 0-8C-6-34 4-56 30-70C28-44 32-26 24-8C34-8 40-2 52 0C40 6 34 16 18 20"
            "C2 26-20 24-44 14ZM-44 14L-72 8L-60 20L-74 30Z"
        ),
        colours.accent,
    ) + disc(36, 2, 2.6, colours.deep)
    feathers = "".join(
        group(
            path("M0-14C6-4 5 6 0 14C-5 6-6-4 0-14Z", colours.light),
            x=scene.x + side * reach * dice.between(0.3, 1.2),
            y=scene.y + reach * dice.between(-0.4, 1.0),
            turn=dice.between(0, 180),
            scale=reach / 140,
        )
        for _ in range(5)
    )
    whole = group(group(frame + gate, y=14) + group(bird, x=112, y=-92, turn=-14), x=-22)
    rings = "".join(
        ring(scene.x, scene.y, reach * size, 2, colours.soft, opacity=0.5) for size in (1.45, 1.75, 2.05, 2.35)
    )
    return (
        scene.fill(colours.sky)
        + rings
        + halo
        + feathers
        + group(whole, x=scene.x, y=scene.y, scale=reach / 118, flip=side < 0)
        + scene.ground()
    )
