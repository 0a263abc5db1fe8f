"""Pictures of film itself."""

from cinema.catalog.posters.scene import Scene
from cinema.catalog.posters.shapes import around, box, disc, group, oval, pane, path, ring, wedge


def projector(scene: Scene) -> str:
    """A projector's beam over the heads of the audience."""
    colours, dice, reach = scene.palette, scene.dice, scene.reach
    side = dice.pick([-1, 1])
    x, y = scene.x - side * reach * 0.5, scene.floor - reach * 0.72
    beams = ""
    for index in range(7):
        fill = (colours.light, colours.soft)[index % 2]
        turn = side * (30 + 12 * index)
        beams += path(wedge(x, y, scene.width * 1.6, turn, turn + side * 12), fill, opacity=0.95 if index % 2 else 0.85)
    reels = ""
    for dx, dy, size in ((-0.46, -0.62, 0.4), (0.3, -0.72, 0.34)):
        cx, cy = x + side * dx * reach * 0.9 - side * reach * 0.12, y + dy * reach * 0.92
        reels += disc(cx, cy, reach * size, colours.deep) + ring(cx, cy, reach * size * 0.88, 3, colours.accent)
        reels += "".join(
            disc(*around(cx, cy, reach * size * 0.52, turn), reach * size * 0.2, colours.sky)
            for turn in range(0, 360, 72)
        ) + disc(cx, cy, reach * size * 0.14, colours.accent)
    body = box(x - reach * 0.52, y - reach * 0.3, reach * 0.8, reach * 0.56, colours.deep, radius=8)
    body += path(
        (
            f"M{x + side * reach * 0.1} {y - reach * 0.16} {x + side * reach * 0.42} "
            f"{y - reach * 0.2} {x + side * reach * 0.42} {y + reach * 0.2} "
            f"{x + side * reach * 0.1} {y + reach * 0.16}Z"
        ),
        colours.accent,
    )
    body += path(
        (
            f"M{x - reach * 0.2} {y + reach * 0.24} {x + reach * 0.1} {y + reach * 0.24} "
            f"{x + reach * 0.34} {scene.floor} {x - reach * 0.5} {scene.floor}Z"
        ),
        colours.deep,
    )
    heads = "".join(
        disc(at, scene.floor - reach * dice.between(0.02, 0.12), reach * 0.13, colours.deep)
        + oval(at, scene.floor + reach * 0.1, reach * 0.24, reach * 0.16, colours.deep)
        for at in (
            index * reach * 0.42 + reach * dice.between(0, 0.1)
            for index in range(int(scene.width / (reach * 0.42)) + 1)
        )
    )
    return scene.fill(colours.sky) + beams + body + reels + heads + scene.ground()


def filmstrip(scene: Scene) -> str:
    """Strips of film on which a sun rises frame by frame."""
    colours, dice, reach = scene.palette, scene.dice, scene.reach
    frames = 8
    strip = box(-reach * 0.62, 0, reach * 1.24, frames * reach * 0.82, colours.deep)
    holes = ""
    for index in range(frames * 4):
        for dx in (-0.565, 0.465):
            holes += f"M{reach * dx} {reach * (0.05 + 0.205 * index)}h{reach * 0.1}v{reach * 0.11}h{-reach * 0.1}z"
    strip += path(holes, colours.light)
    for index in range(frames):
        top = index * reach * 0.82 + reach * 0.05
        sky = (colours.mid, colours.soft, colours.light)[min(index // 2, 2)]
        height = reach * (0.62 - 0.09 * index)
        hill = (
            f"M0 {reach * 0.56}Q{reach * 0.25} {reach * 0.44} {reach * 0.5} {reach * 0.58}"
            f"T{reach * 0.84} {reach * 0.52}V{reach * 0.72}H0Z"
        )
        still = box(0, 0, reach * 0.84, reach * 0.72, sky) + disc(reach * 0.42, height, reach * 0.22, colours.accent)
        still += path(hill, colours.deep)
        strip += pane(still, -reach * 0.42, top, reach * 0.84, reach * 0.72)
    lean = dice.pick([-24, -16, 18, 26])
    long = frames * reach * 0.41

    def across(content: str, turn: float, dx: float) -> str:
        x, y = around(scene.x + dx, scene.y, long, turn)
        return group(content, x=x, y=y, turn=turn)

    both = f'<g id="{scene.mark}f">{strip}</g>'
    back = f'<use href="#{scene.mark}f"/>'
    return (
        scene.fill(colours.sky)
        + disc(scene.x, scene.y, reach * 1.3, colours.mid, opacity=0.5)
        + across(both, -lean * 1.5, reach * 0.25)
        + across(back, lean, -reach * 0.1)
        + scene.ground()
    )
