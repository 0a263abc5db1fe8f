"""Accounts: registering, signing in, the own profile and password."""

from collections.abc import Collection

import structlog

from cinema.contracts.identity import Caller, Contact, RegistrationRepeated, UserChanged, UserRegistered
from cinema.contracts.ids import SessionId, UserId
from cinema.contracts.text import Language
from cinema.contracts.views.identity import Profile
from cinema.identity.domain.account import Account, Changes, CredentialsWrong, LoginTaken, checked_login
from cinema.identity.domain.password import PasswordWrong
from cinema.identity.domain.session import Ending
from cinema.identity.domain.view import profile_view
from cinema.identity.service.checks import checked_email, checked_password, checked_time_zone, name_of
from cinema.identity.service.doorkeeper import Doorkeeper
from cinema.identity.service.hashing import Hasher, HashingBusy
from cinema.identity.service.sessions import Sessions, Tokens
from cinema.identity.service.tokens import AccessTokens
from cinema.identity.store import accounts as store
from cinema.identity.store import logins, roles
from cinema.identity.store.accounts import Claimant
from cinema.kit.clock import Clock
from cinema.kit.db import Database, Tx
from cinema.kit.ids import uuid7
from cinema.kit.outbox import publish

log = structlog.get_logger()


class Overtaken(Exception):
    """The stored hash changed between the check of a password and what was to follow from it."""


class Accounts:
    """All that people do with their accounts."""

    def __init__(
        self,
        *,
        db: Database,
        clock: Clock,
        hasher: Hasher,
        sessions: Sessions,
        tokens: AccessTokens,
        doorkeeper: Doorkeeper,
    ) -> None:
        self._db = db
        self._clock = clock
        self._hasher = hasher
        self._sessions = sessions
        self._tokens = tokens
        self._doorkeeper = doorkeeper

    async def register(
        self, *, login: str, email: str, password: str, language: Language, time_zone: str, caller: Caller
    ) -> None:
        """Makes an account, unless the address has one: then its owner is told, and the answer is the same.

        Raises `LoginTaken` (logins are public), the refusals of the checks, `RateLimited`
        and `HashingBusy`. A taken login is told first, so that it says nothing of the address.
        """
        login, email = checked_login(login), checked_email(email)
        time_zone = checked_time_zone(time_zone)
        text = checked_password(password, login=login, email=email)
        self._doorkeeper.let_knock(caller)
        async with self._db.read() as read:
            if await store.is_login_taken(read, login=login):
                raise LoginTaken
        password_hash = await self._hasher.hash(text)
        now = self._clock.now()
        account = Account(
            user_id=UserId(uuid7(now)),
            login=login,
            email=email,
            language=language,
            time_zone=time_zone,
            password_hash=password_hash,
            created_at=now,
            updated_at=now,
        )
        if await self._db.transact(lambda tx: self._add(tx, account)):
            log.info("identity.registered", user_id=str(account.user_id))

    async def sign_in(self, *, name: str, password: str, caller: Caller, with_cookie: bool) -> Tokens:
        """Begins a session for whoever knows the password of the login or e-mail address ``name``.

        Raises `CredentialsWrong`, the same and after the same work whether there is such
        a user or not, `RateLimited` and `HashingBusy`.
        """
        self._doorkeeper.let_knock(caller)
        name = name_of(name)
        claimant = await self._claimant(name, caller)
        ticket = self._doorkeeper.let_try(name=name, claimant=claimant, caller=caller)
        try:
            tokens = await self._admit(claimant, password=password, caller=caller, with_cookie=with_cookie)
        except Overtaken:  # a rival stored a stronger hash of the same password, or a new one was set
            claimant = await self._claimant(name, caller)
            tokens = await self._admit(
                claimant, password=password, caller=caller, with_cookie=with_cookie, is_last=True
            )
        except HashingBusy:
            self._doorkeeper.give_back(ticket)
            raise
        if tokens is None:
            raise CredentialsWrong
        self._doorkeeper.give_back(ticket)
        return tokens

    async def change(self, tx: Tx, *, user_id: UserId, changes: Changes) -> Profile:
        """Changes the own account and answers the profile; raises `LoginTaken` and the refusals of the checks."""
        if changes.login is not None:
            checked_login(changes.login)
        if changes.time_zone is not None:
            checked_time_zone(changes.time_zone)
        before = await store.lock(tx, user_id=user_id)
        if not await store.change(tx, user_id=user_id, changes=changes, now=tx.now):
            raise LoginTaken
        after = await store.get(tx, user_id=user_id)
        fields = tuple(
            name for name in ("login", "language", "time_zone") if getattr(before, name) != getattr(after, name)
        )
        if fields:
            await publish(tx, UserChanged(user_id=user_id, fields=fields))
        granted = await roles.roles_of(tx, user_ids=[user_id])
        return profile_view(after, granted.get(user_id, ()))

    async def change_password(
        self, *, user_id: UserId, session_id: SessionId, old: str, new: str, caller: Caller
    ) -> None:
        """Sets a new password and ends every other session; raises `PasswordWrong` and the refusals of the checks."""
        async with self._db.read() as read:
            account = await store.get(read, user_id=user_id)
        text = checked_password(new, login=account.login, email=account.email)
        claimant = Claimant(account=account, is_known_address=True)
        ticket = self._doorkeeper.let_try(name=account.login, claimant=claimant, caller=caller)
        try:
            is_right, _ = await self._hasher.verify(old, account.password_hash)
        except HashingBusy:
            self._doorkeeper.give_back(ticket)
            raise
        if not is_right:
            raise PasswordWrong
        self._doorkeeper.give_back(ticket)
        password_hash = await self._hasher.hash(text)

        async def work(tx: Tx) -> bool:
            now = self._clock.now()
            if await self._still(tx, claimant) is None:
                return False
            await store.set_password(tx, user_id=user_id, password_hash=password_hash, now=now)
            await self._sessions.end_others(
                tx, user_id=user_id, kept=session_id, reason=Ending.PASSWORD_CHANGED, now=now
            )
            return True

        if not await self._db.transact(work):
            raise PasswordWrong
        log.info("identity.password_changed", user_id=str(user_id))

    async def contact(self, user_id: UserId) -> Contact:
        """Raises `UserNotFound`."""
        async with self._db.read() as tx:
            return _contact(await store.get(tx, user_id=user_id))

    async def contacts(self, user_ids: Collection[UserId]) -> dict[UserId, Contact]:
        """Of those who are there, read by one statement."""
        async with self._db.read() as tx:
            return {one.user_id: _contact(one) for one in await store.get_many(tx, user_ids=user_ids)}

    async def _claimant(self, name: str, caller: Caller) -> Claimant | None:
        async with self._db.read() as tx:
            return await store.claimant(tx, name=name, address=caller.address)

    async def _admit(
        self, claimant: Claimant | None, *, password: str, caller: Caller, with_cookie: bool, is_last: bool = False
    ) -> Tokens | None:
        """The tokens of a new session, or None for a wrong password; either way the try is noted.

        Raises `Overtaken`, unless it ``is_last``, when the right password has another hash by now.
        """
        is_right, fresh_hash = await self._hasher.verify(password, claimant.account.password_hash if claimant else None)
        signer = await self._tokens.signer()

        async def record(tx: Tx) -> Tokens | None:
            now = self._clock.now()
            account = await self._still(tx, claimant) if claimant and is_right else None
            if is_right and account is None and not is_last:
                raise Overtaken
            await logins.add(
                tx,
                attempt_id=uuid7(now),
                user_id=claimant.account.user_id if claimant else None,
                caller=caller,
                succeeded=account is not None,
                now=now,
            )
            if account is None:
                return None
            if fresh_hash is not None:
                await store.set_password(tx, user_id=account.user_id, password_hash=fresh_hash, now=now)
            return await self._sessions.begin(
                tx, user_id=account.user_id, caller=caller, with_cookie=with_cookie, signer=signer, now=now
            )

        tokens = await self._db.transact(record)
        user_id = str(claimant.account.user_id) if claimant else None
        if tokens is None:
            log.warning("identity.sign_in_refused", user_id=user_id)
        else:
            log.info("identity.signed_in", user_id=user_id, session_id=str(tokens.session_id))
        return tokens

    async def _add(self, tx: Tx, account: Account) -> bool:
        """Whether the account is new."""
        now = account.created_at
        if await store.add(tx, account=account):
            await publish(tx, UserRegistered(user_id=account.user_id, registered_at=now), now=now)
            return True
        if await store.is_login_taken(tx, login=account.login):
            raise LoginTaken
        owner = await store.owner_of(tx, email=account.email)
        if owner is not None:
            await publish(tx, RegistrationRepeated(user_id=owner, repeated_at=now), now=now)
        return False

    async def _still(self, tx: Tx, claimant: Claimant) -> Account | None:
        """The account under lock, if its password is still the one that was verified."""
        account = await store.lock(tx, user_id=claimant.account.user_id)
        return account if account.password_hash == claimant.account.password_hash else None


def _contact(account: Account) -> Contact:
    return Contact(
        user_id=account.user_id,
        login=account.login,
        email=account.email,
        language=account.language,
        time_zone=account.time_zone,
    )
