"""Saved payment methods: bound with no charge, revoked by their owner."""

from dataclasses import replace

from cinema.sandbox.yookassa.domain import (
    CONFIRM_WITHIN,
    Attempt,
    Method,
    MethodStatus,
    MethodType,
    StoredMethod,
    move_method,
)
from cinema.sandbox.yookassa.errors import forbidden, invalid, not_found
from cinema.sandbox.yookassa.payments import NO_AUTOPAYMENTS, new_confirmation
from cinema.sandbox.yookassa.requests import BindingBody
from cinema.sandbox.yookassa.shop import Shop
from cinema.sandbox.yookassa.wire import GATEWAY_ID, binding_json


def create_binding(shop: Shop, body: BindingBody) -> StoredMethod:
    """A method that waits for its owner on our page for an hour."""
    if not shop.settings.autopayments_enabled:
        raise forbidden(NO_AUTOPAYMENTS)
    if body.card is not None:
        raise forbidden("The shop may not send card data", parameter="card")
    if body.type != "bank_card":
        raise invalid("Payment method is not available", parameter="type")
    if body.confirmation is None:
        raise invalid("Confirmation is required: the payer has to act", parameter="confirmation")
    now = shop.now()
    method = Method(id=shop.new_id(), type=MethodType.BANK_CARD, status=MethodStatus.PENDING)
    stored = StoredMethod(
        method=method,
        created_at=now,
        metadata=body.metadata or {},
        confirmation=new_confirmation(shop, body.confirmation, path=f"bindings/{method.id}"),
        due_at=now + CONFIRM_WITHIN,
        gateway_id=body.holder.gateway_id if body.holder else GATEWAY_ID,
    )
    shop.store.methods.put(stored)
    return stored


def find_method(shop: Shop, method_id: str) -> StoredMethod:
    """The method, or 404."""
    stored = shop.store.methods.get(method_id)
    if stored is None:
        raise not_found("Payment method doesn't exist or access denied")
    return stored


def finish_binding(shop: Shop, stored: StoredMethod, attempt: Attempt | None) -> StoredMethod:
    """The bank's answer; without an attempt the hour is over. Only success is told to the merchant."""
    is_bound = attempt is not None and attempt.decline is None
    offered = replace(stored, method=attempt.method) if attempt else stored
    settled, event = move_method(offered, MethodStatus.ACTIVE if is_bound else MethodStatus.INACTIVE)
    shop.store.methods.put(settled)
    if event is not None:
        method_id = settled.method.id
        body = binding_json(settled, shop_id=shop.settings.shop_id)
        shop.announce(event, object_id=method_id, chain=method_id, body=body)
    return settled


def revoke_method(shop: Shop, stored: StoredMethod) -> StoredMethod:
    """The owner takes the consent back; the merchant learns it from the next charge. Twice is once."""
    if stored.method.status is not MethodStatus.ACTIVE:
        return stored
    revoked, _ = move_method(stored, MethodStatus.INACTIVE)
    shop.store.methods.put(revoked)
    return revoked


def expire_card(shop: Shop, stored: StoredMethod) -> StoredMethod:
    """Moves the card's date into the past."""
    if stored.method.card is None:
        raise invalid("The method has no card", parameter="payment_method_id")
    card = replace(stored.method.card, expiry_year=f"{shop.now().year - 1}")
    expired = replace(stored, method=replace(stored.method, card=card))
    shop.store.methods.put(expired)
    return expired
