"""Who may try a password now: limits by address and by account, without locking an owner out.

Wrong passwords are counted for an account and an address together, so nobody can use up
the owner's tries. Those from addresses that never signed in to the account are counted
together as well, which stops guessing from many places; the owner's own places pass.
"""

from dataclasses import dataclass
from datetime import timedelta

from cinema.identity.domain.account import key
from cinema.identity.domain.session import Caller
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

        An account that does not exist is treated like one that does.
        """
        whom = str(claimant.account.user_id) if claimant else key(name)
        taken = []
        pair = f"{whom} {network_of(caller.address)}"
        self._here.take(pair)
        taken.append((self._here, pair))
        if claimant is None or not claimant.is_known_address:
            self._anywhere.take(whom)
            taken.append((self._anywhere, whom))
        return Ticket(taken=tuple(taken))

    def welcome(self, ticket: Ticket) -> None:
        """Gives back what a right password has cost."""
        for limiter, whom in ticket.taken:
            limiter.give_back(whom)
