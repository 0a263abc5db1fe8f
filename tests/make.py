"""Plain functions that tests share."""

import os


def count(*, reduced: int, full: int) -> int:
    """How often a rehearsal is repeated: ``reduced`` as a rule, ``full`` by ``make test-full``."""
    return full if os.environ.get("CINEMA_TESTS") == "full" else reduced
