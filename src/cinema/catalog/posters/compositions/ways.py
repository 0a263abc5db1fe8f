"""Pictures of people on their way."""

from cinema.catalog.posters.compositions.sky import stars
from cinema.catalog.posters.scene import Scene
from cinema.catalog.posters.shapes import box, disc, group, line, path, ring

WALKER = (
    "M-13 0L-10-34C-18-40-18-76-10-84C-4-90 4-90 10-84C18-76 18-40 10-34L13 0H3L0-28L-3 0Z"
    "M-8-97A8.500 9 0 1 1 9-97A8.500 9 0 1 1-8-97ZM-17-102H17V-106H10L8-118H-8L-10-106H-17Z"
    "M14-46L30-46V-22H14Z"
)


PAIR = (
    "M-22 0L-19-40C-24-62-20-80-12-80C-4-80-2-66-4-44L-4 0ZM-19-90A7.500 8 0 1 1-4-90"
    "A7.500 8 0 1 1-19-90ZM0 0C2-20 4-30 6-42C2-58 6-74 12-74C20-74 22-58 18-42"
    "C22-28 26-14 28 0ZM6-83A7 7.500 0 1 1 20-83A7 7.500 0 1 1 6-83Z"
)


def road(scene: Scene) -> str:
    """A straight road, poles along it, and somebody who walks away."""
    colours, dice, reach = scene.palette, scene.dice, scene.reach
    x, horizon = scene.x, scene.y + reach * 0.42
    side = dice.pick([-1, 1])
    sun = disc(x, horizon - reach * 0.3, reach * 0.86, colours.accent) + ring(
        x, horizon - reach * 0.3, reach * 1.02, 3, colours.light, opacity=0.8
    )
    land = box(-1, horizon, scene.width + 2, scene.floor - horizon + 2, colours.mid)
    way = path(
        (
            f"M{x - 4} {horizon} {x + 4} {horizon} {x + reach * 1.05} {scene.floor + 2} "
            f"{x - reach * 1.05} {scene.floor + 2}Z"
        ),
        colours.deep,
    )
    marks = ""
    for near, far in ((0.06, 0.12), (0.2, 0.32), (0.46, 0.64), (0.8, 1.0)):
        y1, y2 = (horizon + (scene.floor - horizon) * share for share in (near, far))
        marks += (
            f"M{x - reach * 0.04 * near} {y1} {x + reach * 0.04 * near} {y1} "
            f"{x + reach * 0.04 * far} {y2} {x - reach * 0.04 * far} {y2}Z"
        )
    poles, wires = "", ["M", "M"]
    for index, share in enumerate((1.0, 0.56, 0.33, 0.2, 0.12)):
        px, foot = x + side * reach * 1.5 * share, horizon + (scene.floor - horizon) * share * 0.8
        top, wide = foot - reach * 2.1 * share, reach * 0.2 * share
        poles += f"M{px} {foot}V{top}M{px - wide} {top + reach * 0.14 * share}H{px + wide}"
        for end, sign in enumerate((-1, 1)):
            wires[end] += f"{'L' if index else ''} {px + sign * wide} {top + reach * 0.12 * share}"
    clouds = "".join(
        box(
            dice.between(-40, scene.width - 60),
            scene.y - reach * dice.between(0.5, 1.3),
            reach * dice.between(0.4, 1.1),
            reach * 0.05,
            colours.light,
            radius=4,
            opacity=0.7,
        )
        for _ in range(5)
    )
    figure = group(
        path(WALKER, colours.light),
        x=x + side * reach * 0.24,
        y=horizon + (scene.floor - horizon) * 0.46,
        scale=reach / 150,
        flip=dice.chance(0.5),
    )
    return (
        scene.fill(colours.sky)
        + clouds
        + sun
        + land
        + way
        + path(marks, colours.light)
        + line(poles, colours.deep, reach * 0.035)
        + line("".join(wires), colours.deep, 1.1)
        + figure
        + scene.ground()
    )


def bridge(scene: Scene) -> str:
    """A bridge at night, two people on it, the moon in the water."""
    colours, dice, reach = scene.palette, scene.dice, scene.reach
    x, water = scene.x, scene.y + reach * 0.62
    moon = disc(x, scene.y - reach * 0.35, reach * 0.72, colours.light) + ring(
        x, scene.y - reach * 0.35, reach * 0.86, 2, colours.light, opacity=0.6
    )
    span, top = reach * 1.0, scene.y + reach * 0.16
    arches = ""
    start = x - span * 3.5
    while start < scene.width:
        arches += (
            f"M{start + span * 0.12} {water + 2}V{top + reach * 0.4}A{span * 0.38} "
            f"{reach * 0.3} 0 0 1 {start + span * 0.88} {top + reach * 0.4}V{water + 2}Z"
        )
        start += span
    deck = f'<path fill-rule="evenodd" fill="{colours.deep}" d="{f"M-2 {top}H{scene.width + 2}V{water}H-2Z"}{arches}"/>'
    rail = line(f"M-2 {top - reach * 0.12}H{scene.width + 2}", colours.deep, 3) + line(
        "".join(
            f"M{step * reach * 0.11} {top}v{-reach * 0.12}" for step in range(int(scene.width / (reach * 0.11)) + 1)
        ),
        colours.deep,
        1.5,
    )
    lamps = ""
    for dx in (-1.5, -0.5, 0.5, 1.5):
        lamps += (
            line(f"M{x + dx * span} {top}v{-reach * 0.42}", colours.deep, 3.4)
            + disc(x + dx * span, top - reach * 0.46, reach * 0.12, colours.accent, opacity=0.4)
            + disc(x + dx * span, top - reach * 0.46, reach * 0.06, colours.accent)
        )
    river = box(-1, water, scene.width + 2, scene.floor - water + 2, colours.mid)
    glints = ""
    for index in range(9):
        wide, y = (
            reach * (0.66 - 0.05 * index) * dice.between(0.7, 1.0),
            water + (scene.floor - water) * (index + 0.6) / 9,
        )
        glints += f"M{x - wide + dice.between(-9, 9)} {y}h{wide * 2}"
    people = group(path(PAIR, colours.deep), x=x + reach * dice.between(-0.2, 0.2), y=top, scale=reach / 175)
    return (
        scene.fill(colours.sky)
        + stars(scene, 40)
        + moon
        + rail
        + lamps
        + people
        + river
        + line(glints, colours.light, reach * 0.03, is_round=True)
        + deck
        + scene.ground()
    )


def rain(scene: Scene) -> str:
    """An umbrella in the rain, and its likeness on the wet street."""
    colours, dice, reach = scene.palette, scene.dice, scene.reach
    x, y = scene.x, scene.y - reach * 0.08
    drops = ""
    for _ in range(90):
        at, top = dice.between(-40, scene.width + 40), dice.between(-20, scene.floor)
        length = reach * dice.between(0.12, 0.34)
        drops += f"M{at} {top}l{-length * 0.28} {length}"
    canopy = "M-120 0A120 108 0 0 1 120 0Q100-20 80 0Q60-20 40 0Q20-20 0 0Q-20-20-40 0Q-60-20-80 0Q-100-20-120 0Z"
    panels = path("M-40 0Q-36-80 0-108Q36-80 40 0Q20-20 0 0Q-20-20-40 0Z", colours.light, opacity=0.3) + path(
        "M80 0Q70-80 0-108A120 108 0 0 1 120 0Q100-20 80 0Z", colours.deep, opacity=0.22
    )
    handle = line("M0-118V92C0 112-24 112-24 92", colours.light, 5)
    pair = path(
        (
            "M-34 176L-30 62C-30 44 2 44 2 62L4 176ZM-14 40A15 16 0 1 1-13.900 40ZM8 176L6 70"
            "C8 54 34 54 36 70L44 176ZM20 48A13 14 0 1 1 20.100 48Z"
        ),
        colours.deep,
    )
    whole = pair + handle + path(canopy, colours.accent) + panels
    scale = reach / 128
    street = scene.y + reach * 0.08 + 176 * scale - reach * 0.16
    likeness = group(path(canopy, colours.accent) + pair, x=x, y=street * 2 - y, turn=180, scale=scale, flip=True)
    mirror = f'<g opacity=".3">{likeness}</g>'
    moon = disc(x, y, reach * 1.18, colours.mid, opacity=0.75)
    return (
        scene.fill(colours.sky)
        + moon
        + box(-1, street, scene.width + 2, scene.height - street, colours.mid)
        + mirror
        + line(drops, colours.light, reach * 0.012, opacity=0.55)
        + group(whole, x=x, y=y, scale=scale)
        + scene.ground()
    )


def trunks(scene: Scene) -> str:
    """A figure among tall trunks or bars, of which every other is its shadow."""
    colours, dice, reach = scene.palette, scene.dice, scene.reach
    trees, x, index = "", -reach * 0.1, 0
    while x < scene.width:
        wide = reach * dice.between(0.12, 0.3)
        lean = reach * dice.between(-0.1, 0.1)
        fill = (colours.deep, colours.mid, colours.deep, colours.light)[index % 4]
        if abs(x + wide / 2 - scene.x) > reach * 0.34:
            trees += path(
                (f"M{x + lean} {-2} {x + lean + wide} {-2} {x + wide} {scene.floor + 2} {x} {scene.floor + 2}Z"), fill
            )
        x += wide + reach * dice.between(0.1, 0.22)
        index += 1
    figure = path(
        (
            "M-30 0C-26-50-30-84-22-104C-18-112 18-112 22-104C30-84 26-50 30 0ZM-14-124"
            "A14 16 0 1 1 14-124A14 16 0 1 1-14-124ZM-24-130C-10-140 10-140 24-130"
            "C22-152 14-160 0-160C-14-160-22-152-24-130Z"
        ),
        colours.deep,
    )
    shadow = path(
        (
            f"M{scene.x - reach * 0.2} {scene.floor + 2} {scene.x + reach * 0.2} "
            f"{scene.floor + 2} {scene.x + reach * 0.2} {scene.floor - 4} "
            f"{scene.x - reach * 0.2} {scene.floor - 4}Z"
        ),
        colours.deep,
    )
    sun = disc(scene.x, scene.y, reach * 0.95, colours.accent)
    return (
        scene.fill(colours.sky)
        + sun
        + trees
        + shadow
        + group(figure, x=scene.x, y=scene.floor + 2, scale=reach / 112)
        + scene.ground()
    )
