"""What pages load of others is there, is what its address says, and asks nobody else for anything."""

import hashlib
import json
import re
import tomllib
from pathlib import Path

import pytest

from cinema.web.vendor import FOLDER, FONTS, ICONS, MANIFEST, PACKAGES, SCRIPTS, build, write
from style.source import ROOT

NAMES = {
    "fonts.css",
    "golos-text-cyrillic-wght-normal.woff2",
    "golos-text-latin-ext-wght-normal.woff2",
    "golos-text-latin-wght-normal.woff2",
    "hls.min.js",
    "hls.worker.js",
    "htmx.min.js",
    "icons.svg",
    "licences.txt",
    "prata-cyrillic-400-normal.woff2",
    "prata-latin-400-normal.woff2",
}
NAMESPACES = {
    "http://www.w3.org/2000/svg",
    "http://www.w3.org/ns/ttml#styling",  # what hls.js looks for in captions
    "https://aomedia.org/emsg/ID3",  # and among a film's events
    "https://github.com/babel/babel/blob/main/packages/babel-helpers/LICENSE",  # a comment
}
"""Addresses that are names: nothing is loaded from there."""

RANGE = re.compile(r"U\+([0-9A-F]+)(?:-([0-9A-F]+))?")


def built(name: str) -> str:
    return (FOLDER / name).read_text(encoding="utf-8")


def test_every_file_is_there_and_its_address_says_what_is_in_it() -> None:
    manifest = json.loads(built(MANIFEST))

    assert {path.name for path in FOLDER.iterdir()} == NAMES | {MANIFEST}
    assert manifest == {name: hashlib.sha256((FOLDER / name).read_bytes()).hexdigest()[:12] for name in NAMES}


def test_the_sprite_has_every_icon_in_the_colour_of_the_text() -> None:
    symbols = re.findall(r'<symbol id="([^"]+)"[^>]* stroke="currentColor"[^>]*>(<.+?/>)</symbol>', built("icons.svg"))

    assert [name for name, _ in symbols] == list(ICONS)
    assert len(set(symbols)) == len({drawing for _, drawing in symbols}) == len(ICONS)


def test_fonts_are_named_by_the_address_that_the_manifest_gives() -> None:
    manifest = json.loads(built(MANIFEST))
    fonts = {name for name in NAMES if name.endswith(".woff2")}

    named = re.findall(r"url\(([^)]*)\)", built("fonts.css"))

    assert sorted(named) == sorted(f'"{name}?v={manifest[name]}"' for name in fonts)


def test_every_font_shows_text_before_it_is_loaded_and_is_loaded_only_for_its_letters() -> None:
    faces = re.findall(r"@font-face \{(.*?)\}", built("fonts.css"), re.DOTALL)

    assert len(faces) == 5
    assert [face for face in faces if "font-display: swap;" not in face] == []
    assert [face for face in faces if "unicode-range: U+" not in face] == []


@pytest.mark.parametrize(("family", "letters"), [("Golos Text Variable", "AzАяЁё0«»—…×№₽č"), ("Prata", "AzАяЁё0«»—…№")])
def test_a_font_has_the_letters_of_both_languages_and_of_money(family: str, letters: str) -> None:
    faces = re.findall(r"@font-face \{.*?\}", built("fonts.css"), re.DOTALL)
    ranges = [
        (int(first, 16), int(last or first, 16))
        for face in faces
        if f"'{family}'" in face
        for first, last in RANGE.findall(face)
    ]

    missing = [letter for letter in letters if not any(first <= ord(letter) <= last for first, last in ranges)]

    assert missing == []


@pytest.mark.parametrize("name", sorted(name for name in NAMES if not name.endswith((".woff2", ".txt"))))
def test_nothing_is_loaded_from_elsewhere(name: str) -> None:
    text = built(name)

    assert {address for address in re.findall(r"https?://[\w./#-]+", text) if address not in NAMESPACES} == set()
    assert re.findall(r"sourceMappingURL|@import|importScripts", text) == []


def test_the_licence_of_every_package_goes_with_its_files() -> None:
    licences = built("licences.txt")

    titles = re.findall(r"^(\S+) [\d.]+ \(([\w.-]+)\)\n=+$", licences, re.MULTILINE)

    assert titles == [
        ("htmx.org", "BSD-0-Clause"),
        ("hls.js", "Apache-2.0"),
        ("@fontsource-variable/golos-text", "OFL-1.1"),
        ("@fontsource/prata", "OFL-1.1"),
        ("lucide-static", "ISC"),
    ]


def test_the_wheel_contains_what_git_ignores() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    folder = FOLDER.relative_to(ROOT).as_posix()

    assert project["tool"]["hatch"]["build"]["artifacts"] == [f"/{folder}/"]
    assert f"{folder}/" in (ROOT / ".gitignore").read_text(encoding="utf-8").splitlines()


def test_packages_are_those_that_the_lock_brings_by_one_version_each() -> None:
    asked = json.loads((ROOT / "package.json").read_text(encoding="utf-8"))["dependencies"]
    lock = (ROOT / "package-lock.json").read_text(encoding="utf-8")

    assert set(asked) == set(PACKAGES)
    assert [version for version in asked.values() if not re.fullmatch(r"\d+\.\d+\.\d+", version)] == []
    assert '"resolved"' not in lock


def test_building_twice_leaves_the_same_files_and_nothing_else(tmp_path: Path) -> None:
    files = build(packages(tmp_path))
    folder = tmp_path / "static" / "vendor"
    write(files, folder)
    (folder / "of-an-older-version.js").write_text("old")

    write(build(tmp_path), folder)

    assert {path.name: path.read_bytes() for path in folder.iterdir()} == files
    assert files["htmx.min.js"] == b"htmx.min.js\n"
    assert [path.name for path in folder.parent.iterdir()] == ["vendor"]


@pytest.mark.parametrize(
    "name",
    [
        *SCRIPTS,
        *FONTS,
        "@fontsource/prata/files/prata-latin-400-normal.woff2",
        "lucide-static/icons/play.svg",
        "hls.js/LICENSE",
    ],
)
def test_a_missing_file_is_told_in_a_sentence(tmp_path: Path, name: str) -> None:
    (packages(tmp_path) / name).unlink()

    with pytest.raises(SystemExit, match=re.escape(f"{tmp_path / name} is missing: `npm ci` brings it")):
        build(tmp_path)


def test_a_font_of_another_shape_is_told_in_a_sentence(tmp_path: Path) -> None:
    (packages(tmp_path) / "@fontsource/prata/400.css").write_text(face("prata-latin-400-normal"))

    with pytest.raises(SystemExit, match=r"prata/400\.css has no font for cyrillic: look"):
        build(tmp_path)


def test_an_icon_without_a_drawing_is_told_in_a_sentence(tmp_path: Path) -> None:
    (packages(tmp_path) / "lucide-static/icons/play.svg").write_text("moved")

    with pytest.raises(SystemExit, match=r"icons/play\.svg is no drawing: look"):
        build(tmp_path)


def packages(folder: Path) -> Path:
    """As much of node_modules as the build reads."""
    contents = {
        f"{name}/{one}": '{"version": "1", "license": "X"}' for name in PACKAGES for one in ("package.json", "LICENSE")
    }
    contents |= {name: f"{Path(name).name}\n//# sourceMappingURL={Path(name).name}.map\n" for name in SCRIPTS}
    contents |= {f"lucide-static/icons/{name}.svg": f'<svg\n>\n  <path d="{name}" />\n</svg>' for name in ICONS}
    for sheet, family in zip(FONTS, ("golos-text-{}-wght-normal", "prata-{}-400-normal"), strict=True):
        names = [family.format(alphabet) for alphabet in ("cyrillic-ext", *FONTS[sheet])]
        contents |= {str(Path(sheet).parent / "files" / f"{name}.woff2"): name for name in names}
        contents[sheet] = "".join(face(name) for name in names)
    for name, content in contents.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(content)
    return folder


def face(name: str) -> str:
    sources = [f"url(./files/{name}.{kind}) format('{kind}')" for kind in ("woff2", "woff")]
    return f"@font-face {{\n  src: {', '.join(sources)};\n}}\n"
