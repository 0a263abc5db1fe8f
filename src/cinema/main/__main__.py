"""``python -m cinema.main`` is the command ``cinema``."""

from cinema.main.cli import app

app(prog_name="cinema")
