"""The token in a media address: what we signed is read, and no other string is."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from cinema.contracts.ids import FilmId, PlaybackId
from cinema.playback.domain.device import device_name
from cinema.playback.domain.files import media_type, range_fits
from cinema.playback.domain.token import TOKEN_LENGTH_MAX, Claim, TokenInvalid, read, sign

SECRET = bytes(range(32))
CLAIM = Claim(
    playback_id=PlaybackId(UUID("01900000-0000-7000-8000-000000000001")),
    film_id=FilmId(UUID("01900000-0000-7000-8000-000000000002")),
    expires_at=datetime(2026, 1, 15, 21, 0, tzinfo=UTC),
)
ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_=.+/ "


def test_a_token_says_what_was_signed() -> None:
    token = sign(CLAIM, secret=SECRET)

    assert read(token, secret=SECRET) == CLAIM
    assert len(token) <= TOKEN_LENGTH_MAX


def test_a_token_is_bound_to_all_that_it_says() -> None:
    changed = (
        Claim(playback_id=PlaybackId(CLAIM.film_id), film_id=CLAIM.film_id, expires_at=CLAIM.expires_at),
        Claim(playback_id=CLAIM.playback_id, film_id=FilmId(CLAIM.playback_id), expires_at=CLAIM.expires_at),
        Claim(playback_id=CLAIM.playback_id, film_id=CLAIM.film_id, expires_at=CLAIM.expires_at + timedelta(seconds=1)),
    )
    signature = sign(CLAIM, secret=SECRET).partition(".")[2]

    for claim in changed:
        payload = sign(claim, secret=SECRET).partition(".")[0]
        with pytest.raises(TokenInvalid):
            read(f"{payload}.{signature}", secret=SECRET)


def test_a_token_with_any_other_letter_is_refused() -> None:
    token = sign(CLAIM, secret=SECRET)

    for place, right in enumerate(token):
        for letter in ALPHABET:
            if letter != right:
                with pytest.raises(TokenInvalid):
                    read(token[:place] + letter + token[place + 1 :], secret=SECRET)


@pytest.mark.parametrize("token", ["", ".", "a", "a.b", "я.я", "." * 1000, sign(CLAIM, secret=SECRET) + "="])
def test_a_string_that_is_no_token_is_refused(token: str) -> None:
    with pytest.raises(TokenInvalid):
        read(token, secret=SECRET)


def test_a_token_of_another_secret_is_refused() -> None:
    with pytest.raises(TokenInvalid):
        read(sign(CLAIM, secret=bytes(32)), secret=SECRET)


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("master.m3u8", "application/vnd.apple.mpegurl"),
        ("video-360/0.m4s", "video/iso.segment"),
        ("video-360/init.mp4", "video/mp4"),
        ("subtitles-ru/0.vtt", "text/vtt; charset=utf-8"),
        ("README.md", None),
        ("make.py", None),
        ("", None),
        (".m3u8", None),
        ("a/.hidden.ts", None),
        ("../master.m3u8", None),
        ("a/../master.m3u8", None),
        ("a//master.m3u8", None),
        ("/etc/passwd.ts", None),
        ("a\\b.ts", None),
        ("a\x00.ts", None),
        ("a.ts\n", None),
        ("ä.ts", None),
        ("a.TS", None),
        ("a.ts/", None),
        ("m3u8", None),
        ("a/b/c/d/e/f.ts", None),
        ("a" * 101 + ".ts", None),
    ],
)
def test_only_files_of_known_kinds_below_the_folder_have_a_type(path: str, kind: str | None) -> None:
    assert media_type(path) == kind


@pytest.mark.parametrize(
    ("header", "fits"),
    [
        ("bytes=0-", True),
        ("bytes=0-9", True),
        ("bytes=9-", True),
        ("bytes=-1", True),
        ("bytes=-100", True),
        ("bytes=10-", False),
        ("bytes=5-4", False),
        ("bytes=-0", False),
        ("bytes=-", False),
        ("bytes=0-1,3-4", False),
        ("bytes=a-b", False),
        ("bytes=٠-", False),
        ("lines=0-1", False),
        ("", False),
    ],
)
def test_one_range_that_is_there_fits(*, header: str, fits: bool) -> None:
    assert range_fits(header, size=10) is fits


@pytest.mark.parametrize(
    ("user_agent", "name"),
    [
        ("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox, Linux"),
        ("Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/140.0 Safari/537.36 Edg/140.0", "Edge, Windows"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Safari/604.1", "Safari, iPhone"),
        ("curl/8.0 <script>", "unknown device"),
        (None, "unknown device"),
    ],
)
def test_a_device_is_called_by_known_names_only(user_agent: str | None, name: str) -> None:
    assert device_name(user_agent) == name
