"""How billing shows what it keeps: from the domain to `cinema.contracts.views.billing`."""

from cinema.billing.domain.goods import PlanPeriod
from cinema.billing.domain.order import Order, Refund
from cinema.billing.domain.plan import Plan
from cinema.billing.domain.subscription import RenewalPolicy, Subscription, charge_at
from cinema.contracts.enums import OrderStatus, SubscriptionStatus
from cinema.contracts.views.billing import OrderView, PlanView, RefundView, SubscriptionView


def plan_view(plan: Plan) -> PlanView:
    return PlanView(code=plan.code, title=plan.title, price=plan.price.amount, interval=str(plan.interval))


def subscription_view(subscription: Subscription, *, policy: RenewalPolicy) -> SubscriptionView:
    period = subscription.period
    renews = subscription.status is SubscriptionStatus.ACTIVE and subscription.is_renewing
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
        renews_at=(subscription.told_charge_at or charge_at(subscription.subscription_id, period, policy))
        if renews and period
        else None,
        created_at=subscription.created_at,
    )


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
