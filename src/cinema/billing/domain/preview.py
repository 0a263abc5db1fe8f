"""What buying a plan would cost and give, by the rules of checkout, before anything is ordered."""

from datetime import datetime

from cinema.billing.domain.agreement import terms
from cinema.billing.domain.changes import NewId
from cinema.billing.domain.checkout import Buyer, Choice, demand_awaited, order_ahead, order_plan
from cinema.billing.domain.delivery import paid_period
from cinema.billing.domain.goods import PlanPeriod
from cinema.billing.domain.order import Order
from cinema.billing.domain.plan import Plan
from cinema.billing.domain.policies import Policies
from cinema.billing.domain.subscription import Subscription
from cinema.billing.domain.whole import Standing
from cinema.contracts.views.billing import PlanPreview


def preview(
    buyer: Buyer, plan: Plan, standing: Standing | None, *, policies: Policies, new_id: NewId, now: datetime
) -> PlanPreview:
    """What the plan would cost and give if it were paid ``now``; ``standing`` is of a subscription that is there.

    Raises as ordering would: `AlreadySubscribed`, `CheckoutOpen`, `RefundUnderWay`,
    `ChargeUnderWay`, `AmountNotPayable`.
    """
    waits = standing is not None and standing.awaited is not None
    subscription, order = _ordered(buyer, plan, standing, policies=policies, new_id=new_id, now=now)
    assert isinstance(order.goods, PlanPeriod)
    period = paid_period(subscription, order.goods.period_no, now=now)
    can_renew = buyer.limits is not None and buyer.limits.saves_methods and not subscription.is_free
    said = terms(title=subscription.title, price=subscription.price, interval=subscription.interval)
    return PlanPreview(
        plan=subscription.plan,
        title=subscription.title,
        interval=str(subscription.interval),
        price=order.total,
        period_start=period.start,
        period_end=period.end,
        renews_at=period.end - policies.durations.within(period).lead if can_renew else None,
        terms=said if can_renew else None,
        subscription_id=subscription.subscription_id if standing else None,
        order_id=order.order_id if waits else None,
    )


def _ordered(
    buyer: Buyer, plan: Plan, standing: Standing | None, *, policies: Policies, new_id: NewId, now: datetime
) -> tuple[Subscription, Order]:
    """The subscription and the order that there would be; of what the rules make for them nothing is kept."""
    choice = Choice(plan=plan, save_method=False)
    if standing is None:
        changes = order_plan(buyer, choice, policies=policies, new_id=new_id, now=now)
        return changes.new_subscriptions[0], changes.new_orders[0].order
    if standing.awaited is not None:
        return standing.subscription, demand_awaited(standing, plan)
    ahead = order_ahead(buyer, choice, standing, policies=policies, new_id=new_id, now=now)
    return standing.subscription, ahead.new_orders[0].order
