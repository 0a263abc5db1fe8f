"""The stand-ins look like the site: the same colours, radii and type, which they cannot import from it."""

import re
from pathlib import Path

import pytest

import cinema.sandbox.mailbox
import cinema.sandbox.yookassa
import cinema.web

TOKEN = re.compile(r"^ *(--[\w-]+): ([^;]+);", re.MULTILINE)
SHEETS = [
    Path(str(package.__file__)).parent / "templates" / "style.css"
    for package in (cinema.sandbox.yookassa, cinema.sandbox.mailbox)
]
SITE = Path(str(cinema.web.__file__)).parent / "static" / "css" / "00-tokens.css"


def tokens(sheet: Path) -> dict[str, str]:
    """The tokens as they are set first; who prefers more contrast has some of them stronger."""
    return dict(reversed(TOKEN.findall(sheet.read_text("utf-8"))))


@pytest.mark.parametrize("sheet", SHEETS, ids=lambda path: path.parts[-3])
def test_a_stand_in_has_the_site_s_tokens(sheet: Path) -> None:
    style, own = sheet.read_text("utf-8"), tokens(sheet)

    assert own == {name: value for name, value in tokens(SITE).items() if name in own}
    assert set(re.findall(r"var\((--[\w-]+)\)", style)) <= own.keys()
    assert re.findall(r"#[0-9a-f]{3,8}\b", style.partition("\n}\n")[2]) == []
