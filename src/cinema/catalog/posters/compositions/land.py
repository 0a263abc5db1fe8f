"""Pictures of the open country."""

from cinema.catalog.posters.compositions.sky import stars
from cinema.catalog.posters.scene import Scene
from cinema.catalog.posters.shapes import Point, around, box, disc, group, line, outline, oval, path, wedge


def mountains(scene: Scene) -> str:
    """Folded peaks, each with a lit and a shaded side."""
    colours, dice, reach = scene.palette, scene.dice, scene.reach
    sun = disc(scene.x + reach * dice.between(-0.6, 0.6), scene.y - reach * 0.45, reach * 0.62, colours.accent)
    ranges = ""
    for depth, (lit, shaded) in enumerate(
        ((colours.soft, colours.mid), (colours.light, colours.mid), (colours.mid, colours.deep))
    ):
        count = 3 + depth
        step = scene.width / (count - 1)
        for index in range(count):
            x = step * (index + dice.between(-0.25, 0.25)) + (step / 2 if depth == 1 else 0)
            top = scene.y - reach * (0.45 - 0.5 * depth) + dice.between(-0.2, 0.35) * reach
            half = step * dice.between(0.62, 0.8)
            ridge = x + half * dice.between(-0.1, 0.25)
            ranges += path(f"M{x - half} {scene.floor} {x} {top} {ridge} {scene.floor}Z", lit)
            ranges += path(f"M{ridge} {scene.floor} {x} {top} {x + half} {scene.floor}Z", shaded)
    birds = "".join(line("M-9-4Q-4-7 0 0Q4-7 9-4", colours.deep, 1.6) for _ in range(1))
    flock = "".join(
        group(
            birds,
            x=scene.x + reach * dice.between(-0.9, 0.9),
            y=scene.y - reach * dice.between(0.2, 1.1),
            scale=reach / 110,
        )
        for _ in range(4)
    )
    return scene.fill(colours.sky) + sun + ranges + flock + scene.ground()


def desert(scene: Scene) -> str:
    """Table mountains, a cactus and a low sun."""
    colours, dice, reach = scene.palette, scene.dice, scene.reach
    sun = "".join(
        disc(scene.x, scene.y, reach * size, fill)
        for size, fill in ((1.3, colours.soft), (1.05, colours.light), (0.8, colours.accent))
    )
    land = ""
    for fill, base, share in ((colours.soft, 0.3, 0.3), (colours.mid, 0.6, 0.3)):
        x = -dice.between(0, 0.3) * reach
        while x < scene.width:
            wide, top = reach * dice.between(0.5, 1.0), scene.y + reach * (base + dice.between(0, share))
            land += path(
                (
                    f"M{x} {scene.floor} {x + reach * 0.12} {top + 12} {x + reach * 0.2} {top}"
                    f" {x + wide} {top} {x + wide + reach * 0.14} {scene.floor}Z"
                ),
                fill,
            )
            x += wide + reach * dice.between(0.3, 0.9)
    cactus = line("M0 0V-120M0-50H-30V-86M0-36H28V-70", colours.deep, 17, is_round=True)
    ground = path(
        (
            f"M-1 {scene.floor - reach * 0.1}Q{scene.x} {scene.floor - reach * 0.42} "
            f"{scene.width + 1} {scene.floor - reach * 0.14}V{scene.floor + 2}H-1Z"
        ),
        colours.deep,
    )
    at = scene.x + reach * dice.pick([-1.05, -0.8, 0.85])
    return (
        scene.fill(colours.sky)
        + sun
        + land
        + ground
        + group(cactus, x=at, y=scene.floor - reach * 0.1, scale=reach / 88)
        + scene.ground()
    )


def forest(scene: Scene) -> str:
    """Three rows of firs and a moon between them."""
    colours, dice, reach = scene.palette, scene.dice, scene.reach
    moon = disc(scene.x, scene.y - reach * 0.1, reach * 0.92, colours.light) + disc(
        scene.x + reach * 0.3, scene.y - reach * 0.2, reach * 0.8, colours.soft, opacity=0.35
    )
    rows = ""
    for fill, height, opacity in ((colours.mid, 1.0, 0.65), (colours.mid, 1.25, 1.0), (colours.deep, 1.75, 1.0)):
        trees, x = "", -reach * dice.between(0, 0.4)
        while x < scene.width + reach * 0.4:
            size = reach * height * dice.between(0.75, 1.15)
            open_middle = 1 if fill == colours.mid else 0.45 + 0.55 * min(abs(x - scene.x) / (scene.width * 0.35), 1)
            trees += outline(fir(x, scene.floor + 2, size * open_middle))
            x += reach * dice.between(0.32, 0.5)
        rows += path(trees, fill, opacity=opacity)
    earth = box(-1, scene.floor - reach * 0.18, scene.width + 2, reach * 0.2, colours.deep)
    return scene.fill(colours.sky) + stars(scene, 30) + moon + rows + earth + lonely(scene) + scene.ground()


def fir(x: float, foot: float, size: float) -> list[Point]:
    half, tiers = size * 0.24, 3
    right: list[Point] = []
    for tier in range(tiers):
        y = foot - size + size * 0.9 * (tier + 1) / tiers
        right += [(half * (tier + 1.2) / (tiers + 0.2), y), (half * (tier + 0.75) / (tiers + 0.9), y - size * 0.04)]
    right = right[:-1]
    return [(x, foot - size), *[(x + dx, y) for dx, y in right], *[(x - dx, y) for dx, y in reversed(right)]]


def lonely(scene: Scene) -> str:
    """A small person on the ground, with a lantern."""
    colours = scene.palette
    body = path("M-6 0L-4-20C-3-25 3-25 4-20L6 0Z", colours.deep) + disc(0, -27, 4.4, colours.deep)
    body += disc(10, -14, 9, colours.accent, opacity=0.45) + disc(10, -14, 3, colours.accent)
    return group(body, x=scene.x, y=scene.floor - scene.reach * 0.17, scale=scene.reach / 90)


def field(scene: Scene) -> str:
    """Furrows under the sun, and one great ear of wheat."""
    colours, dice, reach = scene.palette, scene.dice, scene.reach
    x, horizon = scene.x, scene.y + reach * 0.55
    rays = "".join(wedge(x, horizon, scene.height * 1.5, turn, turn + 5) for turn in range(-90, 90, 10))
    sun = disc(x, horizon, reach * 0.95, colours.light)
    land = box(-1, horizon, scene.width + 2, scene.floor - horizon + 2, colours.mid)
    furrows = "".join(
        (
            f"M{x + step * reach * 0.1} {horizon} {x + (step + 0.5) * reach * 0.1} {horizon} "
            f"{x + (step + 0.5) * reach * 0.62} {scene.floor + 2} {x + step * reach * 0.62} "
            f"{scene.floor + 2}Z"
        )
        for step in range(-24, 24)
    )
    grain = "M0 0C-24-6-34-30-24-54C-4-42 4-20 0 0Z"
    ear = line("M0 180C4 100-4 40 0-60", colours.deep, 6)
    for index in range(6):
        y = 20 - index * 27
        ear += group(
            path(grain, colours.accent) + line("M-24-52L-46-104", colours.deep, 1.6), x=-2, y=y, turn=-14
        ) + group(
            path(grain, colours.accent) + line("M-24-52L-46-104", colours.deep, 1.6), x=2, y=y, turn=14, flip=True
        )
    ear += path("M0-140C-13-154-13-178 0-198C13-178 13-154 0-140Z", colours.accent) + path(
        "M0 130C40 110 64 70 66 30C30 50 6 80 0 130ZM0 100C-40 80-60 44-62 8C-28 26-4 56 0 100Z", colours.deep
    )
    return (
        scene.fill(colours.sky)
        + path(rays, colours.mid, opacity=0.45)
        + sun
        + land
        + path(furrows, colours.deep, opacity=0.75)
        + group(ear, x=x, y=scene.floor - reach * 1.25, turn=dice.pick([-5, 0, 5]), scale=reach / 132)
        + scene.ground()
    )


def tree(scene: Scene) -> str:
    """A great tree that loses its leaves over a swing."""
    colours, dice, reach = scene.palette, scene.dice, scene.reach
    x, top, foot = scene.x, scene.y - reach * 0.25, scene.floor
    crown = ""
    for index in range(26):
        turn, away = index * 137.5, reach * 0.2 * (index + 0.5) ** 0.5
        cx, cy = around(x, top, away, turn)
        crown += disc(
            cx,
            cy * 0.9 + top * 0.1,
            reach * dice.between(0.26, 0.4),
            dice.pick([colours.mid, colours.mid, colours.accent, colours.soft]),
        )
    trunk = path(
        (
            f"M{x - reach * 0.2} {foot + 2}C{x - reach * 0.06} {foot - reach * 0.4} "
            f"{x - reach * 0.1} {top + reach * 0.6} {x} {top - reach * 0.5}C{x + reach * 0.1} "
            f"{top + reach * 0.6} {x + reach * 0.06} {foot - reach * 0.4} {x + reach * 0.24} "
            f"{foot + 2}Z"
        ),
        colours.deep,
    )
    boughs = line(
        (
            f"M{x} {top + reach * 0.75}C{x + reach * 0.3} {top + reach * 0.5} {x + reach * 0.5} "
            f"{top + reach * 0.2} {x + reach * 0.7} {top}M{x} {top + reach * 0.6}C"
            f"{x - reach * 0.2} {top + reach * 0.4} {x - reach * 0.5} {top + reach * 0.1} "
            f"{x - reach * 0.6} {top - reach * 0.1}M{x} {top + reach * 0.3}V{top - reach * 0.5}"
        ),
        colours.deep,
        reach * 0.06,
        is_round=True,
    )
    side = dice.pick([-1, 1])
    swing_x, seat = x + side * reach * 0.62, foot - reach * 0.26
    swing = line(
        (
            f"M{swing_x - reach * 0.1} {top + reach * 0.2}L{swing_x - reach * 0.13} {seat}M"
            f"{swing_x + reach * 0.1} {top + reach * 0.2}L{swing_x + reach * 0.13} {seat}"
        ),
        colours.deep,
        2,
    ) + box(swing_x - reach * 0.19, seat, reach * 0.38, reach * 0.045, colours.deep)
    leaves = "".join(
        group(
            path("M0-6C5-2 5 3 0 7C-5 3-5-2 0-6Z", dice.pick([colours.accent, colours.soft])),
            x=x + reach * dice.between(-1.3, 1.3),
            y=dice.between(top + reach * 0.8, foot - 6),
            turn=dice.between(0, 180),
            scale=reach / 110,
        )
        for _ in range(14)
    )
    hill = oval(x, foot + reach * 0.5, scene.width * 0.9, reach * 0.62, colours.deep)
    moon = disc(x, top, reach * 1.3, colours.light, opacity=0.85)
    return scene.fill(colours.sky) + moon + swing + crown + boughs + trunk + leaves + hill + scene.ground()
