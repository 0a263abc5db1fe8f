"""What the payer does on the payment page: offers an instrument, confirms it, or is refused."""

import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from cinema.sandbox.yookassa.cards import NUMBER_LENGTHS, Card, card_numbered, passes_luhn
from cinema.sandbox.yookassa.domain import (
    Attempt,
    Cancellation,
    Confirmation,
    Method,
    MethodStatus,
    MethodType,
    Payment,
    PaymentStatus,
    StoredMethod,
)
from cinema.sandbox.yookassa.methods import finish_binding
from cinema.sandbox.yookassa.payments import finish_payment
from cinema.sandbox.yookassa.shop import Shop

YEARS_AHEAD = 20
NO_SECURE = Cancellation(party="payment_network", reason="3d_secure_failed")


@dataclass(frozen=True, slots=True, kw_only=True)
class CardForm:
    """A card as typed, already checked."""

    number: str
    expiry_month: str
    expiry_year: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkout:
    """A payment or a binding as its page sees it."""

    subject: Payment | StoredMethod

    @property
    def id(self) -> str:
        """The payment's or the method's id."""
        return self.subject.id if isinstance(self.subject, Payment) else self.subject.method.id

    @property
    def confirmation(self) -> Confirmation | None:
        """How the payer came here."""
        return self.subject.confirmation

    @property
    def attempt(self) -> Attempt | None:
        """The instrument that waits for its code."""
        return self.subject.attempt

    @property
    def is_open(self) -> bool:
        """True while the payer may act."""
        if isinstance(self.subject, Payment):
            return self.subject.status is PaymentStatus.PENDING and self.confirmation is not None
        return self.subject.method.status is MethodStatus.PENDING

    @property
    def has_succeeded(self) -> bool:
        """True when money was taken or held, or the card is bound."""
        if isinstance(self.subject, Payment):
            return self.subject.status in {PaymentStatus.SUCCEEDED, PaymentStatus.WAITING_FOR_CAPTURE}
        return self.subject.method.status is MethodStatus.ACTIVE

    @property
    def takes_wallet(self) -> bool:
        """True when a wallet may be offered."""
        return isinstance(self.subject, Payment) and self.subject.wanted_method in {None, MethodType.YOO_MONEY}

    @property
    def takes_card(self) -> bool:
        """True when a card may be offered."""
        return not isinstance(self.subject, Payment) or self.subject.wanted_method in {None, MethodType.BANK_CARD}


def load_checkout(shop: Shop, *, kind: str, subject_id: str) -> Checkout | None:
    """The checkout behind a page's address, or None."""
    subject: Payment | StoredMethod | None
    subject = shop.store.payments.get(subject_id) if kind == "payments" else shop.store.methods.get(subject_id)
    return None if subject is None or subject.confirmation is None else Checkout(subject=subject)


def asks_for_consent(shop: Shop, checkout: Checkout) -> bool:
    """True when the merchant left it to the payer whether the method is saved."""
    subject = checkout.subject
    return isinstance(subject, Payment) and subject.save_method is None and shop.settings.autopayments_enabled


def offer_card(shop: Shop, checkout: Checkout, form: CardForm, *, consent: bool) -> Checkout:
    """Takes a card: to the 3-D Secure step where it asks for one, else straight to the bank."""
    published = card_numbered(form.number)
    card = Card(
        first6=form.number[:6],
        last4=form.number[-4:],
        expiry_month=form.expiry_month,
        expiry_year=form.expiry_year,
        card_type=published.brand,
    )
    enforced = bool(checkout.confirmation and checkout.confirmation.enforce)
    attempt = Attempt(
        method=Method(id=checkout.id, type=MethodType.BANK_CARD, status=MethodStatus.PENDING, card=card),
        save=_is_saved(shop, checkout, consent=consent),
        three_d_secure=published.three_d_secure or enforced,
        decline=Cancellation(party=published.party, reason=published.reason) if published.reason else None,
    )
    if not attempt.three_d_secure:
        return _finish(shop, checkout, attempt)
    waiting: Payment | StoredMethod
    if isinstance(checkout.subject, Payment):
        waiting = replace(checkout.subject, attempt=attempt, method=attempt.method)
        shop.store.payments.put(waiting)
    else:
        waiting = replace(checkout.subject, attempt=attempt)
        shop.store.methods.put(waiting)
    return Checkout(subject=waiting)


def offer_wallet(shop: Shop, checkout: Checkout, *, consent: bool) -> Checkout:
    """Takes a wallet, which always pays."""
    number = f"41001{secrets.randbelow(10**10):010}"
    method = Method(
        id=checkout.id,
        type=MethodType.YOO_MONEY,
        status=MethodStatus.PENDING,
        account_number=number,
    )
    return _finish(shop, checkout, Attempt(method=method, save=_is_saved(shop, checkout, consent=consent)))


def confirm_code(shop: Shop, checkout: Checkout, attempt: Attempt, *, is_confirmed: bool) -> Checkout:
    """The end of the 3-D Secure step: any code is right, no code is a failure."""
    return _finish(shop, checkout, attempt if is_confirmed else replace(attempt, decline=NO_SECURE))


def check_card(fields: Mapping[str, str], *, now: datetime) -> tuple[CardForm | None, dict[str, str]]:
    """The card of a form, or for each wrong field the name of what is wrong with it."""
    number = re.sub(r"[\s-]", "", fields.get("card_number", ""))
    month = fields.get("expiry_month", "").strip().zfill(2)
    year = fields.get("expiry_year", "").strip()
    year = f"20{year}" if re.fullmatch(r"[0-9]{2}", year) else year
    code = fields.get("cvc", "").strip()
    problems: dict[str, str] = {}
    if not re.fullmatch(r"[0-9]+", number) or len(number) not in NUMBER_LENGTHS or not passes_luhn(number):
        problems["card_number"] = "bad_number"
    if not re.fullmatch(r"0[1-9]|1[0-2]", month):
        problems["expiry_month"] = "bad_month"
    if not re.fullmatch(r"20[0-9]{2}", year) or not now.year <= int(year) <= now.year + YEARS_AHEAD:
        problems["expiry_year"] = "bad_year"
    if not problems.keys() & {"expiry_month", "expiry_year"} and (int(year), int(month)) < (now.year, now.month):
        problems["expiry_month"] = "expired"
    if not re.fullmatch(r"[0-9]{3,4}", code):
        problems["cvc"] = "bad_code"
    if problems:
        return None, problems
    return CardForm(number=number, expiry_month=month, expiry_year=year), {}


def _finish(shop: Shop, checkout: Checkout, attempt: Attempt) -> Checkout:
    if isinstance(checkout.subject, Payment):
        return Checkout(subject=finish_payment(shop, checkout.subject, attempt))
    return Checkout(subject=finish_binding(shop, checkout.subject, attempt))


def _is_saved(shop: Shop, checkout: Checkout, *, consent: bool) -> bool:
    if isinstance(checkout.subject, Payment) and checkout.subject.save_method is not None:
        return checkout.subject.save_method
    return consent and asks_for_consent(shop, checkout)
