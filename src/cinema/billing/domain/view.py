"""How billing shows what it keeps: from the domain to `cinema.contracts.views.billing`."""

from cinema.billing.domain.agreement import Agreement
from cinema.billing.domain.durations import Durations
from cinema.billing.domain.goods import PlanPeriod
from cinema.billing.domain.order import ChargeStatus, Order, Refund
from cinema.billing.domain.plan import Plan
from cinema.billing.domain.refunding import Offered
from cinema.billing.domain.renewal import next_charge
from cinema.billing.domain.renewing import is_refused_for_good
from cinema.billing.domain.subscription import Subscription
from cinema.billing.domain.whole import Standing
from cinema.contracts.enums import OrderKind, SubscriptionStatus
from cinema.contracts.methods import method_words
from cinema.contracts.views.billing import (
    AgreementView,
    OrderView,
    PlanView,
    RefundPreview,
    RefundView,
    SubscriptionView,
    UnpaidRenewalView,
)


def plan_view(plan: Plan) -> PlanView:
    return PlanView(plan=plan.code, title=plan.title, price=plan.price.amount, interval=str(plan.interval))


def agreement_view(agreement: Agreement) -> AgreementView:
    return AgreementView(
        id=agreement.agreement_id,
        subscription_id=agreement.subscription_id,
        version=agreement.version,
        language=agreement.language,
        text=agreement.text,
        agreed_at=agreement.agreed_at,
        method_id=agreement.method_id,
        method_title=method_words(agreement.method_title) if agreement.method_title else None,
        ended_at=agreement.ended_at,
    )


def subscription_view(subscription: Subscription, *, durations: Durations) -> SubscriptionView:
    period = subscription.period
    return SubscriptionView(
        id=subscription.subscription_id,
        plan=subscription.plan,
        title=subscription.title,
        price=subscription.price,
        interval=str(subscription.interval),
        status=subscription.status,
        ended_reason=subscription.ended_reason,
        renewal=subscription.renewal,
        renewal_reason=subscription.renewal_reason,
        renewal_changed_at=subscription.renewal_changed_at,
        agreement=agreement_view(subscription.agreement) if subscription.agreement else None,
        time_zone=subscription.time_zone,
        period_start=period.start if period else None,
        period_end=period.end if period else None,
        renews_at=next_charge(subscription, durations=durations),
        created_at=subscription.created_at,
    )


def unpaid_renewal_view(standing: Standing) -> UnpaidRenewalView | None:
    """The renewal that was refused and waits for its money; None where there is none."""
    subscription, order = standing.subscription, standing.awaited
    if subscription.status is not SubscriptionStatus.PAST_DUE or order is None or order.kind is not OrderKind.RENEWAL:
        return None
    is_under_way = any(one.status is ChargeStatus.OPEN for one in standing.charges)
    is_final = subscription.method_id is None or is_refused_for_good(subscription.method_id, standing.charges)
    at = subscription.next_attempt_at
    is_tried = subscription.is_renewing and not is_under_way and not is_final and at is not None
    return UnpaidRenewalView(
        order_id=order.order_id,
        amount=order.total,
        reason=next((one.reason for one in reversed(standing.charges) if one.reason is not None), None),
        attempts=subscription.dunning_attempt,
        is_under_way=is_under_way,
        next_attempt_at=at if is_tried and at is not None and at < order.expires_at else None,
        access_until=standing.access_until(),
        expires_at=order.expires_at,
    )


def order_view(order: Order, *, payment_url: str | None = None) -> OrderView:
    """The order; ``payment_url`` where there is a page on which it can be paid."""
    return OrderView(
        id=order.order_id,
        kind=order.kind,
        status=order.status,
        title=order.title,
        total=order.total,
        refunded=order.refunded,
        goods=order.goods.kind,
        subscription_id=order.goods.subscription_id if isinstance(order.goods, PlanPeriod) else None,
        film_id=None if isinstance(order.goods, PlanPeriod) else order.goods.film_id,
        payment_url=payment_url,
        created_at=order.created_at,
        paid_at=order.paid_at,
    )


def refund_view(refund: Refund) -> RefundView:
    return RefundView(
        id=refund.refund_id,
        order_id=refund.order_id,
        amount=refund.amount,
        status=refund.status,
        basis=refund.basis,
        access_effect=refund.access_effect,
        reason=refund.reason,
        failure_reason=refund.failure_reason,
        created_at=refund.created_at,
        updated_at=refund.updated_at,
    )


def refund_preview(order: Order, offered: Offered) -> RefundPreview:
    return RefundPreview(
        order_id=order.order_id,
        amount=offered.quote.amount,
        kept=offered.quote.kept,
        basis=offered.quote.basis,
        access_effect=offered.effect,
        ends_renewal=offered.ends_renewal,
    )
