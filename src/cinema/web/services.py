"""What pages are shown from and act by: the contexts, as they publish themselves."""

from dataclasses import dataclass

from cinema.contracts.billing import BillingReader, Purchases, Subscribing
from cinema.contracts.catalog import CatalogReader
from cinema.contracts.identity import Doors, IdentityReader
from cinema.contracts.notifications import NotificationsReader
from cinema.contracts.payments import PaymentsReader, Wallet
from cinema.contracts.playback import PlaybackReader, Positions
from cinema.kit.clock import Clock


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """The contexts behind the pages."""

    catalog: CatalogReader
    billing: BillingReader
    purchases: Purchases
    subscribing: Subscribing
    payments: PaymentsReader
    wallet: Wallet
    identity: IdentityReader
    doors: Doors
    playback: PlaybackReader
    positions: Positions
    notifications: NotificationsReader
    clock: Clock


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """What the site says of itself. ``public_url`` has no slash at its end.

    In development ``mailbox_url`` and ``test_cards_url`` lead to the stand-ins; elsewhere they are None.
    """

    public_url: str
    support: str
    version: str
    is_production: bool
    mailbox_url: str | None
    test_cards_url: str | None
