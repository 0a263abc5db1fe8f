"""A process that dies at a named step."""

from cinema.payments.service.steps import Step


class Killed(BaseException):
    """The process is gone: nothing may catch this."""


class Death:
    """Kills the process when it reaches a step for the n-th time: nothing of it goes on afterwards."""

    def __init__(self, at: Step, *, times: int = 1) -> None:
        self._at = at
        self._left = times
        self.has_struck = False

    def __call__(self, step: Step) -> None:
        if self.has_struck:
            raise Killed
        if step is self._at and self._left:
            self._left -= 1
            if not self._left:
                self.has_struck = True
                raise Killed
