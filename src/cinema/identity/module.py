"""Builds the context."""

from dataclasses import dataclass

from cinema.contracts.identity import Admins, Contacts, Doors, IdentityReader
from cinema.identity.consumers import consumers
from cinema.identity.http import admin, auth, me, wellknown
from cinema.identity.jobs import jobs
from cinema.identity.service.accounts import Accounts
from cinema.identity.service.admins import AdminMaker
from cinema.identity.service.doorkeeper import Doorkeeper
from cinema.identity.service.doors import DoorService
from cinema.identity.service.hashing import Hasher
from cinema.identity.service.history import History
from cinema.identity.service.keys import Keys
from cinema.identity.service.reading import Reader
from cinema.identity.service.roles import Roles
from cinema.identity.service.sessions import Sessions
from cinema.identity.service.tokens import AccessTokens
from cinema.identity.settings import IdentitySettings
from cinema.kit.auth import Authenticator
from cinema.kit.clock import Clock
from cinema.kit.db import Database
from cinema.kit.module import Built, Module


@dataclass(frozen=True, slots=True, kw_only=True)
class IdentityFacades:
    """What identity is to others, and to commands."""

    authenticator: Authenticator
    contacts: Contacts
    admins: Admins
    reader: IdentityReader
    doors: Doors


def build(*, db: Database, clock: Clock, settings: IdentitySettings) -> Built[IdentityFacades]:
    """Builds the context; nothing is read or written yet."""
    own = db.bound("identity")
    keys = Keys(db=own, clock=clock, settings=settings)
    tokens = AccessTokens(keys=keys, rules=settings.token_rules)
    hasher = Hasher(settings)
    sessions = Sessions(db=own, clock=clock, settings=settings, tokens=tokens)
    doorkeeper = Doorkeeper(clock=clock, settings=settings)
    accounts = Accounts(db=own, clock=clock, hasher=hasher, sessions=sessions, tokens=tokens, doorkeeper=doorkeeper)
    roles = Roles(db=own)
    reader = Reader(db=own, clock=clock, settings=settings)
    admins = AdminMaker(db=own, clock=clock, hasher=hasher)

    async def start() -> None:
        await keys.signing()

    async def stop() -> None:
        hasher.close()

    module = Module(
        name="identity",
        routes=(
            auth.routes(accounts=accounts, sessions=sessions, clock=clock),
            me.routes(db=own, reader=reader, accounts=accounts, sessions=sessions),
            admin.routes(db=own, reader=reader, roles=roles),
            wellknown.routes(keys=keys, settings=settings),
        ),
        consumers=consumers(roles),
        jobs=jobs(keys=keys, sessions=sessions, history=History(db=own, clock=clock, settings=settings)),
        start=start,
        stop=stop,
    )
    doors = DoorService(db=own, accounts=accounts, sessions=sessions)
    facades = IdentityFacades(authenticator=sessions, contacts=accounts, admins=admins, reader=reader, doors=doors)
    return Built(module=module, facades=facades)
