"""The doctor's findings."""

from datetime import timedelta
from pathlib import Path

import pytest

from cinema.main.doctor import clock_finding, room_in, shop_finding
from cinema.main.watch import ROOM_MIN


def test_room_is_told_where_the_folder_is_or_will_be(tmp_path: Path) -> None:
    there, absent = (
        room_in(tmp_path, "data folder", room_min=0),
        room_in(tmp_path / "a" / "b", "its database", room_min=0),
    )
    scarce = room_in(tmp_path, "data folder", room_min=10**18)

    assert (there.is_well, absent.is_well, scarce.is_well) == (True, True, False)
    assert absent.state.startswith(f"{tmp_path}/a/b, ")
    assert there.state.endswith(" MB free")
    assert scarce.state.endswith(" MB free: at least 1,000,000,000,000 MB are needed")
    assert ROOM_MIN == 1_000_000_000


@pytest.mark.parametrize(
    ("seconds", "state", "is_well"),
    [
        (0.04, "0.0 s behind the database's", True),
        (4.9, "4.9 s ahead of the database's", True),
        (-5, "5.0 s behind the database's", True),
        (3600, "3600.0 s ahead of the database's: at most 5 s are borne; set both by NTP", False),
        (-5.2, "5.2 s behind the database's: at most 5 s are borne; set both by NTP", False),
    ],
)
def test_a_clock_that_is_wrong_needs_attention(seconds: float, state: str, *, is_well: bool) -> None:
    found = clock_finding(timedelta(seconds=seconds))

    assert (found.state, found.is_well) == (state, is_well)


def test_a_shop_without_anything_to_buy_needs_attention() -> None:
    full, empty = shop_finding(3, currency="RUB"), shop_finding(0, currency="EUR")

    assert (full.state, full.is_well) == ("3 plans on sale in RUB", True)
    assert (empty.what, empty.is_well) == ("shop", False)
    assert empty.state == (
        "nothing is on sale in EUR: no plan is active, or all have their prices in another currency than"
        " CINEMA_BILLING_CURRENCY"
    )
