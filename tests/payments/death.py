"""A process that dies at a named point."""

from cinema.payments.service.crash_points import CrashPoint


class Killed(BaseException):
    """The process is gone: nothing may catch this."""


class Death:
    """Kills the process when it reaches a point for the n-th time: nothing of it goes on afterwards."""

    def __init__(self, at: CrashPoint, *, times: int = 1) -> None:
        self._at = at
        self._left = times
        self.has_struck = False

    def __call__(self, point: CrashPoint) -> None:
        if self.has_struck:
            raise Killed
        if point is self._at and self._left:
            self._left -= 1
            if not self._left:
                self.has_struck = True
                raise Killed
