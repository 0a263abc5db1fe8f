"""Little complete stand-ins for what playback asks: a catalogue, rights, and who is signed in."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from cinema.contracts.billing import AccessAnswer
from cinema.contracts.catalog import FilmFacts, FilmNotFound
from cinema.contracts.enums import Access, GoodsKind, GrantKind
from cinema.contracts.ids import EntitlementId, FilmId, SubscriptionId, UserId
from cinema.contracts.text import Text
from cinema.contracts.views.billing import AccessBlock, AccessGrant, Offer
from cinema.kit.auth import Actor
from cinema.kit.clock import ManualClock
from cinema.kit.errors import Unauthenticated
from cinema.kit.guard import forbid_transaction
from cinema.kit.ids import uuid7
from cinema.kit.money import Money

MONTH = Offer(
    goods=GoodsKind.PLAN_PERIOD,
    plan="month",
    title=Text(ru="Месяц", en="A month"),
    price=Money(minor=29900, currency="RUB"),
    interval="1 month",
)


@dataclass(slots=True)
class Shelf:
    """A catalogue in memory."""

    films: dict[FilmId, FilmFacts] = field(default_factory=dict)

    def add(self, film_id: FilmId, *, access: Access = Access.SUBSCRIPTION) -> FilmId:
        slug = f"film-{len(self.films)}"
        facts = FilmFacts(film_id=film_id, slug=slug, title=Text(ru=slug, en=slug), access=access, age=12)
        self.films[film_id] = facts
        return film_id

    async def film(self, film_id: FilmId) -> FilmFacts:
        forbid_transaction("a call to the shelf")
        if film_id not in self.films:
            raise FilmNotFound
        return self.films[film_id]


@dataclass(slots=True)
class RightsBook:
    """Rights to all films in memory, and what stands against them.

    What is in ``meanwhile`` happens while the book is asked, and what is in ``before_use``
    before it is told of a use, each thing once.
    """

    clock: ManualClock
    grants: dict[UserId, list[AccessGrant]] = field(default_factory=dict)
    blocks: dict[UserId, AccessBlock] = field(default_factory=dict)
    asked: int = 0
    meanwhile: list[Callable[[], Awaitable[object]]] = field(default_factory=list)
    before_use: list[Callable[[], Awaitable[object]]] = field(default_factory=list)
    used: list[EntitlementId] = field(default_factory=list)

    def grant(
        self, user_id: UserId, *, kind: GrantKind = GrantKind.PAID, lasts: timedelta = timedelta(days=30)
    ) -> None:
        """The user has this right and no other."""
        self.grants[user_id] = []
        self.add(user_id, kind=kind, lasts=lasts)

    def add(
        self,
        user_id: UserId,
        *,
        kind: GrantKind = GrantKind.PAID,
        subscription_id: SubscriptionId | None = None,
        lasts: timedelta = timedelta(days=30),
    ) -> EntitlementId:
        """The user has this right too."""
        now = self.clock.now()
        entitlement_id = EntitlementId(uuid7(now))
        self.grants[user_id].append(
            AccessGrant(
                entitlement_id=entitlement_id,
                kind=kind,
                subscription_id=subscription_id,
                ends_at=now + lasts,
                is_used=False,
            )
        )
        return entitlement_id

    def revoke(self, user_id: UserId) -> list[AccessGrant]:
        """The user has no right any more; returns those there were."""
        return self.grants.pop(user_id)

    async def check(self, *, user_id: UserId, film: FilmFacts, now: datetime) -> AccessAnswer:
        forbid_transaction("a call to the book of rights")
        assert film.access is Access.SUBSCRIPTION
        self.asked += 1
        while self.meanwhile:
            await self.meanwhile.pop()()
        block = self.blocks.get(user_id)
        return AccessAnswer(
            grants=tuple(grant for grant in self.grants.get(user_id, []) if now < grant.ends_at),
            blocks=(block,) if block is not None else (),
        )

    async def use(self, *, entitlement_id: EntitlementId, now: datetime) -> bool:
        forbid_transaction("a call to the book of rights")
        while self.before_use:
            await self.before_use.pop()()
        for grants in self.grants.values():
            for number, grant in enumerate(grants):
                if grant.entitlement_id == entitlement_id and now < grant.ends_at:
                    grants[number] = replace(grant, is_used=True)
                    self.used.append(entitlement_id)
                    return True
        return False

    async def offers(self, *, film: FilmFacts) -> tuple[Offer, ...]:
        forbid_transaction("a call to the book of rights")
        assert film.access is Access.SUBSCRIPTION
        return (MONTH,)


@dataclass(slots=True)
class Door:
    """Knows who holds which token."""

    clock: ManualClock
    actors: dict[str, Actor] = field(default_factory=dict)

    def let_in(self, name: str, *, like: str | None = None) -> UserId:
        """A new user called ``name``, or another session of the user called ``like``."""
        now = self.clock.now()
        user_id = uuid7(now) if like is None else self.actors[like].user_id
        self.actors[name] = Actor(user_id=user_id, session_id=uuid7(now), roles=frozenset())
        return UserId(user_id)

    async def actor(self, token: str) -> Actor:
        if token not in self.actors:
            raise Unauthenticated
        return self.actors[token]
