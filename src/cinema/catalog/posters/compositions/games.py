"""Pictures of games."""

from cinema.catalog.posters.scene import Scene
from cinema.catalog.posters.shapes import around, box, disc, group, path, tile

SUITS = (
    "M0 34C-40 6-38-30-14-30C-6-30-2-25 0-18C2-25 6-30 14-30C38-30 40 6 0 34Z",
    "M0-36L26 0L0 36L-26 0Z",
    "M0-36C6-18 34-6 34 12C34 28 14 30 5 19C6 28 9 32 14 36H-14C-9 32-6 28-5 19C-14 30-34 28-34 12C-34-6-6-18 0-36Z",
    (
        "M-6 14C-12 28-36 24-34 5C-33-6-22-11-13-7C-20-20-12-36 0-36C12-36 20-20 13-7"
        "C22-11 33-6 34 5C36 24 12 28 6 14C7 26 9 32 14 36H-14C-9 32-7 26-6 14Z"
    ),
)


RED_SUITS = 2


def cards(scene: Scene) -> str:
    """A hand of cards, held as a fan."""
    colours, dice, reach = scene.palette, scene.dice, scene.reach
    first = dice.whole(0, 3)
    fan = ""
    for index in range(5):
        suit = (first + index) % 4
        pip = f'<use href="#{scene.mark}{suit}" fill="{colours.bold if suit < RED_SUITS else colours.deep}"/>'
        face = (
            f'<use href="#{scene.mark}b"/>'
            + group(pip, x=-38, y=-60, scale=0.36)
            + group(pip, x=38, y=60, turn=180, scale=0.36)
            + pip
        )
        turn = -44 + 22 * index
        x, y = around(scene.x, scene.y + reach * 1.25, reach * 1.42, turn)
        fan += group(face, x=x, y=y, turn=turn, scale=reach / 118)
    side = reach * 0.42
    shapes = "".join(f'<path id="{scene.mark}{suit}" d="{outline_}"/>' for suit, outline_ in enumerate(SUITS))
    blank = box(-56, -82, 112, 164, colours.deep, radius=9) + box(-54, -80, 108, 160, colours.light, radius=8)
    dots = f'<defs>{shapes}<g id="{scene.mark}b">{blank}</g></defs>'
    pips = "".join(
        group(
            f'<use href="#{scene.mark}{suit}" fill="{colours.mid}"/>',
            x=side * (0.5 + suit % 2),
            y=side * (0.5 + suit // 2),
            scale=reach / 620,
        )
        for suit in range(4)
    )
    dots += tile(f"{scene.mark}k", side * 2, side * 2, pips)
    dots += box(0, 0, scene.width, scene.floor, f"url(#{scene.mark}k)")
    hand = path(
        (
            "M-46 60C-52 20-50-2-34-8C-18-14 6-14 22-8C38-4 44 8 42 26L36 60ZM-44 10"
            "C-60-10-62-26-54-34C-46-40-36-26-24-10Z"
        ),
        colours.soft,
    )
    cuff = box(-52, 52, 98, 60, colours.light) + disc(-2, 70, 6, colours.accent) + box(-66, 88, 126, 130, colours.deep)
    return (
        scene.fill(colours.sky)
        + dots
        + fan
        + group(hand + cuff, x=scene.x, y=scene.y + reach * 0.72, scale=reach / 100)
        + scene.ground()
    )


def chess(scene: Scene) -> str:
    """Kings and pawns on a board that runs to the horizon."""
    colours, reach = scene.palette, scene.reach
    horizon = scene.y + reach * 0.3
    board = ""
    depth = scene.floor - horizon + 2
    edges = [horizon + depth * (row / 6) ** 1.7 for row in range(7)]
    for row in range(6):
        spread1, spread2 = 0.34 + 0.9 * (row / 6) ** 1.7, 0.34 + 0.9 * ((row + 1) / 6) ** 1.7
        for column in range(-14, 14):
            unit = reach * 0.6
            is_seen = -unit < scene.x + column * unit * spread1 < scene.width
            if (row + column) % 2 and is_seen:
                board += (
                    f"M{scene.x + column * unit * spread1} {edges[row]} "
                    f"{scene.x + (column + 1) * unit * spread1} {edges[row]} "
                    f"{scene.x + (column + 1) * unit * spread2} {edges[row + 1]} "
                    f"{scene.x + column * unit * spread2} {edges[row + 1]}Z"
                )
    king = (
        "M-44 100C-44 84-28 86-24 70C-16 36-18 6-22-10H22C18 6 16 36 24 70C28 86 44 84 44 100Z"
        "M-26-10L-34-58C-20-70-8-66 0-56C8-66 20-70 34-58L26-10ZM-5-62V-78H-16V-88H-5V-100H5V-88"
        "H16V-78H5V-62Z"
    )
    pawn = (
        "M-30 60C-30 48-18 48-16 38C-10 20-10 4-14-8H14C10 4 10 20 16 38C18 48 30 48 30 60Z"
        "M-20-26A20 20 0 1 1 20-26A20 20 0 1 1-20-26Z"
    )
    moon = disc(scene.x, scene.y - reach * 0.3, reach * 1.0, colours.accent)
    pieces = group(
        path(king, colours.deep)
        + path("M0-56C8-66 20-70 34-58L26-10H22C18 6 16 36 24 70C28 86 44 84 44 100H0Z", colours.mid, opacity=0.5),
        x=scene.x + reach * 0.12,
        y=scene.floor - reach * 1.26,
        scale=reach / 96,
    )
    pieces += group(
        path(pawn, colours.deep), x=scene.x - reach * 0.82, y=scene.floor - reach * 0.6, scale=reach / 130
    ) + group(path(pawn, colours.deep), x=scene.x + reach * 1.0, y=scene.floor - reach * 0.78, scale=reach / 165)
    return (
        scene.fill(colours.sky)
        + moon
        + box(-1, horizon, scene.width + 2, depth, colours.light)
        + path(board, colours.mid)
        + pieces
        + scene.ground()
    )
