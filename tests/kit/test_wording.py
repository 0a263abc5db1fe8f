"""How long one has to wait, as people write it."""

import pytest

from cinema.kit.wording import Wording


@pytest.mark.parametrize(
    ("seconds", "ru", "en"),
    [
        (0, "через 0 секунд", "in 0 seconds"),
        (1, "через 1 секунду", "in 1 second"),
        (59, "через 59 секунд", "in 59 seconds"),
        (60, "через 1 минуту", "in 1 minute"),
        (61, "через 2 минуты", "in 2 minutes"),
        (3_599, "через 1 час", "in 1 hour"),
        (3_601, "через 2 часа", "in 2 hours"),
        (86_400, "через 1 день", "in 1 day"),
    ],
)
def test_a_wait_is_told_in_whole_units_and_never_sooner_than_it_is(seconds: int, ru: str, en: str) -> None:
    said = [Wording(language=language, time_zone="UTC").wait(seconds) for language in ("ru", "en")]

    assert [one.replace("\N{NO-BREAK SPACE}", " ") for one in said] == [ru, en]
    assert all(f"{said[0].split()[1]}\N{NO-BREAK SPACE}" in one for one in said)
