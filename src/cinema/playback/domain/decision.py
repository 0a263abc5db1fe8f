"""The access decision: may this viewer play this film now, and why (not)?"""

from dataclasses import dataclass
from datetime import datetime

from cinema.contracts.billing import AccessAnswer
from cinema.contracts.catalog import FilmFacts
from cinema.contracts.enums import Access, AccessReason, GrantKind
from cinema.contracts.ids import EntitlementId
from cinema.contracts.views.billing import AccessBlock, AccessGrant

REASON_OF_GRANT = {GrantKind.PAID: AccessReason.PAID, GrantKind.GRACE: AccessReason.GRACE}


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """Yes or no, with everything that speaks for and against it."""

    is_allowed: bool
    reasons: tuple[AccessReason, ...]
    grants: tuple[AccessGrant, ...] = ()
    blocks: tuple[AccessBlock, ...] = ()
    is_free: bool = False

    @property
    def is_for_sale(self) -> bool:
        """Whether buying would help: not with a free film, nor where a right exists already, nor against a block."""
        return not (self.is_allowed or self.is_free or self.grants or self.blocks)

    @property
    def right(self) -> AccessGrant | None:
        """The right by which the film is played where it may be; None for a free film."""
        return min(self.grants, key=_narrowness, default=None) if self.is_allowed else None


def _narrowness(grant: AccessGrant) -> tuple[bool, bool, datetime, EntitlementId]:
    """What is used first: what is paid for, the film's own before a subscription's, and what ends first."""
    is_grace = grant.kind is GrantKind.GRACE
    return is_grace, grant.subscription_id is not None, grant.ends_at, grant.entitlement_id


def needs_right(film: FilmFacts) -> bool:
    """Whether the viewer's rights have to be asked about."""
    return film.access is not Access.FREE


def decide(*, film: FilmFacts, is_signed_in: bool, answer: AccessAnswer | None) -> Decision:
    """Decides from the rights in ``answer``, which only a free film or an unknown viewer may lack."""
    is_free = not needs_right(film)
    if not is_signed_in:
        return Decision(is_allowed=False, reasons=(AccessReason.SIGN_IN,), is_free=is_free)
    if is_free:
        return Decision(is_allowed=True, reasons=(AccessReason.FREE,), is_free=True)
    if answer is None:
        raise ValueError(f"nobody asked for the rights to {film.film_id}")
    if answer.is_allowed:
        reasons = dict.fromkeys(REASON_OF_GRANT[grant.kind] for grant in answer.grants)
        return Decision(is_allowed=True, reasons=tuple(reasons), grants=answer.grants)
    against = [AccessReason.NO_RIGHT] if not answer.grants else []
    against += [AccessReason.BLOCKED] if answer.blocks else []
    return Decision(is_allowed=False, reasons=tuple(against), grants=answer.grants, blocks=answer.blocks)
