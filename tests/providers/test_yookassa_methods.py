"""Methods of API v3 get titles that can be told in both languages, whatever the provider calls them (M12)."""

from typing import Any

import pytest

from cinema.payments.domain.port import Seen, Succeeded
from providers.test_yookassa_answers import PAYMENT, SUCCEEDED, answering


@pytest.mark.parametrize(
    ("more", "kind", "title"),
    [
        ({"type": "sbp", "payer_bank_details": {"bank_id": "1", "bic": "044525225"}}, "sbp", "SBP (Faster Payments)"),
        ({"type": "yoo_money", "account_number": "410011758831136"}, "yoo_money", "YooMoney wallet *1136"),
        ({"type": "sberbank", "phone": "79000000000"}, "sberbank", "SberPay"),
        ({"type": "tinkoff_bank", "title": "tinkoff_bank"}, "tinkoff_bank", "T-Pay"),
        (
            {"card": {"last4": "0004", "expiry_year": "2030", "expiry_month": "12", "source": "mir_pay"}},
            "mir_pay",
            "Mir Pay *0004",
        ),
    ],
)
async def test_methods_have_titles_of_ours(more: dict[str, Any], kind: str, title: str) -> None:
    method = {"type": "bank_card", "id": "m", "saved": True, "status": "active", **more}

    seen = await answering({**SUCCEEDED, "payment_method": method}).read(PAYMENT)

    assert isinstance(seen, Seen)
    assert isinstance(seen.state, Succeeded)
    assert seen.state.instrument is not None
    assert (seen.state.instrument.kind, seen.state.instrument.title) == (kind, title)
