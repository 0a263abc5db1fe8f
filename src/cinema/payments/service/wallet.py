"""What the owner of payment methods does with them, once for each intent."""

from dataclasses import replace
from functools import partial

from cinema.contracts.ids import BindingId, MethodId, UserId
from cinema.contracts.views.payments import BindingView, MethodView
from cinema.kit.db import Database
from cinema.kit.idempotency import jsonable, once
from cinema.kit.intent import Done, Intent
from cinema.payments.service.binding import Bindings
from cinema.payments.service.methods import Methods


class WalletService:
    """Saves, chooses and removes methods (`cinema.contracts.payments.Wallet`)."""

    def __init__(self, *, db: Database, methods: Methods, bindings: Bindings) -> None:
        self._db = db
        self._methods = methods
        self._bindings = bindings

    async def remove(self, intent: Intent, *, user_id: UserId, method_id: MethodId) -> Done[MethodView]:
        """Answers with the method as it was. Raises `MethodNotFound`."""
        work = partial(self._methods.remove, user_id=user_id, method_id=method_id)
        return await once(self._db, intent, MethodView, work)

    async def make_default(self, intent: Intent, *, user_id: UserId, method_id: MethodId) -> Done[MethodView]:
        """Raises `MethodNotFound`."""
        work = partial(self._methods.make_default, user_id=user_id, method_id=method_id)
        return await once(self._db, intent, MethodView, work)

    async def bind(self, intent: Intent, *, user_id: UserId, return_url: str) -> Done[BindingView]:
        """Stores a binding and sends it after the commit; a repeat tells how it stands by then.

        Raises `NotAllowed`, and as `Bindings.store`.
        """
        language = await self._bindings.language_of(user_id)
        work = partial(self._bindings.store, user_id=user_id, return_url=return_url, language=language)
        done = await once(self._db, intent, BindingView, work)
        view = await self._bindings.begin(done.value.id, is_new=not done.replayed)
        return replace(done, body=jsonable(view))

    async def binding(self, *, user_id: UserId, binding_id: BindingId) -> BindingView:
        """Raises `BindingNotFound`."""
        return await self._bindings.own(user_id=user_id, binding_id=binding_id)
