"""Pictures as PNG, for who shows no SVG: drawn once, kept in a folder that all processes share, and in memory."""

import asyncio
import hashlib
import os
from collections import OrderedDict
from collections.abc import Awaitable
from pathlib import Path
from typing import Protocol

import structlog

from cinema.catalog.posters.raster import SIGNATURE, png
from cinema.catalog.service.pictures import Picture
from cinema.contracts.enums import PictureSize
from cinema.kit.errors import TooMany

WIDTHS = {
    (Picture.POSTER, PictureSize.SMALL): 240,
    (Picture.POSTER, PictureSize.LARGE): 600,
    (Picture.BACKDROP, PictureSize.SMALL): 640,
    (Picture.BACKDROP, PictureSize.LARGE): 1200,
}
"""In pixels; a large backdrop is what previews of links ask for (1,200 pixels)."""

HEIGHTS = {key: width * 3 // 2 if key[0] is Picture.POSTER else width * 9 // 16 for key, width in WIDTHS.items()}

IN_MEMORY_MAX = 64
IN_FOLDER_MAX = 4_000
"""Pictures that are kept, of 30 to 330 kB each."""

WAITING_MAX = 32
"""Pictures that wait to be drawn in one process; each takes 0.1 to 0.5 s, one after the other."""

log = structlog.get_logger()


class PicturesBusy(TooMany):
    """Too many pictures are being drawn at this moment; try again in a few seconds."""

    code = "pictures-busy"


class Draw(Protocol):
    """Draws an SVG as a PNG of a width."""

    def __call__(self, svg: bytes, *, width: int) -> Awaitable[bytes]: ...


def version_of(svg: bytes, *, width: int) -> str:
    """What names a drawing in a width: another drawing has another version."""
    return hashlib.sha256(b"%d %b" % (width, svg)).hexdigest()[:32]


class Rasters:
    """Draws one picture at a time; who asks for a picture that is being drawn waits for it."""

    def __init__(
        self,
        *,
        folder: Path,
        draw: Draw = png,
        in_memory_max: int = IN_MEMORY_MAX,
        in_folder_max: int = IN_FOLDER_MAX,
    ) -> None:
        self._folder = folder
        self._draw = draw
        self._in_memory_max = in_memory_max
        self._in_folder_max = in_folder_max
        self._memory: OrderedDict[str, bytes] = OrderedDict()
        self._drawing: dict[str, asyncio.Task[bytes]] = {}
        self._turn = asyncio.Lock()

    async def png(self, svg: bytes, *, width: int) -> bytes:
        """The drawing as a PNG. Raises `PicturesBusy` and `PictureNotDrawn`."""
        version = version_of(svg, width=width)
        if (known := self._memory.get(version)) is not None:
            self._memory.move_to_end(version)
            return known
        task = self._drawing.get(version)
        if task is None:
            if len(self._drawing) >= WAITING_MAX:
                raise PicturesBusy(retry_after_s=5)
            task = asyncio.create_task(self._make(version, svg, width=width), name=f"draw {version}")
            self._drawing[version] = task
            task.add_done_callback(lambda done: self._over(version, done))
        return await asyncio.shield(task)

    async def stop(self) -> None:
        """Draws nothing any more."""
        tasks = list(self._drawing.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _make(self, version: str, svg: bytes, *, width: int) -> bytes:
        content = await asyncio.to_thread(self._read, version)
        if content is None:
            async with self._turn:
                content = await self._draw(svg, width=width)
            await asyncio.to_thread(self._keep, version, content)
        self._memory[version] = content
        while len(self._memory) > self._in_memory_max:
            self._memory.popitem(last=False)
        return content

    def _over(self, version: str, task: "asyncio.Task[bytes]") -> None:
        del self._drawing[version]
        if not task.cancelled():
            task.exception()  # heard, also when nobody waits any more

    def _read(self, version: str) -> bytes | None:
        """The picture from the folder; None for one that is not there, or is hurt."""
        path = self._folder / f"{version}.png"
        try:
            content = path.read_bytes()
            os.utime(path)  # it was used just now
        except OSError:
            return None
        return content if content.startswith(SIGNATURE) else None

    def _keep(self, version: str, content: bytes) -> None:
        """Puts the picture into the folder at once and whole; a folder that cannot be written is only told of."""
        path = self._folder / f"{version}.png"
        part = path.with_suffix(f".{os.getpid()}.part")
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            part.write_bytes(content)
            part.replace(path)
            self._make_room()
        except OSError as trouble:
            log.warning("catalog.picture_not_kept", cause=repr(trouble))

    def _make_room(self) -> None:
        """Deletes what was not used for longest, a tenth of all, where there are too many."""
        with os.scandir(self._folder) as found:
            kept = [(entry.stat().st_mtime_ns, entry.path) for entry in found if entry.name.endswith(".png")]
        if len(kept) > self._in_folder_max:
            for _, path in sorted(kept)[: len(kept) - self._in_folder_max * 9 // 10]:
                Path(path).unlink(missing_ok=True)
