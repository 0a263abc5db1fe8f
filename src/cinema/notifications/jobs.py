"""Due work of notifications."""

from cinema.kit.jobs import Job
from cinema.notifications.service.queueing import SEND
from cinema.notifications.service.sending import Sending


def jobs(*, sending: Sending) -> tuple[Job, ...]:
    """Sends messages that are due."""
    return (Job(name=SEND, run=sending.run),)
