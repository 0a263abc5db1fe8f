"""The command line: ``cinema``."""

from cinema.main.cli.app import app

__all__ = ["app"]
