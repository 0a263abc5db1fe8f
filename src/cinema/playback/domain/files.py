"""Which addresses below a title's folder may be asked for, and what they are."""

import re

NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,99}")
"""A file or folder: plain letters; never hidden, never a step upwards."""

DEPTH_MAX = 5
MASTER = "master.m3u8"

MEDIA_TYPES = {
    "m3u8": "application/vnd.apple.mpegurl",
    "m4s": "video/iso.segment",
    "mp4": "video/mp4",
    "ts": "video/mp2t",
    "m4a": "audio/mp4",
    "aac": "audio/aac",
    "vtt": "text/vtt; charset=utf-8",
    "jpg": "image/jpeg",
    "webp": "image/webp",
}
"""The kinds of file that belong to a title (RFC 8216 for the lists); nothing else of its folder is served."""


def media_type(path: str) -> str | None:
    """The content type of a path that may be asked for, else None."""
    steps = path.split("/")
    if len(steps) > DEPTH_MAX or not all(NAME.fullmatch(step) for step in steps):
        return None
    name, dot, suffix = steps[-1].rpartition(".")
    return MEDIA_TYPES.get(suffix) if name and dot else None


def range_fits(header: str, *, size: int) -> bool:
    """Whether a Range header asks for one piece of a file of ``size`` bytes that is there (RFC 9110, 14.1.2)."""
    found = re.fullmatch(r"bytes=(\d{1,15})-(\d{0,15})|bytes=-(\d{1,15})", header.strip(), re.ASCII)
    if found is None:
        return False
    start, end, last = found.groups()
    if last is not None:
        return int(last) > 0 and size > 0
    return int(start) < size and (not end or int(start) <= int(end))
