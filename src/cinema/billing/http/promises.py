"""What viewers are told of the rules: their figures, the text they agree to, and how an unpaid renewal stands."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Query

from cinema.billing.domain.checkout import AmountNotPayable
from cinema.billing.domain.plan import PlanNotFound
from cinema.billing.domain.subscription import (
    AlreadySubscribed,
    ChargeUnderWay,
    CheckoutOpen,
    RefundUnderWay,
    SubscriptionNotFound,
)
from cinema.billing.http.viewer import CODE
from cinema.billing.service.purchases import PurchaseService
from cinema.billing.service.reading import NothingUnpaid, Reader
from cinema.contracts.identity import UserNotFound
from cinema.contracts.ids import MethodId, SubscriptionId, UserId
from cinema.contracts.payments import MethodNotFound
from cinema.contracts.views.billing import AgreementTerms, PlanPreview, PolicyView, UnpaidRenewalView
from cinema.kit.auth import CurrentActor
from cinema.kit.refusing import refuses


def promise_routes(*, reader: Reader, purchases: PurchaseService) -> APIRouter:
    router = APIRouter(prefix="/v1", tags=["billing"])

    @router.get("/policies", name="policies.get")
    async def policies() -> PolicyView:
        """What viewers are promised about renewals and refunds."""
        return await reader.policies()

    @router.get(
        "/plans/{plan}/preview",
        name="plans.preview",
        responses=refuses(
            AlreadySubscribed,
            CheckoutOpen,
            RefundUnderWay,
            ChargeUnderWay,
            AmountNotPayable,
            UserNotFound,
            plan=PlanNotFound,
        ),
    )
    async def plan_preview(plan: Annotated[str, Path(pattern=CODE)], actor: CurrentActor) -> PlanPreview:
        """What a plan costs you now, what it gives, and what follows; nothing is ordered."""
        return await purchases.plan_preview(user_id=UserId(actor.user_id), plan=plan)

    @router.get(
        "/subscriptions/{subscription_id}/unpaid-renewal",
        name="subscriptions.unpaid_renewal",
        responses=refuses(SubscriptionNotFound, NothingUnpaid),
    )
    async def unpaid_renewal(subscription_id: UUID, actor: CurrentActor) -> UnpaidRenewalView:
        """The renewal of one of your subscriptions that was refused: why, and what comes next."""
        found = await reader.unpaid_renewal(
            subscription_id=SubscriptionId(subscription_id), user_id=UserId(actor.user_id)
        )
        if found is None:
            raise NothingUnpaid
        return found

    @router.get(
        "/subscriptions/{subscription_id}/terms",
        name="subscriptions.terms",
        responses=refuses(SubscriptionNotFound, method_id=MethodNotFound),
    )
    async def renewal_terms(
        subscription_id: UUID, actor: CurrentActor, method_id: Annotated[UUID | None, Query()] = None
    ) -> AgreementTerms:
        """What you agree to who have one of your subscriptions renewed by a saved method, or by what you pay with."""
        return await reader.renewal_terms(
            subscription_id=SubscriptionId(subscription_id),
            user_id=UserId(actor.user_id),
            method_id=MethodId(method_id) if method_id else None,
        )

    return router
