"""The stage that a composition draws on."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from cinema.catalog.posters.dice import Dice
from cinema.catalog.posters.palettes import Palette
from cinema.catalog.posters.shapes import box


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """A picture of ``width`` by ``height`` whose ground begins at ``floor``.

    What the eye shall find stands around (``x``, ``y``), about ``reach`` units far
    in each direction. Lettering may lie on the ground, never above ``floor``.
    ``mark`` begins each id, so that many pictures fit on one page.
    """

    width: float
    height: float
    floor: float
    x: float
    y: float
    reach: float
    palette: Palette
    dice: Dice
    mark: str

    def ground(self, fill: str | None = None) -> str:
        """The plain ground, a little above the floor so that nothing shines through."""
        return box(-1, self.floor, self.width + 2, self.height - self.floor + 1, fill or self.palette.deep)

    def fill(self, colour: str) -> str:
        return box(-1, -1, self.width + 2, self.height + 2, colour)


Composition: TypeAlias = Callable[[Scene], str]
