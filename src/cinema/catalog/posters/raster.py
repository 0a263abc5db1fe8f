"""Drawings as PNG, by resvg in a process of its own: it takes tenths of a second, and would hold up all else meanwhile.

Our drawings hold no text, only outlines of it, so that no font of the machine changes them.
"""

import asyncio
import sys

from cinema.kit.errors import Unavailable

TIMEOUT_S = 20.0
SIGNATURE = b"\x89PNG\r\n\x1a\n"
"""How every PNG begins (ISO/IEC 15948, 5.2)."""

PROGRAM = """
import sys, resvg_py
svg = sys.stdin.buffer.read().decode()
sys.stdout.buffer.write(resvg_py.svg_to_bytes(svg_string=svg, width=int(sys.argv[1]), skip_system_fonts=True))
"""


class PictureNotDrawn(Unavailable):
    """The picture could not be drawn; try again later."""

    code = "picture-not-drawn"


async def png(svg: bytes, *, width: int) -> bytes:
    """The drawing as a PNG of ``width`` pixels. Raises `PictureNotDrawn`, also when it takes `TIMEOUT_S`."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-I",
        "-c",
        PROGRAM,
        str(width),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        content, _ = await asyncio.wait_for(process.communicate(svg), TIMEOUT_S)
    except TimeoutError:
        raise PictureNotDrawn from None
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode != 0 or not content.startswith(SIGNATURE):
        raise PictureNotDrawn
    return content
