"""Lengths of time as people type them."""

import re
from datetime import timedelta

UNITS = {"d": "days", "h": "hours", "m": "minutes", "s": "seconds"}
DAYS_MAX = 3660


def duration(text: str) -> timedelta:
    """``31d``, ``12h``, ``1d12h30m``. Raises ValueError with a sentence for anything else."""
    parts = re.findall(r"(\d{1,6})([dhms])", text)
    if not parts or "".join(number + unit for number, unit in parts) != text:
        raise ValueError(f"{text!r} is no length of time; write it like 31d, 12h or 1d12h30m.")
    length = sum((timedelta(**{UNITS[unit]: int(number)}) for number, unit in parts), start=timedelta(0))
    if length > timedelta(days=DAYS_MAX):
        raise ValueError(f"{text!r} is too long: at most {DAYS_MAX} days at once.")
    return length
