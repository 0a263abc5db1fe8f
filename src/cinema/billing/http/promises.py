"""What viewers are told of the rules: their figures, the text they agree to, and how an unpaid renewal stands."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query

from cinema.billing.domain.subscription import SubscriptionNotFound
from cinema.billing.service.reading import NothingUnpaid, Reader
from cinema.contracts.ids import MethodId, SubscriptionId, UserId
from cinema.contracts.payments import MethodNotFound
from cinema.contracts.views.billing import AgreementTerms, PolicyView, UnpaidRenewalView
from cinema.kit.auth import CurrentActor
from cinema.kit.refusing import refuses


def promise_routes(*, reader: Reader) -> APIRouter:
    router = APIRouter(prefix="/v1", tags=["billing"])

    @router.get("/policies", name="policies.get")
    async def policies() -> PolicyView:
        """What viewers are promised about renewals and refunds."""
        return await reader.policies()

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
