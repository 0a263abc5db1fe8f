"""What processes cost: CPU time and memory of a process and all it has started.

Read from ``/proc``; where there is none, costs are not known and nothing else changes.
"""

import os
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

PROC = Path("/proc")
HAS_PROC = (PROC / "self" / "stat").exists()
TICKS_S = os.sysconf("SC_CLK_TCK") if HAS_PROC else 100

PARENT, TIMES = 1, slice(11, 15)
"""Places in ``/proc/N/stat`` behind the command's name: its parent; its CPU time and that of ended children."""


def cpu_s(roots: Iterable[int]) -> float | None:
    """Seconds of CPU that these processes and everything below them have used so far."""
    if not HAS_PROC:
        return None
    return sum(sum(float(tick) for tick in _stat(one)[TIMES]) for one in family(roots)) / TICKS_S


def family(roots: Iterable[int]) -> set[int]:
    """These processes and everything below them that runs."""
    children: dict[int, list[int]] = defaultdict(list)
    for place in PROC.glob("[0-9]*"):
        if stat := _stat(int(place.name)):
            children[int(stat[PARENT])].append(int(place.name))
    found: set[int] = set()
    waiting = list(roots)
    while waiting:
        one = waiting.pop()
        if one not in found:
            found.add(one)
            waiting += children[one]
    return {one for one in found if _stat(one)}


def parent(pid: int) -> int:
    """Whose child a process is."""
    return int(_stat(pid)[PARENT])


def memory_bytes(pid: int) -> dict[str, int]:
    """``pss`` (shared pages counted by share), ``rss`` and ``private`` memory of one process."""
    sizes: dict[str, int] = defaultdict(int)
    for line in (PROC / str(pid) / "smaps_rollup").read_text().splitlines()[1:]:
        name, _, rest = line.partition(":")
        sizes[name] = int(rest.split()[0]) * 1024
    return {
        "pss": sizes["Pss"],
        "rss": sizes["Rss"],
        "private": sizes["Private_Clean"] + sizes["Private_Dirty"],
    }


def _stat(pid: int) -> list[str]:
    try:
        return (PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return []
