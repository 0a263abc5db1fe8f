"""What identity hears: subscriptions that begin and end."""

from cinema.contracts.billing import SubscriptionActivated, SubscriptionEnded
from cinema.identity.service.roles import Roles
from cinema.kit.db import Tx
from cinema.kit.inbox import Consumer

GROUP = "identity"


def consumers(roles: Roles) -> tuple[Consumer, ...]:
    """Turns billing's facts into roles, in whatever order they arrive."""

    async def begun(tx: Tx, event: SubscriptionActivated) -> None:
        await roles.subscription_begun(tx, user_id=event.user_id, subscription_id=event.subscription_id)

    async def ended(tx: Tx, event: SubscriptionEnded) -> None:
        await roles.subscription_ended(tx, user_id=event.user_id, subscription_id=event.subscription_id)

    return (
        Consumer(group=GROUP, event=SubscriptionActivated, handle=begun),
        Consumer(group=GROUP, event=SubscriptionEnded, handle=ended),
    )
