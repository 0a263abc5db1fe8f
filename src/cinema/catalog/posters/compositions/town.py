"""Pictures of buildings."""

from cinema.catalog.posters.compositions.sky import cloud, stars
from cinema.catalog.posters.scene import Scene
from cinema.catalog.posters.shapes import box, disc, group, line, path, ring, wedge


def skyline(scene: Scene) -> str:
    """Towers at night around one great stepped tower, under searchlights."""
    colours, dice, reach = scene.palette, scene.dice, scene.reach
    lights = path(
        wedge(scene.x - reach, scene.floor, scene.height * 1.2, -18, -6)
        + wedge(scene.x + reach * 0.8, scene.floor, scene.height * 1.2, 8, 22)
        + wedge(scene.x, scene.floor, scene.height * 1.2, -50, -38)
        + wedge(scene.x, scene.floor, scene.height * 1.2, 40, 50),
        colours.soft,
        opacity=0.28,
    )
    moon = disc(scene.x + reach * dice.pick([-0.5, 0.5]), scene.y - reach * 0.35, reach * 0.6, colours.accent)
    rows = ""
    for fill, low, high in ((colours.mid, 0.1, 0.75), (colours.deep, 0.6, 1.05)):
        x = -10.0
        while x < scene.width:
            wide = reach * dice.between(0.22, 0.4)
            top = scene.y + reach * dice.between(low, high)
            rows += box(x, top, wide + 1, scene.floor - top + 2, fill)
            if fill == colours.deep:
                rows += windows(scene, x, top, wide)
            x += wide
    tower = ""
    for index, share in enumerate((0.36, 0.27, 0.19, 0.12, 0.06)):
        top = scene.y + reach * (0.35 - 0.3 * index)
        tower += (
            f"M{scene.x - reach * share} {scene.floor} {scene.x - reach * share} {top} "
            f"{scene.x + reach * share} {top} {scene.x + reach * share} {scene.floor}Z"
        )
    tower += (
        f"M{scene.x - 2} {scene.y - reach * 0.8} {scene.x} {scene.y - reach * 1.35} "
        f"{scene.x + 2} {scene.y - reach * 0.8}Z"
    )
    slots = "".join(
        f"M{scene.x + reach * dx} {scene.y + reach * (-0.7 + abs(dx) * 4)}V{scene.floor}"
        for dx in (-0.2, -0.1, 0, 0.1, 0.2)
    )
    return (
        scene.fill(colours.sky)
        + moon
        + lights
        + rows
        + path(tower, colours.deep)
        + line(slots, colours.light, reach * 0.022, opacity=0.8)
        + scene.ground()
    )


def windows(scene: Scene, x: float, top: float, wide: float) -> str:
    """Some lit windows in a house front."""
    size, lit = scene.reach * 0.045, ""
    columns = max(int(wide / (size * 2.6)), 1)
    gap = wide / columns
    rows = int((scene.floor - top) / (size * 3))
    for row in range(min(rows, 8)):
        for column in range(columns):
            if scene.dice.chance(0.38):
                lit += (
                    f"M{x + gap * (column + 0.5) - size / 2} {top + size * (1.4 + 3 * row)}"
                    f"h{size}v{size * 1.5}h{-size}z"
                )
    return path(lit, scene.dice.pick([scene.palette.accent, scene.palette.light])) if lit else ""


def castle(scene: Scene) -> str:
    """A castle on its rock before the moon, with bats."""
    colours, dice, reach = scene.palette, scene.dice, scene.reach
    x, y = scene.x, scene.y
    moon = disc(x + reach * 0.25, y - reach * 0.2, reach * 1.02, colours.light) + disc(
        x + reach * 0.25, y - reach * 0.2, reach * 1.02, colours.accent, opacity=0.35
    )
    towers = ""
    for dx, wide, tall in ((-62, 22, 78), (-34, 26, 118), (4, 34, 160), (42, 24, 104), (68, 20, 66)):
        towers += (
            f"M{dx - wide / 2} {30} {dx - wide / 2} {-tall + 30} {dx + wide / 2} {-tall + 30} {dx + wide / 2} {30}Z"
        )
        towers += (
            f"M{dx - wide / 2 - 5} {-tall + 30} {dx} "
            f"{-tall - wide * 0.9 - dice.between(0, 22)} {dx + wide / 2 + 5} "
            f"{-tall + 30}Z"
        )
    lit = "".join(
        f"M{dx} {dy}v-9a4 4 0 0 1 8 0v9z" for dx, dy in ((0, -84), (-38, -50), (0, -40), (38, -36), (-64, -14))
    )
    rock = f"M{-150} {190} {-118} {96} {-92} {60} {-84} {24} {84} {24} {96} {70} {128} {110} {158} {190}Z"
    bats = "".join(
        group(
            path(
                (
                    "M0 4C-4-2-8-3-12 0C-16-8-26-10-34-6C-28-3-26 2-26 8C-20 3-14 4-10 10C-6 6-3 6 0 10"
                    "C3 6 6 6 10 10C14 4 20 3 26 8C26 2 28-3 34-6C26-10 16-8 12 0C8-3 4-2 0 4Z"
                ),
                colours.deep,
            ),
            x=x + reach * dice.between(-1.1, 1.1),
            y=y - reach * dice.between(0.3, 1.15),
            turn=dice.between(-20, 20),
            scale=reach / dice.between(160, 330),
        )
        for _ in range(6)
    )
    keep = path(rock + towers, colours.deep) + path(lit, colours.accent)
    hills = path(
        (
            f"M-1 {scene.floor - reach * 0.22}Q{x - reach} {scene.floor - reach * 0.5} {x} "
            f"{scene.floor - reach * 0.1}T{scene.width + 1} {scene.floor - reach * 0.3}V"
            f"{scene.height}H-1Z"
        ),
        colours.mid,
    )
    return (
        scene.fill(colours.sky)
        + stars(scene, 26)
        + moon
        + hills
        + group(keep, x=x, y=scene.floor - reach * 1.0, scale=reach / 100 * 0.92)
        + box(-1, scene.floor - reach * 0.12, scene.width + 2, reach * 0.14, colours.deep)
        + bats
        + scene.ground()
    )


def columns(scene: Scene) -> str:
    """A temple's front before the sun."""
    colours, dice, reach = scene.palette, scene.dice, scene.reach
    x, foot = scene.x, scene.floor
    top = scene.y - reach * 0.34
    sun = (
        disc(x, top - reach * 0.12, reach * 0.95, colours.accent)
        + ring(x, top - reach * 0.12, reach * 1.08, 3, colours.light)
        + ring(x, top - reach * 0.12, reach * 1.2, 1.5, colours.light)
    )
    wide = reach * 1.25
    roof = path(f"M{x - wide} {top} {x} {top - reach * 0.5} {x + wide} {top}Z", colours.light) + path(
        (f"M{x - wide * 0.72} {top - reach * 0.06} {x} {top - reach * 0.4} {x + wide * 0.72} {top - reach * 0.06}Z"),
        colours.mid,
    )
    beam = box(x - wide, top, wide * 2, reach * 0.14, colours.soft) + box(
        x - wide, top + reach * 0.14, wide * 2, reach * 0.06, colours.deep
    )
    base = foot - reach * 0.3
    shafts = ""
    for index in range(5):
        cx = x - wide * 0.84 + index * wide * 0.42
        shafts += box(cx - reach * 0.1, top + reach * 0.2, reach * 0.2, base - top - reach * 0.2, colours.light) + box(
            cx + reach * 0.03, top + reach * 0.2, reach * 0.07, base - top - reach * 0.2, colours.soft
        )
        shafts += box(cx - reach * 0.15, top + reach * 0.2, reach * 0.3, reach * 0.06, colours.soft) + box(
            cx - reach * 0.15, base - reach * 0.06, reach * 0.3, reach * 0.06, colours.soft
        )
    steps = "".join(
        box(
            x - wide - reach * 0.1 * (index + 1),
            base + reach * 0.1 * index,
            wide * 2 + reach * 0.2 * (index + 1),
            reach * 0.1 + 1,
            fill,
        )
        for index, fill in enumerate((colours.light, colours.soft, colours.mid))
    )
    back = box(x - wide * 0.95, top + reach * 0.2, wide * 1.9, base - top - reach * 0.2, colours.deep)
    rays = "".join(
        wedge(x, top, scene.height * 1.4, turn, turn + 5) for turn in range(-90, 90, dice.pick([10, 12, 15]))
    )
    return (
        scene.fill(colours.sky)
        + path(rays, colours.mid, opacity=0.6)
        + sun
        + back
        + roof
        + beam
        + shafts
        + steps
        + scene.ground()
    )


def tower(scene: Scene) -> str:
    """The iron tower over the roofs of Paris."""
    colours, dice, reach = scene.palette, scene.dice, scene.reach
    x, foot = scene.x, scene.floor - reach * 0.1
    moon = disc(x + reach * dice.pick([-0.45, 0.45]), scene.y - reach * 0.4, reach * 0.66, colours.accent)
    shape = (
        "M-4-236L-3-180C-8-120-16-84-24-62H24C16-84 8-120 3-180L4-236Z M-27-54H27L25-60H-25Z"
        "M-26-50L-46 8H-22C-18-8-10-16 0-16C10-16 18-8 22 8H46L26-50ZM-50 14H50V8H-50ZM-48 18"
        "L-92 100H-58C-46 66-26 46 0 46C26 46 46 66 58 100H92L48 18Z"
    )
    lattice = line(
        "M-20-70L16-96M20-70L-16-96M-13-104L9-130M13-104L-9-130M-40 4L-22-40M40 4L22-40M-74 92L-42 28M74 92L42 28",
        colours.sky,
        1.8,
    )
    roofs, left = "", -20.0
    while left < scene.width:
        wide, tall = reach * dice.between(0.4, 0.62), reach * dice.between(0.22, 0.44)
        roofs += path(
            (
                f"M{left} {scene.floor + 2} {left} {scene.floor - tall} {left + wide * 0.14} "
                f"{scene.floor - tall - reach * 0.2} {left + wide * 0.86} "
                f"{scene.floor - tall - reach * 0.2} {left + wide} {scene.floor - tall} "
                f"{left + wide} {scene.floor + 2}Z"
            ),
            colours.deep,
        )
        roofs += box(left + wide * 0.6, scene.floor - tall - reach * 0.34, wide * 0.14, reach * 0.2, colours.deep)
        roofs += "".join(
            box(
                left + wide * dx,
                scene.floor - tall + reach * 0.05,
                reach * 0.07,
                reach * 0.1,
                colours.light if dice.chance(0.6) else colours.mid,
            )
            for dx in (0.18, 0.45, 0.72)
        )
        left += wide
    clouds = "".join(
        cloud(
            scene.x + reach * dice.between(-1.5, 1.5),
            scene.y - reach * dice.between(0.2, 1.1),
            reach * dice.between(0.16, 0.34),
            colours.soft,
        )
        for _ in range(5)
    )
    return (
        scene.fill(colours.sky)
        + clouds
        + moon
        + group(path(shape, colours.deep) + lattice, x=x, y=foot - reach * 1.02, scale=reach / 112)
        + roofs
        + scene.ground()
    )


def factory(scene: Scene) -> str:
    """Saw-tooth roofs, chimneys, and smoke that covers the sun."""
    colours, dice, reach = scene.palette, scene.dice, scene.reach
    side = dice.pick([-1, 1])
    sun = disc(scene.x - side * reach * 0.2, scene.y - reach * 0.1, reach * 0.95, colours.accent)
    stacks, smoke = "", ""
    for dx, tall, wide in ((-0.75, 1.25, 0.16), (-0.1, 1.6, 0.19), (0.6, 1.05, 0.15)):
        x, top = scene.x + dx * reach, scene.floor - reach * 0.5 - reach * tall
        stacks += path(
            (
                f"M{x - wide * reach * 0.72} {top} {x + wide * reach * 0.72} {top} "
                f"{x + wide * reach} {scene.floor} {x - wide * reach} {scene.floor}Z"
            ),
            colours.deep,
        ) + box(x - wide * reach * 0.86, top, wide * reach * 1.72, reach * 0.07, colours.light)
        for index in range(7):
            smoke += disc(
                x + side * reach * (0.05 + 0.2 * index),
                top - reach * (0.08 + 0.085 * index**1.2),
                reach * (0.12 + 0.035 * index),
                (colours.soft, colours.light)[index % 2],
                opacity=0.92,
            )
    roofs, x, wide = "", -reach * 0.2, reach * 0.46
    while x < scene.width:
        roofs += path(
            (
                f"M{x} {scene.floor + 2} {x} {scene.floor - reach * 0.78} {x + wide} "
                f"{scene.floor - reach * 0.46} {x + wide} {scene.floor + 2}Z"
            ),
            colours.deep,
        )
        roofs += path(
            (
                f"M{x + wide * 0.1} {scene.floor - reach * 0.66} {x + wide * 0.55} "
                f"{scene.floor - reach * 0.51} {x + wide * 0.55} {scene.floor - reach * 0.36}"
                f" {x + wide * 0.1} {scene.floor - reach * 0.46}Z"
            ),
            colours.accent if dice.chance(0.5) else colours.light,
        )
        x += wide
    back = "".join(
        box(
            step * reach * 0.5 - 10,
            scene.floor - reach * (0.8 + 0.3 * (step % 3)),
            reach * 0.4,
            reach * 1.5,
            colours.mid,
        )
        for step in range(int(scene.width / (reach * 0.5)) + 1)
    )
    return scene.fill(colours.sky) + sun + back + smoke + stacks + roofs + scene.ground()
