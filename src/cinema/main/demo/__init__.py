"""The demo: plays the main job on a service of its own, over HTTP alone, and says what happened.

Nothing here reaches into the service: the viewer's part goes through the API and the
payment page as a browser would, time is moved by the command for it.
"""

from cinema.main.demo.story import FolderInUse, play

__all__ = ["FolderInUse", "play"]
