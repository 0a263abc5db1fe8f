"""Who takes gzip."""

import pytest

from cinema.kit.compression import accepts_gzip


@pytest.mark.parametrize(
    ("said", "takes"),
    [
        (None, False),
        (b"", False),
        (b"gzip", True),
        (b"GZIP", True),
        (b"gzip, deflate, br", True),
        (b"br;q=1.0, gzip;q=0.8, *;q=0.1", True),
        (b"gzip;q=0", False),
        (b"gzip;q=0.000, *", False),
        (b"*", True),
        (b"*;q=0", False),
        (b"identity", False),
        (b"x-gzip-like", False),
        (b"gzip;q=lots", False),
        (b"\xff, gzip", True),
    ],
)
def test_gzip_is_taken_by_who_says_so(said: bytes | None, *, takes: bool) -> None:
    assert accepts_gzip(said) is takes
