"""Styles, scripts, fonts and icons: read once, sent under addresses that change with what they hold."""

import gzip
import hashlib
import mimetypes
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from cinema.kit.compression import accepts_gzip

FOLDER = Path(__file__).parent / "static"
STYLES = ("vendor/fonts.css", "css/*.css")
"""What ``site.css`` is made of, in this order."""

IMMUTABLE = "public, max-age=31536000, immutable"
TEXT = frozenset({"text/css", "text/javascript", "image/svg+xml", "text/plain", "application/json"})
KINDS = {".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml", ".woff2": "font/woff2"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Asset:
    """One file as it is sent; ``packed`` where that is worth it."""

    content: bytes
    packed: bytes | None
    kind: str
    tag: str


class Assets:
    """The files below ``static``, and ``site.css``, which is all styles in one."""

    def __init__(self, folder: Path = FOLDER) -> None:
        self._folder = folder
        self._read: dict[str, Asset] = {}
        self._names = {
            path.relative_to(folder).as_posix(): path for path in sorted(folder.rglob("*")) if path.is_file()
        }

    def address(self, name: str) -> str:
        """Where a page finds ``name``: another address whenever the content is another."""
        return f"/static/{name}?v={self.asset(name).tag}"

    def asset(self, name: str) -> Asset:
        """Raises KeyError for what is not there."""
        found = self._read.get(name)
        if found is None:
            content = self._styles() if name == "site.css" else self._names[name].read_bytes()
            found = self._read[name] = _asset(name, content)
        return found

    def named(self, pattern: str) -> tuple[str, ...]:
        """The names of the files below ``static`` that fit a pattern of the shell, in their order."""
        return tuple(name for name in self._names if fnmatchcase(name, pattern))

    async def send(self, request: Request) -> Response:
        """The file at this address, to be kept for good by who asks for this very content, else looked at again."""
        try:
            asset = self.asset(request.path_params["name"])
        except KeyError:
            raise HTTPException(404) from None
        is_asked_for = request.query_params.get("v") == asset.tag
        headers = {
            "Cache-Control": IMMUTABLE if is_asked_for else "no-cache",
            "ETag": f'"{asset.tag}"',
            "Vary": "Accept-Encoding",
        }
        if request.headers.get("if-none-match") == headers["ETag"]:
            return Response(status_code=304, headers=headers)
        packed = asset.packed if accepts_gzip(request.headers.get("accept-encoding", "").encode("latin-1")) else None
        if packed is not None:
            headers["Content-Encoding"] = "gzip"
        return Response(packed or asset.content, media_type=asset.kind, headers=headers)

    def _styles(self) -> bytes:
        files = [path for pattern in STYLES for path in sorted(self._folder.glob(pattern))]
        texts = [path.read_text(encoding="utf-8") for path in files]
        return "\n".join(texts).replace('url("', 'url("vendor/').encode()


def _asset(name: str, content: bytes) -> Asset:
    suffix = Path(name).suffix
    kind = KINDS.get(suffix) or mimetypes.guess_type(name)[0] or "application/octet-stream"
    packed = gzip.compress(content, 9, mtime=0) if kind in TEXT else None
    return Asset(content=content, packed=packed, kind=kind, tag=hashlib.sha256(content).hexdigest()[:12])
