"""The due work of billing."""

from cinema.billing.service.books import Books
from cinema.billing.service.checkout import Checkout
from cinema.billing.service.renewals import Renewals
from cinema.kit.jobs import Job


def jobs(*, checkout: Checkout, renewals: Renewals, books: Books) -> tuple[Job, ...]:
    return (
        Job(name="billing.renew", run=renewals.run),
        Job(name="billing.remind", run=renewals.remind),
        Job(name="billing.expire", run=checkout.expire, every_s=5.0),
        Job(name="billing.recognize", run=books.recognize, every_s=5.0),
        Job(name="billing.seal", run=books.seal, every_s=2.0),
    )
