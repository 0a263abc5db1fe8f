"""Who may try a password now: limits by address and by account, without locking an owner out.

Wrong passwords are counted for a login or e-mail address and the place they come from
together, so nobody can use up the owner's tries. Those from places that never signed in
to the account are counted together as well, which stops guessing from many places; the
owner's own places pass.
"""

from dataclasses import dataclass
from datetime import timedelta

from cinema.contracts.identity import Caller
from cinema.identity.domain.account import key
from cinema.identity.settings import IdentitySettings
from cinema.identity.store.accounts import Claimant
from cinema.kit.clock import Clock
from cinema.kit.limits import Limiter, network_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Ticket:
    """What a try has cost, to be given back if the password was right."""

    taken: tuple[tuple[Limiter, str], ...]


class Doorkeeper:
    """The limits of one process."""

    def __init__(self, *, clock: Clock, settings: IdentitySettings) -> None:
        wait = timedelta(seconds=settings.failure_wait_s)
        self._knocks = Limiter(
            clock=clock, burst=settings.attempts_max, pause=timedelta(seconds=settings.attempt_wait_s)
        )
        self._here = Limiter(clock=clock, burst=settings.failures_max, pause=wait)
        self._anywhere = Limiter(clock=clock, burst=settings.failures_anywhere_max, pause=wait)

    def let_knock(self, caller: Caller) -> None:
        """Counts a request of this address, whomever it is about; raises `RateLimited`."""
        self._knocks.take(network_of(caller.address))

    def let_try(self, *, name: str, claimant: Claimant | None, caller: Caller) -> Ticket:
        """Counts a password before it is verified, so that parallel tries count too; raises `RateLimited`.

        Counted is the name as it is looked up: were login and address of one account
        counted together, the limit would tell that they belong to somebody.
        """
        whom = key(name)
        taken = []
        pair = f"{whom} {network_of(caller.address)}"
        self._here.take(pair)
        taken.append((self._here, pair))
        if claimant is None or not claimant.is_known_address:
            self._anywhere.take(whom)
            taken.append((self._anywhere, whom))
        return Ticket(taken=tuple(taken))

    def give_back(self, ticket: Ticket) -> None:
        """Returns what a try has cost that was right after all, or was never looked at."""
        for limiter, whom in ticket.taken:
            limiter.give_back(whom)
