"""A binding: a card that its owner saves without a purchase, and what each piece of news makes of it.

It is not agreed to for anything: what it leads to is a saved method, no more. The provider
tells of success by a notification and of failure not at all, so an open one is asked about
until its page is over.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TypeAlias

from cinema.contracts.enums import BindingFailure, BindingStatus
from cinema.contracts.ids import BindingId, MethodId, UserId
from cinema.contracts.views.payments import BindingView
from cinema.kit.states import Machine
from cinema.payments.domain.payment import LEASE, NotDone, pause
from cinema.payments.domain.port import ActionRequired, Bound, NotBound, Pending, Rejected, Sealed, SeenBinding, Unknown
from cinema.payments.domain.trust import Identity

LINK_LIFETIME = timedelta(hours=1)
"""How long the provider's page is open, and how long we try to get one: counted from the click, so that what came to
nothing before the end of it was refused, and afterwards was not confirmed."""

PAUSE_MAX = timedelta(seconds=30)
"""How long an owner who has come back may look at a binding that was refused and is not known to be."""

ASKED_FOR = timedelta(days=1)
"""How long after the end of its page a provider is asked that does not answer, or answers that nothing is decided."""

PER_DAY = 5
"""How many bindings one user may begin within `DAY`: whoever tries stolen cards needs many."""

DAY = timedelta(days=1)

_S = BindingStatus

BINDINGS: Machine[BindingStatus] = Machine(
    name="binding",
    table="payments.bindings",
    states=BindingStatus,
    starts=frozenset({_S.CREATED}),
    moves={
        (_S.CREATED, _S.PENDING): "accepted",
        (_S.CREATED, _S.SUCCEEDED): "bound",
        (_S.CREATED, _S.FAILED): "not sent or refused",
        (_S.PENDING, _S.SUCCEEDED): "bound",
        (_S.PENDING, _S.FAILED): "refused or not confirmed",
        (_S.FAILED, _S.SUCCEEDED): "bound late",
    },
)
"""Every move of a binding."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Binding:
    """A binding as we keep it. ``sealed`` is what is sent, the first time and every time after.

    ``next_attempt_at`` is when it is due; while a worker holds it, the end of its lease.
    ``tries`` counts in this status.
    """

    binding_id: BindingId
    user_id: UserId
    provider: str
    sealed: Sealed
    status: BindingStatus
    provider_method_id: str | None
    confirmation_url: str | None
    reason: BindingFailure | None
    method_id: MethodId | None
    tries: int
    next_attempt_at: datetime | None
    expires_at: datetime
    created_at: datetime
    updated_at: datetime

    @property
    def is_over(self) -> bool:
        """Whether nothing is left for us to do."""
        return self.status in {BindingStatus.SUCCEEDED, BindingStatus.FAILED}

    def view(self) -> BindingView:
        """What its owner sees."""
        return BindingView(
            id=self.binding_id,
            status=self.status,
            confirmation_url=self.confirmation_url if self.status is BindingStatus.PENDING else None,
            method_id=self.method_id,
            reason=self.reason,
            created_at=self.created_at,
        )


News: TypeAlias = Bound | NotBound | ActionRequired | Pending | Rejected | Unknown | NotDone
"""What can be learned of a binding."""


def new_binding(*, binding_id: BindingId, user_id: UserId, provider: str, sealed: Sealed, now: datetime) -> Binding:
    """A binding in the hands of whoever stored it: it is sent at once."""
    return Binding(
        binding_id=binding_id,
        user_id=user_id,
        provider=provider,
        sealed=sealed,
        status=BindingStatus.CREATED,
        provider_method_id=None,
        confirmation_url=None,
        reason=None,
        method_id=None,
        tries=0,
        next_attempt_at=now + LEASE,
        expires_at=now + LINK_LIFETIME,
        created_at=now,
        updated_at=now,
    )


def leased(binding: Binding, *, now: datetime) -> Binding:
    """The binding in a worker's hands."""
    return replace(binding, next_attempt_at=now + LEASE, updated_at=now)


def differences(seen: SeenBinding, *, binding: Binding, identity: Identity) -> tuple[str, ...]:
    """The names of the fields in which ``seen`` is not ``binding``; empty when it is believed."""
    known = binding.provider_method_id
    pairs = {
        "provider_method_id": (seen.provider_method_id, known or seen.provider_method_id),
        "binding_id": (seen.binding_id, str(binding.binding_id)),
        "account": (seen.account, identity.account),
    }
    return tuple(name for name, (theirs, ours) in pairs.items() if theirs != ours)


def contradictions(claim: SeenBinding, *, truth: SeenBinding) -> tuple[str, ...]:
    """The names of the fields in which a notification does not fit what the provider itself says; it may be late."""
    names = [
        name for name in ("provider_method_id", "binding_id", "account") if getattr(claim, name) != getattr(truth, name)
    ]
    is_early = isinstance(claim.state, ActionRequired | Pending)
    if not is_early and claim.state != truth.state:
        names.append("state")
    return tuple(names)


def unsendable(binding: Binding, *, now: datetime) -> Binding | None:
    """The created binding at its end if its time is over, else None. Nobody was ever sent to a page of it."""
    assert binding.status is BindingStatus.CREATED
    return _failed(binding, BindingFailure.PROVIDER_UNAVAILABLE, now=now) if now >= binding.expires_at else None


def after(binding: Binding, news: News, *, now: datetime) -> Binding | None:  # noqa: PLR0911 - a table in the form of a match
    """What ``news`` makes of the binding, a method being kept apart; None when it is stale and changes nothing."""
    if isinstance(news, Bound):
        return None if binding.status is _S.SUCCEEDED else _moved(binding, _S.SUCCEEDED, next_attempt_at=None, now=now)
    if binding.is_over:
        return None
    is_created = binding.status is _S.CREATED
    match news:
        case NotBound():
            is_late = not is_created and now >= binding.expires_at
            return _failed(binding, BindingFailure.NOT_CONFIRMED if is_late else BindingFailure.DECLINED, now=now)
        case ActionRequired() | Pending() if is_created:
            first = _moved(binding, _S.PENDING, next_attempt_at=now + pause(0), now=now)
            return replace(first, tries=0, confirmation_url=_url(news))
        case ActionRequired() if now >= binding.expires_at:
            return _failed(binding, BindingFailure.NOT_CONFIRMED, now=now)
        case ActionRequired() | Pending():
            return replace(_postponed(binding, BindingFailure.NOT_CONFIRMED, now=now), confirmation_url=_url(news))
        case Rejected() if is_created or now >= binding.expires_at:
            return _failed(binding, BindingFailure.REQUEST_REJECTED, now=now)
        case NotDone() if is_created and not news.keeps_key:
            return _failed(binding, BindingFailure.NOT_ALLOWED, now=now)
        case _:
            return _postponed(binding, BindingFailure.PROVIDER_UNAVAILABLE, now=now)


def taken(binding: Binding, *, now: datetime) -> Binding:
    """The binding at its end whose method another user has."""
    return _failed(binding, BindingFailure.METHOD_TAKEN, now=now)


def _url(news: ActionRequired | Pending) -> str | None:
    return news.url if isinstance(news, ActionRequired) else None


def _postponed(binding: Binding, reason: BindingFailure, *, now: datetime) -> Binding:
    """The same, due again soon; at its end by ``reason`` when its page is over for long."""
    if now >= binding.expires_at + ASKED_FOR:
        return _failed(binding, reason, now=now)
    wait = pause(binding.tries)
    if binding.status is BindingStatus.PENDING and now < binding.expires_at:
        wait = min(wait, PAUSE_MAX, max(binding.expires_at - now, pause(0)))
    return replace(binding, tries=binding.tries + 1, next_attempt_at=now + wait, updated_at=now)


def _failed(binding: Binding, reason: BindingFailure, *, now: datetime) -> Binding:
    return replace(_moved(binding, BindingStatus.FAILED, next_attempt_at=None, now=now), reason=reason)


def _moved(binding: Binding, status: BindingStatus, *, next_attempt_at: datetime | None, now: datetime) -> Binding:
    BINDINGS.event(binding.status, status)
    return replace(
        binding, status=status, reason=None, confirmation_url=None, next_attempt_at=next_attempt_at, updated_at=now
    )
