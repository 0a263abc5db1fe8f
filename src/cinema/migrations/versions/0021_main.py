"""What viewers agreed to, were told and watched before that was kept is carried over from what contexts know."""

from cinema.migrations.script import run

revision = "0021"
down_revision = "0020"


def upgrade() -> None:
    run("""
-- Who subscribed before agreed to be charged by what they had paid with last, if that may still be charged.
INSERT INTO billing.agreements
  (id, subscription_id, user_id, version, language, text, agreed_at, method_id, method_title, bound_at)
SELECT s.id, s.id, s.user_id, 'before-2026-11', paid.language,
       CASE paid.language WHEN 'ru' THEN 'Согласие дано при покупке, до того как тексты стали храниться.'
                          ELSE 'Agreed at checkout, before texts were kept.' END,
       s.created_at, m.id, m.title, paid.paid_at
FROM billing.subscriptions AS s
JOIN LATERAL (
  SELECT o.language, o.paid_at, c.payment_id FROM billing.orders AS o
  JOIN billing.charges AS c ON c.order_id = o.id AND c.status = 'succeeded' AND NOT c.is_surplus
  WHERE o.subscription_id = s.id AND o.paid_at IS NOT NULL ORDER BY o.period_no DESC LIMIT 1
) AS paid ON true
JOIN payments.payments AS p ON p.id = paid.payment_id
JOIN payments.methods AS m ON m.id = p.method_id AND m.ended_at IS NULL
WHERE s.status IN ('active', 'past_due');
UPDATE billing.subscriptions AS s SET agreement_id = a.id FROM billing.agreements AS a WHERE a.subscription_id = s.id;

INSERT INTO billing.notices (id, subscription_id, method_id, amount_minor, currency, charge_at, told_at, delivered_at)
SELECT s.id, s.id, a.method_id, r.amount_minor, r.currency, s.told_charge_at,
       least(s.updated_at, s.told_charge_at), least(s.updated_at, s.told_charge_at)
FROM billing.subscriptions AS s
JOIN billing.agreements AS a ON a.id = s.agreement_id
JOIN billing.prices AS r ON r.id = s.price_id
WHERE s.told_charge_at IS NOT NULL AND s.status <> 'ended';
UPDATE billing.subscriptions AS s SET notice_id = n.id FROM billing.notices AS n WHERE n.subscription_id = s.id;
UPDATE billing.subscriptions AS s SET renewal = 'no_method', renewal_reason = 'method_removed'
FROM billing.prices AS r
WHERE r.id = s.price_id AND r.amount_minor > 0 AND s.status IN ('active', 'past_due') AND s.renewal = 'on'
  AND s.agreement_id IS NULL;

-- Payment pages that were made before ask to keep the method, and their payers were told so.
INSERT INTO billing.agreements (id, subscription_id, user_id, version, language, text, agreed_at)
SELECT c.payment_id, o.subscription_id, o.user_id, 'before-2026-11', o.language,
       CASE o.language WHEN 'ru' THEN 'Согласие дано при покупке, до того как тексты стали храниться.'
                       ELSE 'Agreed at checkout, before texts were kept.' END, c.requested_at
FROM billing.charges AS c JOIN billing.orders AS o ON o.id = c.order_id
WHERE c.status = 'open' AND c.method_id IS NULL AND o.subscription_id IS NOT NULL;
UPDATE billing.charges SET agreement_id = payment_id
WHERE payment_id IN (SELECT id FROM billing.agreements WHERE bound_at IS NULL);

-- What was played before counts as used.
UPDATE billing.entitlements AS e SET used_at = played.first_at FROM (
  SELECT r.id, min(p.started_at) AS first_at FROM billing.entitlements AS r
  JOIN playback.playbacks AS p ON p.user_id = r.user_id AND p.started_at >= r.starts_at AND p.started_at < r.ends_at
    AND (r.film_id IS NULL OR r.film_id = p.film_id)
  WHERE r.kind = 'paid' GROUP BY r.id
) AS played WHERE played.id = e.id;
""")
