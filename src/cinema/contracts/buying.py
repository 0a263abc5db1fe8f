"""Billing, as a viewer acts on it: buying, giving up, taking back, and what becomes of a subscription."""

from typing import Literal, Protocol, TypeAlias

from cinema.contracts.enums import GoodsKind
from cinema.contracts.ids import FilmId, MethodId, OrderId, SubscriptionId, UserId
from cinema.contracts.views.billing import CheckoutView, OrderView, RefundPreview, RefundView, SubscriptionView
from cinema.kit.intent import Done, Intent
from cinema.kit.money import Money

FilmGoods: TypeAlias = Literal[GoodsKind.FILM_PURCHASE, GoodsKind.FILM_RENTAL]
"""What can be bought of a film."""


class Purchases(Protocol):
    """What a viewer does about buying. Each act with an `Intent` happens once.

    What cannot be done is refused as the route of the same name says, and changes nothing.
    """

    async def subscribe(
        self, intent: Intent, *, user_id: UserId, plan: str, return_url: str, save_method: bool, version: str | None
    ) -> Done[CheckoutView]:
        """Orders a plan, or the next period of the one that runs.

        With ``save_method`` the viewer agrees to the ``version`` of the plan's terms that was shown.
        """
        ...

    async def order_film(
        self, intent: Intent, *, user_id: UserId, film_id: FilmId, goods: FilmGoods, return_url: str
    ) -> Done[CheckoutView]:
        """Orders a film, for good or for a time."""
        ...

    async def pay_again(
        self,
        intent: Intent,
        *,
        user_id: UserId,
        order_id: OrderId,
        return_url: str | None,
        save_method: bool,
        version: str | None,
    ) -> Done[CheckoutView]:
        """Begins a new payment of an open order whose payment failed."""
        ...

    async def cancel_order(self, intent: Intent, *, user_id: UserId, order_id: OrderId) -> Done[OrderView]:
        """Gives up an unpaid order."""
        ...

    async def payment_page(self, *, user_id: UserId, order_id: OrderId) -> str:
        """The address of the provider's page for an open order."""
        ...

    async def refund_preview(self, *, user_id: UserId, order_id: OrderId) -> RefundPreview:
        """What a refund that is asked for now would return and do."""
        ...

    async def refund(
        self, intent: Intent, *, user_id: UserId, order_id: OrderId, reason: str, expected: Money | None
    ) -> Done[RefundView]:
        """Takes a payment back, by the policy; another amount than ``expected`` is refused."""
        ...


class Subscribing(Protocol):
    """What a viewer does about the subscription that they have. Each act happens once for its `Intent`."""

    async def cancel(
        self, intent: Intent, *, user_id: UserId, subscription_id: SubscriptionId
    ) -> Done[SubscriptionView]:
        """Cancels at the end of the paid period."""
        ...

    async def resume(
        self, intent: Intent, *, user_id: UserId, subscription_id: SubscriptionId
    ) -> Done[SubscriptionView]:
        """Undoes a cancellation."""
        ...

    async def choose_method(
        self,
        intent: Intent,
        *,
        user_id: UserId,
        subscription_id: SubscriptionId,
        method_id: MethodId,
        version: str | None,
    ) -> Done[SubscriptionView]:
        """Has the subscription renewed by one of the viewer's saved methods from now on."""
        ...
