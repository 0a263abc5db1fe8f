"""Binding: a card is saved without a purchase; store and claim, call, record.

The key and the bytes are stored before anything is sent. A process that dies on the way
leaves a lease behind; when it ends, the same bytes go out again under the same key, which
tells what the first time has led to. What was lost moves no money, so nothing is looked up.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta

import structlog

from cinema.contracts.enums import BindingFailure, BindingStatus
from cinema.contracts.identity import Contacts
from cinema.contracts.ids import BindingId, MethodId, UserId
from cinema.contracts.payments import MethodSaved
from cinema.contracts.text import Language
from cinema.contracts.views.payments import BindingView
from cinema.kit.clock import Clock
from cinema.kit.db import Database, Tx
from cinema.kit.errors import Invalid, NotFound, TooMany
from cinema.kit.ids import uuid7
from cinema.kit.outbox import publish
from cinema.kit.returning import ReturnUrlForbidden, leads_home
from cinema.payments.domain.binding import (
    DAY,
    PER_DAY,
    Binding,
    News,
    after,
    differences,
    leased,
    new_binding,
    taken,
    unsendable,
)
from cinema.payments.domain.payment import NotDone
from cinema.payments.domain.port import (
    BindingOrder,
    Bound,
    Instrument,
    NotAllowed,
    Provider,
    Rejected,
    Sealed,
    SeenBinding,
    Unknown,
)
from cinema.payments.service.calls import ask
from cinema.payments.service.crash_points import CrashPoint, Passes
from cinema.payments.service.record import identity_of
from cinema.payments.store import bindings, methods

WHICH = "{binding_id}"
"""What stands in a return address for the id of the binding, which nobody knows before it is stored."""

log = structlog.get_logger()


class BindingNotFound(NotFound):
    """There is no such binding of yours."""

    code = "payment-method-binding-not-found"


class BindingNotOffered(Invalid):
    """No payment method can be saved here without a purchase."""

    code = "payment-method-binding-not-offered"


class BindingsTooMany(TooMany):
    """Too many cards were begun to be saved today; ``Retry-After`` says when there may be another one."""

    code = "payment-method-bindings-too-many"


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedBinding:
    """A binding after news. ``refused`` names what in an answer was not believed."""

    after: Binding
    moved: bool
    refused: str | None = None


class Bindings:
    """Saves methods without a purchase. ``return_hosts`` are the only hosts that an owner is sent back to."""

    def __init__(
        self,
        *,
        db: Database,
        clock: Clock,
        providers: Mapping[str, Provider],
        default_provider: str,
        return_hosts: frozenset[str],
        contacts: Contacts,
        passes: Passes,
    ) -> None:
        self._db = db
        self._clock = clock
        self._contacts = contacts
        self._providers = providers
        self._default = providers[default_provider]
        self._return_hosts = return_hosts
        self._passes = passes

    async def language_of(self, user_id: UserId) -> Language:
        """In which language the provider's page is to speak to the owner. Raises `UserNotFound`."""
        return (await self._contacts.contact(user_id)).language

    async def store(self, tx: Tx, *, user_id: UserId, return_url: str, language: Language) -> BindingView:
        """Stores a binding that its caller sends, by `begin`, after the commit.

        Its id is filled in where ``{binding_id}`` stands in the ``return_url``.
        Raises `ReturnUrlForbidden`, `BindingNotOffered` and `BindingsTooMany`.
        """
        if not leads_home(return_url, hosts=self._return_hosts):
            raise ReturnUrlForbidden
        if not self._default.capabilities.binds_methods:
            raise BindingNotOffered
        await methods.lock_users(tx, user_id)
        begun = await bindings.begun_since(tx, user_id, since=tx.now - DAY, limit=PER_DAY)
        if len(begun) == PER_DAY:
            raise BindingsTooMany(retry_after_s=-((tx.now - begun[-1] - DAY) // timedelta(seconds=1)))
        binding_id = BindingId(uuid7(tx.now))
        back = return_url.replace(WHICH, str(binding_id))
        order = BindingOrder(binding_id=binding_id, return_url=back, language=language)
        body = self._default.write_binding(order)
        binding = new_binding(
            binding_id=binding_id,
            user_id=user_id,
            provider=self._default.name,
            sealed=Sealed(key=str(binding_id), body=body),
            now=tx.now,
        )
        await bindings.insert(tx, binding)
        self._passes(CrashPoint.BINDING_STORED)
        return binding.view()

    async def begin(self, binding_id: BindingId, *, is_new: bool) -> BindingView:
        """Sends a binding that was just stored, and tells how it stands. Raises `NotAllowed`.

        One that ``is_new`` no more is only shown: whoever stored it sends it, or the job does.
        """
        async with self._db.read() as tx:
            binding = await bindings.find(tx, binding_id)
        if binding is None:
            raise BindingNotFound
        if is_new:
            binding = await self.carry_out(binding) or binding
        if binding.reason is BindingFailure.NOT_ALLOWED:
            raise NotAllowed
        return binding.view()

    async def own(self, *, user_id: UserId, binding_id: BindingId) -> BindingView:
        """How a user's own binding stands. Raises `BindingNotFound`."""
        async with self._db.read() as tx:
            found = await bindings.find(tx, binding_id)
        if found is None or found.user_id != user_id:
            raise BindingNotFound
        return found.view()

    async def claim_due(self, limit: int) -> list[Binding]:
        """Leases at most ``limit`` open bindings whose time has come, to be carried out at once."""

        async def work(tx: Tx) -> tuple[int, list[Binding]]:
            due = await bindings.due(tx, providers=self._providers, now=tx.now, limit=limit)
            ended = [
                over for one in due if one.status is BindingStatus.CREATED and (over := unsendable(one, now=tx.now))
            ]
            over_ids = {one.binding_id for one in ended}
            held = [leased(one, now=tx.now) for one in due if one.binding_id not in over_ids]
            await bindings.save(tx, [*ended, *held])
            return len(due), held

        while True:
            found, held = await self._db.transact(work)
            if held or found < limit:  # otherwise all of them ended unsent, and more may be due
                return held

    async def carry_out(self, binding: Binding) -> Binding | None:
        """Sends what was claimed, or asks how it stands, and records the answer; None when it was held too long."""
        lease_until = binding.next_attempt_at
        if lease_until is None or self._clock.now() >= lease_until:
            return None
        self._passes(CrashPoint.BINDING_SENDING)
        provider = self._providers[binding.provider]
        known = binding.provider_method_id
        learned = await ask(provider.bind(binding.sealed) if known is None else provider.read_binding(known))
        self._passes(CrashPoint.BINDING_ANSWERED)
        recorded = await self._db.transact(
            lambda tx: self.record_in(tx, binding.binding_id, learned, provider=provider, held=binding)
        )
        self._passes(CrashPoint.BINDING_COMMITTED)
        return recorded.after

    async def record_in(
        self,
        tx: Tx,
        binding_id: BindingId,
        learned: SeenBinding | Rejected | Unknown | NotDone,
        *,
        provider: Provider,
        held: Binding | None,
    ) -> RecordedBinding:
        """Writes what was found out in the caller's transaction.

        What shows no state is news only to whom holds the lease, ``held``. Raises `BindingNotFound`.
        """
        binding = await bindings.lock(tx, binding_id)
        if binding is None:
            raise BindingNotFound
        refused = await _refused(tx, binding, learned, provider=provider)
        if refused or isinstance(learned, Rejected):
            log.error("binding.answer_refused", binding_id=str(binding_id), differs_in=refused, answer=repr(learned))
        shown = learned if isinstance(learned, SeenBinding) and refused is None else None
        if shown is None and not _is_held(binding, held):
            return RecordedBinding(after=binding, moved=False, refused=refused)
        fresh = after(binding, _news(learned, refused=refused), now=tx.now)
        if fresh is None:
            return RecordedBinding(after=binding, moved=False, refused=refused)
        if shown is not None:
            fresh = replace(fresh, provider_method_id=shown.provider_method_id)
            if isinstance(shown.state, Bound):
                fresh = await _keep(tx, fresh, shown.state.instrument) or taken(binding, now=tx.now)
        await bindings.save(tx, [fresh])
        self._passes(CrashPoint.BINDING_CHANGED)
        moved = fresh.status is not binding.status
        if moved:
            facts = {"binding_id": str(binding_id), "before": binding.status, "status": fresh.status}
            log.info("binding.recorded", **facts, reason=fresh.reason)
        return RecordedBinding(after=fresh, moved=moved, refused=refused)


async def _keep(tx: Tx, bound: Binding, instrument: Instrument) -> Binding | None:
    """The binding with its method, which is saved from now on; None if the method is another user's."""
    await methods.lock_users(tx, bound.user_id)
    kept = await methods.keep(
        tx,
        instrument,
        method_id=MethodId(uuid7(tx.now)),
        user_id=bound.user_id,
        provider=bound.provider,
        kept_by=None,
        now=tx.now,
    )
    if kept is None:
        log.error("method.token_of_another_user", binding_id=str(bound.binding_id))
        return None
    await methods.promote_newest(tx, bound.user_id)
    await publish(tx, MethodSaved(method_id=kept, user_id=bound.user_id, title=instrument.title))
    return replace(bound, method_id=kept)


async def _refused(
    tx: Tx, binding: Binding, learned: SeenBinding | Rejected | Unknown | NotDone, *, provider: Provider
) -> str | None:
    """The names of what in the answer is not believed."""
    if not isinstance(learned, SeenBinding):
        return None
    names = differences(learned, binding=binding, identity=identity_of(provider))
    if names:
        return ", ".join(names)
    owner = await bindings.id_at_provider(tx, provider=provider.name, provider_method_id=learned.provider_method_id)
    return None if owner in {None, binding.binding_id} else "provider_method_id"


def _is_held(binding: Binding, held: Binding | None) -> bool:
    if held is None:
        return False
    return (binding.status, binding.next_attempt_at) == (held.status, held.next_attempt_at)


def _news(learned: SeenBinding | Rejected | Unknown | NotDone, *, refused: str | None) -> News:
    if refused is not None:
        return Unknown(detail=f"the answer differs in {refused}")
    return learned.state if isinstance(learned, SeenBinding) else learned
