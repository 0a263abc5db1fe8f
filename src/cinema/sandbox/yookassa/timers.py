"""What the clock ends: time to confirm, holds, delayed charges and refunds, outlived keys."""

from datetime import timedelta

from cinema.sandbox.yookassa.methods import finish_binding
from cinema.sandbox.yookassa.payments import settle_due_payment
from cinema.sandbox.yookassa.refunds import settle_refund
from cinema.sandbox.yookassa.shop import Shop

KEY_LIFETIME = timedelta(hours=24)


def settle_due(shop: Shop) -> None:
    """Carries out everything whose time has come. Called before each request and by the background loop."""
    now = shop.now()
    with shop.store.transaction():
        for payment in shop.store.payments.due(now):
            settle_due_payment(shop, payment)
        for refund in shop.store.refunds.due(now):
            settle_refund(shop, refund, refund.outcome)
        for stored in shop.store.methods.due(now):
            finish_binding(shop, stored, None)
        shop.store.forget_answers(before=now - KEY_LIFETIME)
