"""Emblems: one thing on a bright field, each written as a row of shapes.

A drawing is a row of pieces, parted by ``|``, in a square from -100 to 100. A piece
begins with its colour: ``d`` deep, ``m`` mid, ``a`` the accent (or what stands out in its
place), ``l`` light. ``/6`` after it draws a line 6 units wide instead of an area, ``=``
draws the piece a second time, mirrored. Then comes the shape: a path that begins with
``M``, ``o x y radius``, ``e x y radius_x radius_y``, ``b x y width height [corner]``, or a
star, ``* x y outer inner points``.
"""

from cinema.catalog.posters.emblems.living import LIVING
from cinema.catalog.posters.emblems.places import PLACES
from cinema.catalog.posters.emblems.stage import emblem
from cinema.catalog.posters.emblems.things import THINGS

__all__ = ["EMBLEMS"]

EMBLEMS = {name: emblem(drawing) for name, drawing in sorted({**LIVING, **THINGS, **PLACES}.items())}
"""Every emblem as a composition, by its name."""
