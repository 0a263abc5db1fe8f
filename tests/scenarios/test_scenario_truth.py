"""Messages and events tell the truth, whatever the provider does (B10)."""

import random
from datetime import timedelta

from cinema.payments.domain.decline import DeclineReason
from cinema.payments.providers.fake import Fault
from make import count
from scenarios.house import House


async def test_no_message_thanks_for_money_that_did_not_come(house: House) -> None:
    dice = random.Random(20260115)  # noqa: S311 - the same bad luck each time
    viewers = [await house.subscribed(f"viewer{number}") for number in range(count(reduced=4, full=40))]
    tokens = [row["token"] for row in await house.rows("SELECT token FROM payments.methods ORDER BY id")]

    for _ in range(4):
        house.provider.revoke(dice.choice(tokens), reason=dice.choice(list(DeclineReason)))
        house.provider.fail("charge", dice.choice(list(Fault)), times=dice.randrange(4))
        house.provider.fail("read", dice.choice(list(Fault)), times=dice.randrange(3))
        await house.pass_time(timedelta(days=23), grain=timedelta(hours=3))
    await house.pass_time(timedelta(days=10), grain=timedelta(hours=3))

    renewed = await house.rows(
        """SELECT payload ->> 'order_id' AS order_id FROM kit.outbox
           WHERE name IN ('billing.SubscriptionRenewed', 'billing.SubscriptionActivated')"""
    )
    paid = await house.rows("SELECT id::text AS id FROM billing.orders WHERE status = 'paid'")
    messages = await house.rows("SELECT fact_key FROM notifications.messages")
    assert len(viewers) < len(renewed)
    assert {row["order_id"] for row in renewed} == {row["id"] for row in paid}
    assert len({row["fact_key"] for row in messages}) == len(messages)
    assert max(house.provider.charges.values()) == 1
    assert await house.violations() == []
