"""What identity is to other contexts and to commands."""

from collections.abc import Collection, Mapping

from cinema.contracts.identity import Contact, CreatedAdmin
from cinema.contracts.ids import UserId
from cinema.contracts.text import Language
from cinema.identity.service.accounts import Accounts
from cinema.identity.service.admins import AdminMaker
from cinema.identity.service.sessions import Sessions
from cinema.kit.auth import Actor


class Identity:
    """Implements `Authenticator`, `Contacts` and `Admins`."""

    def __init__(self, *, accounts: Accounts, sessions: Sessions, admins: AdminMaker) -> None:
        self._accounts = accounts
        self._sessions = sessions
        self._admins = admins

    async def actor(self, token: str) -> Actor:
        """The bearer of a token or cookie, with the roles of this moment; raises `TokenInvalid`."""
        return await self._sessions.actor(token)

    async def contact(self, user_id: UserId) -> Contact:
        """Raises `UserNotFound`."""
        return await self._accounts.contact(user_id)

    async def contacts(self, user_ids: Collection[UserId]) -> Mapping[UserId, Contact]:
        """Of those who are there."""
        return await self._accounts.contacts(user_ids)

    async def create_admin(
        self, *, login: str, email: str, password: str | None, language: Language, time_zone: str
    ) -> CreatedAdmin:
        """As `contracts.identity.Admins` says."""
        return await self._admins.create(
            login=login, email=email, password=password, language=language, time_zone=time_zone
        )
