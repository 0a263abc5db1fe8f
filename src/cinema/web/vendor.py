"""Builds ``static/vendor``: what pages load that others wrote, made of what npm brought.

    python -m cinema.web.vendor [node_modules]

Scripts are copied without the names of their source maps, fonts with the alphabets that pages use and a style sheet
that loads a file only where its letters stand, icons as one sprite (``icons.svg#play``), all licences as one text.
``manifest.json`` has the start of each file's SHA-256, ``{"htmx.min.js": "0c1d…"}``: an address that ends with
``?v=0c1d…`` always means the same bytes, so browsers may keep them. Git ignores the folder, the wheel contains it.
"""

import hashlib
import json
import re
import shutil
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

FOLDER = Path(__file__).parent / "static" / "vendor"
MANIFEST = "manifest.json"
HASH_CHARACTERS = 12

SCRIPTS = (
    "htmx.org/dist/htmx.min.js",
    "hls.js/dist/hls.min.js",  # the light build plays films without sound and without subtitles
    "hls.js/dist/hls.worker.js",  # else hls.js starts its worker from `blob:`, which pages do not allow
)
FONTS: Mapping[str, tuple[str, ...]] = {
    "@fontsource-variable/golos-text/wght.css": ("cyrillic", "latin", "latin-ext"),  # the rouble's sign is in the last
    "@fontsource/prata/400.css": ("cyrillic", "latin"),
}
"""A package's style sheet, and which alphabets of it are taken."""

ICONS = tuple(
    """
    bell bookmark captions check chevron-down chevron-left chevron-right circle-alert circle-check clock credit-card
    ellipsis film gauge globe house info keyboard languages list-video lock log-in log-out mail maximize menu minimize
    monitor moon pause picture-in-picture-2 play receipt refresh-cw rotate-ccw rotate-cw search settings share-2
    shield-check skip-forward smartphone star sun trash-2 tv undo-2 user volume-2 volume-x wifi-off x
    """.split()  # noqa: SIM905 - words read better than fifty lines
)
"""Names of Lucide. They are drawn with the colour of the text around them."""

PACKAGES = ("htmx.org", "hls.js", "@fontsource-variable/golos-text", "@fontsource/prata", "lucide-static")

SOURCE_MAP = re.compile(rb"\n?//# sourceMappingURL=\S*\s*$")
FACE = re.compile(r"@font-face \{.*?\}", re.DOTALL)
FACE_FILE = re.compile(
    r"src: url\(\./files/(?P<name>[a-z-]+?-(?P<alphabet>[a-z]+(-ext)?)-(wght|400)-normal\.woff2)\).*?;"
)
DRAWING = re.compile(r"<svg[^>]*>(.*)</svg>", re.DOTALL)
SYMBOL = (
    '<symbol id="{name}" viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="2"'
    ' stroke-linecap="round" stroke-linejoin="round">{drawing}</symbol>\n'
)


def build(packages: Path) -> dict[str, bytes]:
    """The files of the folder by name, of the packages below ``packages``.

    :raises SystemExit: with a sentence, when a package lacks a file or has it in another shape.
    """
    files = {Path(one).name: SOURCE_MAP.sub(b"\n", _read(packages / one)) for one in SCRIPTS}
    files["icons.svg"] = _sprite(packages / "lucide-static" / "icons").encode()
    files["licences.txt"] = "\n\n".join(_licence(packages, name) for name in PACKAGES).encode()
    faces = []
    for sheet, alphabets in FONTS.items():
        for name, face in _faces(packages / sheet, alphabets):
            files[name] = _read(packages / Path(sheet).parent / "files" / name)
            faces.append(FACE_FILE.sub(f'src: url("{name}?v={fingerprint(files[name])}") format("woff2");', face))
    files["fonts.css"] = ("\n".join(faces) + "\n").encode()
    fingerprints = {name: fingerprint(content) for name, content in sorted(files.items())}
    return files | {MANIFEST: (json.dumps(fingerprints, indent=2) + "\n").encode()}


def write(files: Mapping[str, bytes], folder: Path) -> None:
    """Leaves ``folder`` with exactly these files."""
    fresh = folder.with_name(f"{folder.name}.new")
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(parents=True)
    for name, content in files.items():
        (fresh / name).write_bytes(content)
    if folder.exists():
        shutil.rmtree(folder)
    fresh.rename(folder)


def fingerprint(content: bytes) -> str:
    """What changes in a file's address when the file does."""
    return hashlib.sha256(content).hexdigest()[:HASH_CHARACTERS]


def _faces(sheet: Path, alphabets: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    """The file and the rule of each alphabet, in the order of the style sheet."""
    left = set(alphabets)
    for face in FACE.findall(_read(sheet).decode()):
        file = FACE_FILE.search(face)
        if file and file["alphabet"] in left:
            left.remove(file["alphabet"])
            yield file["name"], face
    if left:
        sys.exit(f"{sheet} has no font for {', '.join(sorted(left))}: look at what this version calls it.")


def _sprite(icons: Path) -> str:
    symbols = []
    for name in ICONS:
        drawing = DRAWING.search(_read(icons / f"{name}.svg").decode())
        if drawing is None:
            sys.exit(f"{icons / name}.svg is no drawing: look at what this version holds.")
        symbols.append(SYMBOL.format(name=name, drawing=re.sub(r"\s*\n\s*", "", drawing[1])))
    return f'<svg xmlns="http://www.w3.org/2000/svg">\n{"".join(symbols)}</svg>\n'


def _licence(packages: Path, name: str) -> str:
    about = json.loads(_read(packages / name / "package.json"))
    title = f"{name} {about['version']} ({about['license']})"
    return f"{title}\n{'=' * len(title)}\n\n{_read(packages / name / 'LICENSE').decode().strip()}\n"


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        sys.exit(f"{path} is missing: `npm ci` brings it, and `make setup` calls that.")


if __name__ == "__main__":
    write(build(Path(*sys.argv[1:2] or ("node_modules",))), FOLDER)
