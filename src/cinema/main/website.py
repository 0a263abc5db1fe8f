"""The viewer's site, built over what the contexts publish."""

from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

import cinema.web
from cinema.kit.clock import Clock
from cinema.kit.texts import Texts
from cinema.main.settings import AllSettings
from cinema.notifications.settings import NotificationsSettings
from cinema.web.app import Website, build
from cinema.web.services import About, Services

if TYPE_CHECKING:
    from cinema.billing.module import BillingFacades
    from cinema.catalog.module import CatalogFacades
    from cinema.identity.module import IdentityFacades
    from cinema.notifications.module import NotificationsFacades
    from cinema.payments.module import PaymentsFacades
    from cinema.playback.module import PlaybackFacades

LOCALE = Path(cinema.web.__file__).parent / "locale"
"""The catalogues of all texts that people read."""


def build_website(
    settings: AllSettings,
    *,
    texts: Texts,
    clock: Clock,
    payments: "PaymentsFacades",
    catalog: "CatalogFacades",
    identity: "IdentityFacades",
    billing: "BillingFacades",
    playback: "PlaybackFacades",
    notifications: "NotificationsFacades",
) -> Website:
    """The site of this process."""
    services = Services(
        catalog=catalog.reader,
        billing=billing.reader,
        purchases=billing.purchases,
        subscribing=billing.subscribing,
        payments=payments.reader,
        wallet=payments.wallet,
        identity=identity.reader,
        doors=identity.doors,
        playback=playback.reader,
        positions=playback.positions,
        notifications=notifications.reader,
        clock=clock,
    )
    return build(services=services, about=_about(settings), texts=texts, authenticator=identity.authenticator)


def _about(settings: AllSettings) -> About:
    mail = settings.of(NotificationsSettings)
    return About(
        public_url=settings.process.url,
        support=mail.support_address,
        version=version("cinema"),
        is_production=settings.process.is_production,
        mailbox_url=None if settings.has_own_mail else settings.sandbox.mailbox_url,
        test_cards_url=None if settings.has_own_provider else settings.sandbox.cards_url,
    )
