"""One fallback for names of zones."""

from datetime import UTC
from zoneinfo import ZoneInfo

import pytest

from cinema.kit.zones import zone


def test_a_known_zone_is_itself() -> None:
    assert zone("Europe/Moscow") == ZoneInfo("Europe/Moscow")


@pytest.mark.parametrize(
    "name",
    [
        "US/Pacific-New",
        "Mars/Olympus",
        "",
        ".",
        "..",
        "../../etc/passwd",
        "/etc/localtime",
        "America",
        "a\0b",
        "\udc80",
    ],
)
def test_any_other_name_is_utc(name: str) -> None:
    assert zone(name) is UTC
