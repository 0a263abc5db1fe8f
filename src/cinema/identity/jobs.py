"""What identity does by itself."""

from cinema.identity.service.history import History
from cinema.identity.service.keys import Keys
from cinema.identity.service.sessions import Sessions
from cinema.kit.jobs import Job

EVERY_S = 60.0


def jobs(*, keys: Keys, sessions: Sessions, history: History) -> tuple[Job, ...]:
    """Keys are changed, old sessions forgotten, months of the sign-in history opened and dropped."""
    return (
        Job(name="identity.rotate_keys", run=keys.rotate, every_s=EVERY_S),
        Job(name="identity.forget_sessions", run=sessions.forget, every_s=EVERY_S),
        Job(name="identity.tend_history", run=history.tend, every_s=EVERY_S),
    )
