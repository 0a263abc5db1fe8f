"""How identity shows what it keeps: from the domain to `cinema.contracts.views.identity`."""

from collections.abc import Sequence

from cinema.contracts.ids import SessionId
from cinema.contracts.views.identity import Profile, SessionView
from cinema.identity.domain.account import Account
from cinema.identity.domain.role import VIEWER
from cinema.identity.domain.session import Session


def profile_view(account: Account, granted: Sequence[str]) -> Profile:
    """An account without its secret, with the role that everybody has."""
    return Profile(
        id=account.user_id,
        login=account.login,
        email=account.email,
        language=account.language,
        time_zone=account.time_zone,
        roles=tuple(sorted({VIEWER, *granted})),
        created_at=account.created_at,
    )


def session_view(session: Session, *, current: SessionId | None) -> SessionView:
    return SessionView(
        id=session.session_id,
        user_agent=session.user_agent,
        address=session.address,
        created_at=session.created_at,
        last_used_at=session.last_used_at,
        is_current=session.session_id == current,
    )
