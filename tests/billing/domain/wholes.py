"""Wholes for tests of the rules, which need no database: a subscription, its orders, their charges."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any
from uuid import UUID

from cinema.billing.domain.agreement import Agreement, Notice
from cinema.billing.domain.durations import Durations
from cinema.billing.domain.goods import FilmPurchase, PlanPeriod
from cinema.billing.domain.order import Charge, ChargeStatus, Fiscal, Line, LineKind, Order, Refund
from cinema.billing.domain.period import Interval, Period, Unit
from cinema.billing.domain.policies import Policies
from cinema.billing.domain.refund_policy import RefundPolicy
from cinema.billing.domain.renewing import Payer
from cinema.billing.domain.right import Right
from cinema.billing.domain.subscription import Subscription
from cinema.billing.domain.whole import Grace, Standing, Whole
from cinema.contracts.enums import (
    AccessEffect,
    DeclineClass,
    GrantKind,
    OrderKind,
    OrderStatus,
    RefundBasis,
    RefundState,
    RenewalReason,
    RenewalState,
    SubscriptionStatus,
)
from cinema.contracts.identity import Contact
from cinema.contracts.ids import (
    AgreementId,
    EntitlementId,
    FilmId,
    MethodId,
    NoticeId,
    OrderId,
    PaymentId,
    PlanId,
    PriceId,
    RefundId,
    SubscriptionId,
    UserId,
)
from cinema.contracts.methods import method_words
from cinema.contracts.payments import PaymentCanceled, PaymentDeclined, PaymentSucceeded
from cinema.contracts.text import Language, Text
from cinema.contracts.views.billing import FOR_GOOD
from cinema.contracts.views.payments import MethodView
from cinema.kit.money import Money

START = datetime(2026, 1, 15, 9, 0, tzinfo=UTC)
END = datetime(2026, 2, 15, 9, 0, tzinfo=UTC)
NOON = START + timedelta(days=10)
PRICE = Money(minor=39_900, currency="RUB")
TITLE = Text(ru="Месяц", en="Monthly")
VIEWER = UserId(UUID(int=1))
SUBSCRIPTION = SubscriptionId(UUID(int=1 << 20))
METHOD = MethodId(UUID(int=3))

FISCAL = Fiscal(vat_code=1, payment_mode="full_payment")

POLICIES = Policies(
    durations=Durations(
        lead=timedelta(hours=1),
        notice=timedelta(days=3),
        grace=timedelta(days=7),
        retries=(timedelta(days=1), timedelta(days=3)),
    ),
    refunds=RefundPolicy(window=timedelta(days=14), again_after=timedelta(days=90), second_person_minor=1_000_000),
    fiscal=FISCAL,
)
DURATIONS = POLICIES.durations

CONTACT = Contact(
    user_id=VIEWER, login="anna", email="anna@example.org", language=Language.EN, time_zone="Europe/Moscow"
)
CARD = MethodView(
    id=METHOD,
    title="Bank card *4444",
    label=method_words("Bank card *4444"),
    kind="bank_card",
    is_default=True,
    saved_at=START,
)
PAYER = Payer(contact=CONTACT, method=CARD)


AGREEMENT = Agreement(
    agreement_id=AgreementId(UUID(int=6)),
    subscription_id=SUBSCRIPTION,
    user_id=VIEWER,
    version="1",
    language=Language.EN,
    text="I agree.",
    agreed_at=START,
    method_id=METHOD,
    method_title="Bank card *4444",
    bound_at=START,
    ended_at=None,
)
NOTICE = Notice(
    notice_id=NoticeId(UUID(int=7)),
    subscription_id=SUBSCRIPTION,
    method_id=METHOD,
    amount=PRICE,
    charge_at=END - timedelta(hours=1),
    told_at=END - timedelta(days=3, hours=1),
    delivered_at=END - timedelta(days=3, hours=1),
)


def rub(minor: int) -> Money:
    """Money in kopecks."""
    return Money(minor=minor, currency="RUB")


def new_ids() -> Callable[[], UUID]:
    """Ids that are counted from a hundred."""
    numbers = count(100)
    return lambda: UUID(int=next(numbers))


def make_subscription(**changed: Any) -> Subscription:
    """An active subscription in its first month, whose viewer is still to be told of the next charge."""
    usual = Subscription(
        subscription_id=SUBSCRIPTION,
        user_id=VIEWER,
        plan_id=PlanId(UUID(int=4)),
        plan="month",
        title=TITLE,
        interval=Interval(unit=Unit.MONTH, count=1),
        price_id=PriceId(UUID(int=5)),
        price=PRICE,
        status=SubscriptionStatus.ACTIVE,
        ended_reason=None,
        renewal=RenewalState.ON,
        renewal_reason=RenewalReason.AGREED,
        renewal_changed_at=START,
        agreement=AGREEMENT,
        time_zone="Europe/Moscow",
        anchor=START,
        period_no=0,
        period=Period(start=START, end=END),
        dunning_attempt=0,
        first_failed_at=None,
        next_attempt_at=END - timedelta(hours=1),
        remind_at=END - timedelta(days=3, hours=1),
        notice=None,
        created_at=START,
    )
    return replace(usual, **changed)


def told(**changed: Any) -> Subscription:
    """The same, with its viewer told."""
    return make_subscription(**({"remind_at": None, "notice": NOTICE} | changed))


def make_line(**changed: Any) -> Line:
    usual = Line(kind=LineKind.PLAN, price_id=PriceId(UUID(int=5)), title=TITLE, quantity=1, unit=PRICE, fiscal=FISCAL)
    return replace(usual, **changed)


def make_order(**changed: Any) -> Order:
    """The renewal's open order for the second month."""
    usual = Order(
        order_id=OrderId(UUID(int=10)),
        user_id=VIEWER,
        kind=OrderKind.RENEWAL,
        goods=PlanPeriod(subscription_id=SUBSCRIPTION, period_no=1),
        status=OrderStatus.OPEN,
        title=TITLE,
        total=PRICE,
        refunded=Money(minor=0, currency="RUB"),
        email="anna@example.org",
        language=Language.EN,
        return_url=None,
        created_at=END - timedelta(hours=1),
        expires_at=END + timedelta(days=7),
        give_up_at=None,
        paid_at=None,
        recognize_at=None,
    )
    return replace(usual, **changed)


def make_film_order(**changed: Any) -> Order:
    """An open order of one film."""
    usual = {
        "kind": OrderKind.CHECKOUT,
        "goods": FilmPurchase(film_id=FilmId(UUID(int=11))),
        "return_url": "http://cinema.test/",
        "give_up_at": END,
    }
    return make_order(**(usual | changed))


def make_charge(number: int = 1, **changed: Any) -> Charge:
    """An open charge of the order, off-session."""
    usual = Charge(
        payment_id=PaymentId(UUID(int=20 + number)),
        order_id=OrderId(UUID(int=10)),
        attempt=number,
        status=ChargeStatus.OPEN,
        amount=PRICE,
        method_id=METHOD,
        notice_id=NOTICE.notice_id,
        agreement_id=None,
        link=None,
        reason=None,
        decline_class=None,
        is_surplus=False,
        requested_at=END - timedelta(hours=1),
        ended_at=None,
    )
    return replace(usual, **changed)


def make_right(number: int = 0, **changed: Any) -> Right:
    """What the order of the first month gave."""
    usual = Right(
        entitlement_id=EntitlementId(UUID(int=40 + number)),
        user_id=VIEWER,
        kind=GrantKind.PAID,
        film_id=None,
        subscription_id=SUBSCRIPTION,
        order_id=OrderId(UUID(int=10)),
        starts_at=START,
        ends_at=END,
    )
    return replace(usual, **changed)


def make_film_right(**changed: Any) -> Right:
    """A film that is the viewer's for good."""
    film_id = FilmId(UUID(int=11))
    return make_right(**({"film_id": film_id, "subscription_id": None, "ends_at": FOR_GOOD} | changed))


def make_grace(*, is_revoked: bool = False, **changed: Any) -> Grace:
    """A week after the first month."""
    usual = {"kind": GrantKind.GRACE, "order_id": None, "starts_at": END, "ends_at": END + timedelta(days=7)}
    return Grace(right=make_right(9, **(usual | changed)), is_revoked=is_revoked)


def make_refund(number: int = 1, **changed: Any) -> Refund:
    """A wish of the viewer for all of the first month's price."""
    usual = Refund(
        refund_id=RefundId(UUID(int=50 + number)),
        order_id=OrderId(UUID(int=10)),
        user_id=VIEWER,
        payment_id=PaymentId(UUID(int=21)),
        amount=PRICE,
        status=RefundState.REQUESTED,
        basis=RefundBasis.WHOLE,
        access_effect=AccessEffect.REVOKE,
        actor=f"user:{VIEWER}",
        reason="no",
        failure_reason=None,
        created_at=NOON,
        updated_at=NOON,
    )
    return replace(usual, **changed)


def make_paid_whole(*, subscription: Subscription | None = None, **changed: Any) -> Whole:
    """The first month's order, paid at its start, with what it gave; the subscription renews."""
    charge = make_charge(method_id=None, notice_id=None, status=ChargeStatus.SUCCEEDED, ended_at=START)
    goods = PlanPeriod(subscription_id=SUBSCRIPTION, period_no=0)
    order = make_order(kind=OrderKind.CHECKOUT, goods=goods, status=OrderStatus.PAID, paid_at=START, recognize_at=END)
    right = make_right()
    standing = Standing(subscription=subscription or make_subscription(), paid=(right,))
    usual: dict[str, Any] = {"order": order, "rights": (right,), "standing": standing}
    return make_whole(charge, **(usual | changed))


def asked(*refunds: Refund, **changed: Any) -> Whole:
    """The first month, whose money is on its way back: access is suspended, and nothing renews."""
    counted = sum(one.amount.minor for one in refunds if one.status is RefundState.REQUESTED)
    usual = make_paid_whole(
        refunds=refunds,
        rights=(),
        suspended=(make_right(),),
        standing=Standing(
            subscription=make_subscription(
                renewal=RenewalState.OFF, renewal_reason=RenewalReason.REFUND_REQUESTED, remind_at=None
            ),
            is_refunding=True,
        ),
    )
    return replace(usual, order=replace(usual.order, refunded=rub(counted)), **changed)


def make_paid_film(**changed: Any) -> Whole:
    """An order of a film for good, paid at the start."""
    charge = make_charge(method_id=None, notice_id=None, status=ChargeStatus.SUCCEEDED, ended_at=START)
    order = make_film_order(status=OrderStatus.PAID, paid_at=START, give_up_at=None)
    usual: dict[str, Any] = {"order": order, "rights": (make_film_right(),)}
    return make_whole(charge, **(usual | changed))


def make_whole(
    *charges: Charge, order: Order | None = None, subscription: Subscription | None = None, **changed: Any
) -> Whole:
    """The renewal's order with its subscription; an order of another kind stands alone."""
    order = order or make_order()
    charges = charges or (make_charge(),)
    standing = None
    if isinstance(order.goods, PlanPeriod) and "standing" not in changed:
        is_open = order.status is OrderStatus.OPEN
        standing = Standing(
            subscription=subscription or told(),
            awaited=order if is_open else None,
            lines=(make_line(),) if is_open else (),
            charges=charges if is_open else (),
        )
    usual: dict[str, Any] = {"order": order, "lines": (make_line(),), "charges": charges, "standing": standing}
    return Whole(**(usual | changed))


def succeeded(charge: Charge, **changed: Any) -> PaymentSucceeded:
    usual = PaymentSucceeded(
        payment_id=charge.payment_id,
        order_id=charge.order_id,
        user_id=VIEWER,
        amount=charge.amount,
        fee=None,
        provider="fake",
        method_id=METHOD,
        method_title="Bank card *4444",
        captured_at=NOON,
    )
    return replace(usual, **changed)


def declined(charge: Charge, *, how: DeclineClass = DeclineClass.SOFT, reason: str = "insufficient_funds") -> Any:
    return PaymentDeclined(
        payment_id=charge.payment_id,
        order_id=charge.order_id,
        user_id=VIEWER,
        amount=charge.amount,
        reason=reason,
        decline_class=how,
        method_id=charge.method_id,
        declined_at=NOON,
    )


def canceled(charge: Charge) -> PaymentCanceled:
    return PaymentCanceled(
        payment_id=charge.payment_id,
        order_id=charge.order_id,
        user_id=VIEWER,
        amount=charge.amount,
        reason="expired",
        canceled_at=NOON,
    )
