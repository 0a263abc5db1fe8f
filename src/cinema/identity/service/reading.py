"""Reading accounts, devices, sign-ins and roles: implements `contracts.identity.IdentityReader`."""

from cinema.contracts.ids import SessionId, UserId
from cinema.contracts.views.identity import Profile, Role, SessionView, SignInView, UserDetails
from cinema.identity.domain.role import MADE_MAX, RoleUnknown, built_in, names
from cinema.identity.domain.view import profile_view, session_view
from cinema.identity.settings import IdentitySettings
from cinema.identity.store import accounts, logins, roles, sessions
from cinema.kit.clock import Clock
from cinema.kit.db import Database
from cinema.kit.keyset import NewestFirst, page
from cinema.kit.page import Page, whole

USERS = NewestFirst("users")
SESSIONS = NewestFirst("sessions")
SIGN_INS = NewestFirst("sign-ins")


class Reader:
    """What people see of the own account, and admins of everybody's."""

    def __init__(self, *, db: Database, clock: Clock, settings: IdentitySettings) -> None:
        self._db = db
        self._clock = clock
        self._lifetimes = settings.lifetimes

    async def profile(self, *, user_id: UserId) -> Profile:
        """Raises `UserNotFound`."""
        async with self._db.read() as tx:
            account, granted = await accounts.with_roles(tx, user_id=user_id)
        return profile_view(account, granted)

    async def sessions(
        self, *, user_id: UserId, current: SessionId | None, cursor: str | None, limit: int
    ) -> Page[SessionView]:
        """The user's devices that are signed in, the newest first; ``current`` is the session that asks."""
        before = SESSIONS.before(cursor)
        now = self._clock.now()
        async with self._db.read() as tx:
            found = await sessions.running(
                tx, user_id=user_id, lifetimes=self._lifetimes, now=now, before=before, limit=limit
            )
        shown = page(found, limit=limit, cursor=lambda one: SESSIONS.cursor(one.session_id))
        return shown.map(lambda one: session_view(one, current=current))

    async def sign_ins(self, *, user_id: UserId, cursor: str | None, limit: int) -> Page[SignInView]:
        """Attempts to sign in to the account, the newest first."""
        before = SIGN_INS.before(cursor)
        async with self._db.read() as tx:
            found = await logins.page(tx, user_id=user_id, before=before, limit=limit)
        return page(found, limit=limit, cursor=lambda one: SIGN_INS.cursor(one.id))

    async def users(self, *, login: str | None, email: str | None, cursor: str | None, limit: int) -> Page[Profile]:
        """Users with their roles, the newest first."""
        before = USERS.before(cursor)
        async with self._db.read() as tx:
            found = await accounts.page(tx, before=before, login=login, email=email, limit=limit)
            granted = await roles.roles_of(tx, user_ids=[account.user_id for account in found])
        shown = page(found, limit=limit, cursor=lambda one: USERS.cursor(one.user_id))
        return shown.map(lambda one: profile_view(one, granted.get(one.user_id, ())))

    async def user(self, *, user_id: UserId) -> UserDetails:
        """Raises `UserNotFound`."""
        async with self._db.read() as tx:
            account = await accounts.get(tx, user_id=user_id)
            grants = await roles.grants(tx, user_id=user_id)
        return UserDetails(user=profile_view(account, names(grants)), grants=grants)

    async def roles(self) -> Page[Role]:
        """The built-in roles, then those that admins made."""
        async with self._db.read() as tx:
            made = await roles.made(tx, limit=MADE_MAX)
        return whole((*built_in(), *made))

    async def role(self, role: str) -> Role:
        """Raises `RoleUnknown`."""
        found = next((one for one in (await self.roles()).items if one.role == role), None)
        if found is None:
            raise RoleUnknown
        return found
