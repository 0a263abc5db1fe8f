"""The shop of the release before, beside this one: the statements are those of its code (65d971f)."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from cinema.kit.db import Row, Tx
from cinema.kit.ids import uuid7
from upgrade.old_release import OldRelease

MONTH = timedelta(days=31)

RETURN_URL = "http://cinema.test/back"

VIEWER = "SELECT id, email FROM identity.users WHERE login = $1"

PRICE = """
SELECT r.id, p.id AS plan_id, p.title_ru, p.title_en, r.currency, r.amount_minor
FROM billing.plans AS p JOIN billing.prices AS r ON r.plan_id = p.id WHERE p.code = $1
"""

ADD_SUBSCRIPTION_OF = """INSERT INTO billing.subscriptions
             (id, user_id, plan_id, price_id, status, time_zone, period_no, next_attempt_at, created_at, updated_at)
           VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $9)"""

ADD_ORDER = """INSERT INTO billing.orders
             (id, user_id, kind, status, subscription_id, period_no, title_ru, title_en, currency, total_minor,
              email, language, return_url, expires_at, created_at, updated_at)
           VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $15)"""

ADD_LINE = """INSERT INTO billing.order_lines
             (order_id, number, kind, price_id, title_ru, title_en, quantity, unit_minor, vat_code)
           VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)"""

ADD_CHARGE = """INSERT INTO billing.charges (payment_id, order_id, attempt, status, method_id, requested_at)
           VALUES ($1, $2, $3, 'open', $4, $5)"""

PAID_CHARGE = """UPDATE billing.charges
               SET status = 'succeeded', is_surplus = $2, reason = NULL, decline_class = NULL, ended_at = $3
               WHERE payment_id = $1 AND status <> 'succeeded'"""

ADD_ENTRY = """INSERT INTO billing.ledger_entries (id, kind, source_id, order_id, posted_at) VALUES ($1, $2, $3, $4, $5)
           ON CONFLICT (kind, source_id) DO NOTHING"""

ADD_POSTING = """INSERT INTO billing.ledger_postings (entry_id, number, account, minor, currency)
               VALUES ($1, $2, $3, $4, $5)"""

ADD_RECEIPT = """INSERT INTO billing.receipts
             (id, kind, source_id, order_id, user_id, lines, amount_minor, currency, issued_at)
           VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)"""

SET_PERIOD = """UPDATE billing.subscriptions
           SET status = 'active', anchor_at = $2, period_no = $3, period_start = $4, period_end = $5,
               next_attempt_at = $6, remind_at = $7, told_charge_at = NULL, dunning_attempt = 0, first_failed_at = NULL,
               updated_at = $8
           WHERE id = $1"""

SET_PAID = """UPDATE billing.orders SET status = 'paid', paid_at = $2, recognize_at = $3, updated_at = $2
           WHERE id = $1"""

ADD_RIGHT = """INSERT INTO billing.entitlements
             (id, user_id, kind, subscription_id, order_id, starts_at, ends_at, created_at)
           VALUES ($1, $2, $3, $4, $5, $6, $7, $8)"""

NOTE = """INSERT INTO billing.history (at, actor, entity, entity_id, action, before, after, reason)
           VALUES ($1, $2, $3, $4, $5, $6, $7, $8)"""


@dataclass(frozen=True, slots=True, kw_only=True)
class OldShop:
    """Sells a month, and delivers it when it is paid, as that release's processes did."""

    old: OldRelease

    async def sell(self, tx: Tx, *, to: str, plan: str) -> UUID:
        """Orders a plan for the viewer of this name; returns the id of the payment that it asks for."""
        now = self.old.clock.now()
        until = now + timedelta(hours=24)
        subscription_id, order_id, payment_id = uuid7(now), uuid7(now), uuid7(now)
        user, price = await tx.one(VIEWER, to), await tx.one(PRICE, plan)
        assert user is not None
        assert price is not None
        begun = (subscription_id, user["id"], price["plan_id"], price["id"], "incomplete", "UTC", 0, until, now)
        title, amount = (price["title_ru"], price["title_en"]), (price["currency"], price["amount_minor"])
        ordered = (order_id, user["id"], "checkout", "open", subscription_id, 0, *title, *amount)
        await tx.execute(ADD_SUBSCRIPTION_OF, *begun)
        await tx.execute(ADD_ORDER, *ordered, user["email"], "en", RETURN_URL, until, now)
        line = (order_id, 1, "plan", price["id"], *title, 1, price["amount_minor"], 1)
        await tx.execute_many(ADD_LINE, [line])
        await tx.execute(ADD_CHARGE, payment_id, order_id, 1, None, now)
        request = asked_for(user, price, order_id=order_id, payment_id=payment_id, until=until.isoformat())
        event = {"order_id": str(order_id), "request": request}
        await self.old.publish(tx, name="billing.PaymentRequested", aggregate_id=order_id, payload=event)
        return payment_id

    async def deliver(self, tx: Tx, fields: dict[str, Any]) -> None:
        """Handles ``payments.PaymentSucceeded`` of a first period; leaves other news alone."""
        if "captured_at" not in fields:
            return
        now = self.old.clock.now()
        order = await tx.one("SELECT * FROM billing.orders WHERE id = $1 FOR UPDATE", UUID(fields["order_id"]))
        assert order is not None
        ends, payment_id = now + MONTH, UUID(fields["payment_id"])
        subscription_id, right_id = order["subscription_id"], uuid7(now)
        await tx.execute(PAID_CHARGE, payment_id, False, now)
        await self._book(tx, order, payment_id, fields)
        charge_at = ends - timedelta(hours=1)
        remind_at = charge_at - timedelta(days=3)
        await tx.execute(SET_PERIOD, subscription_id, now, 0, now, ends, charge_at, remind_at, now)
        await tx.execute(SET_PAID, order["id"], now, ends)
        await tx.execute(ADD_RIGHT, right_id, order["user_id"], "paid", subscription_id, order["id"], now, ends, now)
        before, after = {"status": "incomplete", "period_no": 0}, {"status": "active", "period_no": 0}
        await tx.execute(NOTE, now, "system", "subscription", subscription_id, "activated", before, after, None)
        told = {
            "subscription_id": str(subscription_id),
            "user_id": fields["user_id"],
            "order_id": fields["order_id"],
            "plan": "month",
            "title": {"ru": order["title_ru"], "en": order["title_en"]},
            "amount": fields["amount"],
            "period_start": now.isoformat(),
            "period_end": ends.isoformat(),
            "renews": True,
            "method_title": fields["method_title"],
        }
        await self.old.publish(tx, name="billing.SubscriptionActivated", aggregate_id=subscription_id, payload=told)

    async def _book(self, tx: Tx, order: Row, payment_id: UUID, fields: dict[str, Any]) -> None:
        """The ledger's entry and the receipt."""
        now = self.old.clock.now()
        entry_id, currency, total = uuid7(now), order["currency"], order["total_minor"]
        cash, fee = f"assets:provider:{fields['provider']}", fields["fee"]["minor"]
        moved = [(cash, total), ("liabilities:deferred-revenue", -total), ("expenses:provider-fees", fee), (cash, -fee)]
        await tx.execute(ADD_ENTRY, entry_id, "payment", payment_id, order["id"], now)
        await tx.execute_many(
            ADD_POSTING, [(entry_id, n, account, minor, currency) for n, (account, minor) in enumerate(moved, start=1)]
        )
        lines = [{"description": order["title_en"], "quantity": 1, "unit": {"minor": total, "currency": currency}}]
        kept = (uuid7(now), "payment", payment_id, order["id"], order["user_id"], lines, total, currency, now)
        await tx.execute(ADD_RECEIPT, *kept)


def asked_for(user: Row, price: Row, *, order_id: UUID, payment_id: UUID, until: str) -> dict[str, Any]:
    """The request for money as that release wrote it into the event."""
    amount = {"minor": price["amount_minor"], "currency": price["currency"]}
    line = {"description": price["title_en"], "quantity": 1, "unit": amount, "vat_code": 1}
    return {
        "payment_id": str(payment_id),
        "order_id": str(order_id),
        "user_id": str(user["id"]),
        "amount": amount,
        "description": price["title_en"],
        "language": "en",
        "receipt": {"email": user["email"], "lines": [line | {"subject": "service", "mode": "full_payment"}]},
        "method_id": None,
        "save_method": True,
        "return_url": RETURN_URL,
        "expires_at": until,
    }
