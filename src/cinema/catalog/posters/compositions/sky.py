"""Pictures of the air: suns, moons, stars, balloons."""

from cinema.catalog.posters.scene import Scene
from cinema.catalog.posters.shapes import around, box, disc, group, line, oval, path, ring, wedge


def rays(scene: Scene) -> str:
    """A fan of rays behind a rising sun, as on the front of a picture palace."""
    colours, dice, reach = scene.palette, scene.dice, scene.reach
    count, far = dice.pick([16, 20, 24]), scene.width + scene.height
    step = 180 / count
    fan = "".join(
        wedge(scene.x, scene.floor, far, -90 + index * step, -90 + (index + 0.5) * step) for index in range(count)
    )
    suns = [colours.deep, colours.accent, colours.light, colours.accent, colours.light]
    sizes = [1.36, 1.25, 0.98, 0.7, 0.34] if dice.chance(0.5) else [1.2, 1.1, 0.9, 0.62, 0.5]
    sun = "".join(disc(scene.x, scene.floor, reach * size, colour) for size, colour in zip(sizes, suns, strict=True))
    pillars = "".join(
        box(
            scene.x + side * reach * (1.3 + 0.2 * index) - reach * 0.07,
            scene.floor - reach * tall,
            reach * 0.14,
            reach * tall + 1,
            fill,
        )
        + disc(scene.x + side * reach * (1.3 + 0.2 * index), scene.floor - reach * tall, reach * 0.07, fill)
        for side in (-1, 1)
        for index, (tall, fill) in enumerate(
            zip(
                dice.pick([(1.9, 1.45, 1.0, 0.55), (0.5, 0.85, 1.2, 1.55)]),
                (colours.deep, colours.accent, colours.deep, colours.light),
                strict=True,
            )
        )
    )
    return scene.fill(colours.sky) + path(fan, colours.mid) + pillars + sun + scene.ground()


def rocket(scene: Scene) -> str:
    """A rocket on its curve past a large moon."""
    colours, dice, reach = scene.palette, scene.dice, scene.reach
    moon = (scene.x + reach * 0.18, scene.y + reach * 0.02)
    craters = "".join(
        disc(
            *around(*moon, reach * dice.between(0.2, 0.8), dice.between(0, 360)),
            reach * size,
            colours.soft,
            opacity=0.55,
        )
        for size in (0.2, 0.13, 0.1, 0.07, 0.05)
    )
    nose = (moon[0] - reach * 0.35, moon[1] - reach * 0.1)
    tail = f"M{nose[0] - reach * 0.3} {nose[1] + reach * 0.68}C{nose[0] - reach * 0.7} {nose[1] + reach * 1.5}"
    tail += f" {scene.x - reach * 1.5} {scene.floor - 10} {scene.x - reach * 2.4} {scene.floor + 20}"
    body = "M0-70C26-44 28 0 20 46L-20 46C-28 0-26-44 0-70Z"
    fins = "M20 14L40 58L16 44ZM-20 14L-40 58L-16 44ZM-5 40H5V66H-5Z"
    ship = (
        path(fins, colours.deep)
        + path(body, colours.accent)
        + path("M0-70C26-44 28 0 20 46H0Z", colours.deep, opacity=0.22)
    )
    ship += disc(0, -18, 11, colours.deep) + disc(0, -18, 7, colours.light)
    ship += path("M-12 50C-8 70-3 76 0 96C3 76 8 70 12 50Z", colours.light)
    planet = oval(scene.width * 0.3, scene.floor + scene.width * 0.5, scene.width, scene.width * 0.56, colours.mid)
    return (
        scene.fill(colours.sky)
        + stars(scene, 70)
        + disc(*moon, reach * 1.12, colours.mid, opacity=0.6)
        + disc(*moon, reach, colours.light)
        + craters
        + planet
        + line(tail, colours.light, reach * 0.07, opacity=0.85)
        + group(ship, x=nose[0], y=nose[1], turn=24, scale=reach / 105)
        + scene.ground()
    )


def stars(scene: Scene, count: int) -> str:
    """A handful of stars above the floor, as one path."""
    dice = scene.dice
    spots = ""
    for _ in range(count):
        x, y = dice.between(0, scene.width), dice.between(0, scene.floor)
        size = dice.pick([1, 1, 1.4, 2.2]) * scene.reach / 130
        spots += f"M{x} {y - size}L{x + size} {y}L{x} {y + size}L{x - size} {y}Z"
    return path(spots, scene.palette.light, opacity=0.85)


def constellation(scene: Scene) -> str:
    """Orbits and a ringed planet, and somebody small who looks up."""
    colours, dice, reach = scene.palette, scene.dice, scene.reach
    orbits = "".join(
        ring(scene.x, scene.y, reach * size, width, colours.soft, opacity=0.7)
        for size, width in ((0.75, 1.2), (1.1, 1.2), (1.5, 1.2), (1.95, 0.8), (2.45, 0.8))
    )
    planets = "".join(
        disc(*around(scene.x, scene.y, reach * orbit, dice.between(0, 360)), reach * size, fill)
        for orbit, size, fill in ((1.1, 0.1, colours.accent), (1.5, 0.15, colours.soft), (0.75, 0.06, colours.light))
    )
    turn = dice.between(-30, 10)
    globe = disc(0, 0, 46, colours.accent) + path(
        "M-46 0A46 46 0 0 0 46 0A46 30 0 0 1-46 0Z", colours.deep, opacity=0.25
    )
    globe += line("M-44 10C-110 34-96 50 0 26C96 2 110-22 45-12", colours.light, 6)
    figure = path(
        (
            "M-9 2L-5-14C-8-26-6-32 0-32C6-32 8-26 6-14L8 2H3L0-11L-4 2ZM-5-39A5.500 5.500 0 1 1 6-39"
            "A5.500 5.500 0 1 1-5-39Z"
        ),
        colours.deep,
    )
    figure += line("M4-34L40-56M26-47L18 2M26-47L36 2M2-26L20-34", colours.deep, 3.2)
    hill = oval(scene.width * 0.5, scene.floor + 60, scene.width * 0.8, 84, colours.deep)
    return (
        scene.fill(colours.sky)
        + disc(scene.x, scene.y, reach * 1.95, colours.mid, opacity=0.35)
        + disc(scene.x, scene.y, reach * 1.1, colours.mid, opacity=0.6)
        + stars(scene, 60)
        + orbits
        + planets
        + group(globe, x=scene.x, y=scene.y, turn=turn, scale=reach / 92)
        + hill
        + group(figure, x=scene.width * 0.3, y=scene.floor - 18, scale=reach / 100)
        + scene.ground()
    )


def balloon(scene: Scene) -> str:
    """A striped balloon above hills and clouds."""
    colours, dice, reach = scene.palette, scene.dice, scene.reach
    x, y, size = scene.x, scene.y - reach * 0.2, reach * 0.85
    shape = (
        f"M{x - size} {y}A{size} {size} 0 0 1 {x + size} {y}C{x + size} {y + size * 0.6} "
        f"{x + size * 0.3} {y + size} {x + size * 0.2} {y + size * 1.25}H{x - size * 0.2}C"
        f"{x - size * 0.3} {y + size} {x - size} {y + size * 0.6} {x - size} {y}Z"
    )
    stripes = ""
    for share, fill in ((0.74, colours.light), (0.45, colours.accent), (0.16, colours.light)):
        stripes += path(
            (
                f"M{x} {y - size}C{x - size * share * 1.34} {y - size} {x - size * share * 1.34} "
                f"{y + size * 0.5} {x - size * share * 0.2} {y + size * 1.25}H"
                f"{x + size * share * 0.2}C{x + size * share * 1.34} {y + size * 0.5} "
                f"{x + size * share * 1.34} {y - size} {x} {y - size}Z"
            ),
            fill,
        )
    basket = box(x - size * 0.16, y + size * 1.48, size * 0.32, size * 0.22, colours.deep, radius=3)
    ropes = line(
        (
            f"M{x - size * 0.18} {y + size * 1.25}L{x - size * 0.14} {y + size * 1.5}M"
            f"{x + size * 0.18} {y + size * 1.25}L{x + size * 0.14} {y + size * 1.5}"
        ),
        colours.deep,
        1.6,
    )
    clouds = "".join(
        cloud(
            dice.between(0, scene.width),
            scene.y + reach * dice.between(-0.9, 0.9),
            reach * dice.between(0.2, 0.42),
            colours.light,
        )
        for _ in range(6)
    )
    hills = oval(scene.width * 0.15, scene.floor + 40, scene.width * 0.5, 100, colours.mid) + oval(
        scene.width * 0.8, scene.floor + 60, scene.width * 0.6, 106, colours.deep
    )
    return (
        scene.fill(colours.sky)
        + clouds
        + path(shape, colours.accent)
        + stripes
        + ropes
        + basket
        + hills
        + scene.ground()
    )


def cloud(x: float, y: float, size: float, fill: str) -> str:
    return group(
        path("M-60 20A22 22 0 0 1-44-18A34 34 0 0 1 18-26A26 26 0 0 1 54-8A16 16 0 0 1 60 20Z", fill, opacity=0.8),
        x=x,
        y=y,
        scale=size / 60,
    )


def planes(scene: Scene) -> str:
    """Biplanes between searchlights."""
    colours, dice, reach = scene.palette, scene.dice, scene.reach
    plane = path(
        (
            "M-100-8C-100-14-60-14-16-14L-9-24H9L16-14C60-14 100-14 100-8C100-3 60-4 16-4L9 20H-9"
            "L-16-4C-60-4-100-3-100-8ZM-84 26H84C90 26 90 34 84 34H-84C-90 34-90 26-84 26Z"
        ),
        colours.deep,
    )
    plane += (
        line("M-64-6L-58 28M-30-6L-26 28M64-6L58 28M30-6L26 28M-14 36L-24 54M14 36L24 54", colours.deep, 3.4)
        + disc(0, 4, 17, colours.deep)
        + disc(0, 4, 8, colours.accent)
        + disc(-26, 56, 8, colours.deep)
        + disc(26, 56, 8, colours.deep)
    )
    plane += disc(-70, -8, 6, colours.accent) + disc(70, -8, 6, colours.accent)
    beams = "".join(
        path(
            wedge(scene.x + dx * reach, scene.floor + 10, scene.height * 1.4, turn, turn + 9),
            colours.light,
            opacity=0.22,
        )
        for dx, turn in ((-1.2, 12), (1.1, -24), (-0.3, -34), (0.4, 26))
    )
    flock = ""
    for dx, dy, size in ((0.02, 0.0, 1.0), (-0.85, -0.75, 0.42), (0.9, -0.85, 0.36), (-0.75, 0.62, 0.3)):
        flock += group(
            plane, x=scene.x + reach * dx, y=scene.y + reach * dy, turn=dice.between(-12, 12), scale=reach / 108 * size
        )
    clouds = "".join(
        oval(
            scene.x + reach * dice.between(-1.8, 1.8),
            scene.floor - reach * dice.between(0, 0.24),
            reach * dice.between(0.4, 0.8),
            reach * 0.24,
            colours.mid,
        )
        for _ in range(7)
    )
    sun = disc(scene.x, scene.y, reach * 1.15, colours.accent) + disc(scene.x, scene.y, reach * 0.95, colours.soft)
    return scene.fill(colours.sky) + sun + beams + flock + clouds + scene.ground()
