"""The contexts, named once. Light: to know them, none has to be built, and commands import this first."""

from dataclasses import dataclass

from cinema.billing.settings import BillingSettings
from cinema.identity.settings import IdentitySettings
from cinema.kit.settings import Settings
from cinema.notifications.settings import NotificationsSettings
from cinema.payments.settings import PaymentsSettings
from cinema.playback.settings import PlaybackSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """A context: its package ``cinema.<name>``, its settings if it has any, and whether a worker does things for it."""

    name: str
    settings: type[Settings] | None
    has_work: bool


CONTEXTS = (
    Context(name="payments", settings=PaymentsSettings, has_work=True),
    Context(name="catalog", settings=None, has_work=False),
    Context(name="identity", settings=IdentitySettings, has_work=True),
    Context(name="billing", settings=BillingSettings, has_work=True),
    Context(name="playback", settings=PlaybackSettings, has_work=True),
    Context(name="notifications", settings=NotificationsSettings, has_work=True),
)
"""In the order in which `main.wiring` builds them: each is given only what stands before it."""

WITH_WORK = frozenset(one.name for one in CONTEXTS if one.has_work)
"""The contexts that a worker may be told to do the work of."""
