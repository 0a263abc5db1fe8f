"""The due work of billing."""

from cinema.billing.service.bookkeeping import FORGET_MAX, Bookkeeping
from cinema.billing.service.checkout import Checkout
from cinema.billing.service.renewals import RENEW_JOB, Renewals
from cinema.kit.jobs import Job


def jobs(*, checkout: Checkout, renewals: Renewals, bookkeeping: Bookkeeping) -> tuple[Job, ...]:
    return (
        Job(name=RENEW_JOB, run=renewals.run),
        Job(name="billing.remind", run=renewals.remind),
        Job(name="billing.expire", run=checkout.expire, every_s=5.0),
        Job(name="billing.recognize", run=bookkeeping.recognize, every_s=5.0),
        Job(name="billing.seal", run=bookkeeping.seal, every_s=2.0),
        Job(name="billing.forget_history", run=bookkeeping.forget, every_s=60.0, batch=FORGET_MAX),
    )
