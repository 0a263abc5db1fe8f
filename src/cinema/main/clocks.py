"""The clock of a process."""

from cinema.kit.clock import Clock, OffsetClock, SystemClock
from cinema.main.settings import ProcessSettings


def build_clock(settings: ProcessSettings) -> Clock:
    """The machine's time; in development moved by the offset that all processes share."""
    return SystemClock() if settings.is_production else virtual_clock(settings)


def virtual_clock(settings: ProcessSettings) -> OffsetClock:
    """The time of development, which can be moved."""
    return OffsetClock(settings.data_folder / "clock")
