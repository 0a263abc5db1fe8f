"""How billing shows what it keeps: from the domain to `cinema.contracts.views.billing`."""

from datetime import datetime

from cinema.billing.domain.goods import PlanPeriod
from cinema.billing.domain.order import Order, Refund
from cinema.billing.domain.plan import Plan
from cinema.billing.domain.subscription import RenewalPolicy, Subscription, charge_at, charge_if_told
from cinema.contracts.enums import OrderStatus, SubscriptionStatus
from cinema.contracts.views.billing import OrderView, PlanView, RefundView, SubscriptionView


def plan_view(plan: Plan) -> PlanView:
    return PlanView(plan=plan.code, title=plan.title, price=plan.price.amount, interval=str(plan.interval))


def subscription_view(subscription: Subscription, *, policy: RenewalPolicy) -> SubscriptionView:
    period = subscription.period
    return SubscriptionView(
        id=subscription.subscription_id,
        plan=subscription.plan,
        title=subscription.title,
        price=subscription.price,
        interval=str(subscription.interval),
        status=subscription.status,
        ended_reason=subscription.ended_reason,
        cancel_at_period_end=subscription.cancel_at_period_end,
        time_zone=subscription.time_zone,
        period_start=period.start if period else None,
        period_end=period.end if period else None,
        renews_at=_renews_at(subscription, policy),
        created_at=subscription.created_at,
    )


def _renews_at(subscription: Subscription, policy: RenewalPolicy) -> datetime | None:
    """When the next period is charged: the time that the viewer was told, or will be."""
    if subscription.status is not SubscriptionStatus.ACTIVE or not subscription.is_renewing:
        return None
    if subscription.remind_at is None:
        return subscription.told_charge_at
    its_id, period = subscription.subscription_id, subscription.paid_period()
    if not subscription.price.minor:  # of what costs nothing nobody is told
        return charge_at(its_id, period, policy)
    return charge_if_told(its_id, period, policy, now=subscription.remind_at)


def order_view(order: Order) -> OrderView:
    is_open = order.status is OrderStatus.OPEN
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
        payment_url=f"/v1/orders/{order.order_id}/payment" if is_open else None,
        created_at=order.created_at,
        paid_at=order.paid_at,
    )


def refund_view(refund: Refund) -> RefundView:
    return RefundView(
        id=refund.refund_id,
        order_id=refund.order_id,
        amount=refund.amount,
        status=refund.status,
        access_effect=refund.access_effect,
        reason=refund.reason,
        created_at=refund.created_at,
    )
