"""What billing is to others: it answers who may watch, shows what was bought, and does what viewers mean to do."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol, TypeAlias
from uuid import UUID

from cinema.contracts.catalog import FilmFacts
from cinema.contracts.enums import (
    GoodsKind,
    OrderStatus,
    RefundState,
    SubscriptionStatus,
)
from cinema.contracts.ids import EntitlementId, FilmId, MethodId, OrderId, RefundId, SubscriptionId, UserId
from cinema.contracts.views.billing import (
    AccessBlock,
    AccessGrant,
    AgreementTerms,
    AgreementView,
    BalanceView,
    CheckoutView,
    EntitlementView,
    HistoryView,
    Offer,
    OrderDetails,
    OrderView,
    PlanPreview,
    PlanView,
    PolicyView,
    ReceiptView,
    RefundPreview,
    RefundView,
    SubscriptionView,
    UnpaidRenewalView,
)
from cinema.kit.intent import Done, Intent
from cinema.kit.money import Money
from cinema.kit.page import Page

FilmGoods: TypeAlias = Literal[GoodsKind.FILM_PURCHASE, GoodsKind.FILM_RENTAL]
"""What can be bought of a film."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessAnswer:
    """All that speaks for and against playing a film at one moment."""

    grants: tuple[AccessGrant, ...]
    blocks: tuple[AccessBlock, ...]

    @property
    def is_allowed(self) -> bool:
        return bool(self.grants) and not self.blocks


class Entitlements(Protocol):
    """Answers who may watch what, and is told by which right it is watched."""

    async def check(self, *, user_id: UserId, film: FilmFacts, now: datetime) -> AccessAnswer:
        """Rights and blocks of the user for the film at ``now``; free films are not asked about."""
        ...

    async def use(self, *, entitlement_id: EntitlementId, now: datetime) -> bool:
        """A film is about to be played by this right; False: it does not hold at ``now``, so nothing may be.

        Whoever asks for the money back afterwards has used it. Twice is as good as once.
        """
        ...

    async def offers(self, *, film: FilmFacts) -> tuple[Offer, ...]:
        """What could be bought to watch the film, in the shop's currency first, and the cheapest of each first."""
        ...


class BillingReader(Protocol):
    """Shows what is on sale, what was bought and what it gave. Nothing changes by reading.

    A viewer is shown their own things only: whoever asks for one names its owner. Staff
    name nobody (``user_id`` None). What is not there, or not theirs, raises a `NotFound`;
    a wrong cursor a `BadRequest`.
    """

    async def plans(self) -> Page[PlanView]:
        """The plans on sale, in the order of the storefront, all on one page."""
        ...

    async def terms(self, *, plan: str) -> AgreementTerms:
        """What a viewer agrees to who has the plan renewed."""
        ...

    async def renewal_terms(
        self, *, subscription_id: SubscriptionId, user_id: UserId | None, method_id: MethodId | None
    ) -> AgreementTerms:
        """What a viewer agrees to who has the subscription renewed: by the method, or by what they pay with (None)."""
        ...

    async def policies(self) -> PolicyView:
        """What viewers are promised, by the running settings."""
        ...

    async def unpaid_renewal(
        self, *, subscription_id: SubscriptionId, user_id: UserId | None
    ) -> UnpaidRenewalView | None:
        """The renewal of the subscription that was refused and waits for its money, if there is one."""
        ...

    async def subscription(self, *, subscription_id: SubscriptionId, user_id: UserId | None) -> SubscriptionView:
        """One subscription."""
        ...

    async def agreements(
        self, *, subscription_id: SubscriptionId, user_id: UserId | None, cursor: str | None, limit: int
    ) -> Page[AgreementView]:
        """What was agreed to about one subscription, newest first."""
        ...

    async def refund(self, *, refund_id: RefundId, user_id: UserId | None) -> RefundView:
        """One refund."""
        ...

    async def refunds(
        self, *, user_id: UserId | None, status: RefundState | None, is_staff: bool, cursor: str | None, limit: int
    ) -> Page[RefundView]:
        """Refunds, newest first; staff see also those that wait for a second person."""
        ...

    async def subscriptions(
        self, *, user_id: UserId | None, status: SubscriptionStatus | None, cursor: str | None, limit: int
    ) -> Page[SubscriptionView]:
        """Subscriptions, newest first."""
        ...

    async def order(self, *, order_id: OrderId, user_id: UserId | None) -> OrderDetails:
        """One order with its newest payment, its refunds and receipts."""
        ...

    async def orders(
        self, *, user_id: UserId | None, status: OrderStatus | None, cursor: str | None, limit: int
    ) -> Page[OrderView]:
        """Orders, newest first."""
        ...

    async def entitlements(self, *, user_id: UserId, cursor: str | None, limit: int) -> Page[EntitlementView]:
        """The user's rights, newest first, those that are over too."""
        ...

    async def receipt(self, *, receipt_id: UUID, user_id: UserId | None) -> ReceiptView:
        """One fiscal receipt."""
        ...

    async def history(self, *, entity_id: UUID, cursor: str | None, limit: int) -> Page[HistoryView]:
        """For staff: every change of one subscription, order or refund, oldest first."""
        ...

    async def balances(self) -> Page[BalanceView]:
        """For staff: every account of the ledger, all on one page."""
        ...


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

    async def plan_preview(self, *, user_id: UserId, plan: str) -> PlanPreview:
        """What `subscribe` would order, what it costs, and what it gives; refused as that would be."""
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
