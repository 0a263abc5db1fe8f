"""What the adapter makes of methods that are bound by themselves: the documented answers, and those that lie."""

from typing import Any

import pytest

from cinema.payments.domain.port import ActionRequired, Bound, NotBound, Pending, SeenBinding, Unknown
from providers.test_yookassa_answers import SEALED, answering
from providers.test_yookassa_notifications import FIELDS_OF_METHOD, METHOD

PAGE = "http://127.0.0.1:1/checkout/bindings/1"
WAITING: dict[str, Any] = {
    **{name: value for name, value in FIELDS_OF_METHOD.items() if name != "card"},
    "saved": False,
    "status": "pending",
    "confirmation": {"type": "redirect", "confirmation_url": PAGE},
}


@pytest.mark.parametrize(
    ("more", "state"),
    [
        ({}, ActionRequired(url=PAGE)),
        ({"confirmation": None}, Pending()),
        ({"status": "inactive"}, NotBound()),
        ({"something_new": {"a": 1}}, ActionRequired(url=PAGE)),
    ],
)
async def test_documented_answers(more: dict[str, Any], state: object) -> None:
    seen = await answering({**WAITING, **more}).bind(SEALED)

    assert seen == SeenBinding(provider_method_id=METHOD, binding_id="ours", account="100500", state=state)  # type: ignore[arg-type] # a case


async def test_a_bound_card_has_a_title_of_ours() -> None:
    seen = await answering({**FIELDS_OF_METHOD, "title": "Whatever"}).read_binding(METHOD)

    assert isinstance(seen, SeenBinding)
    assert isinstance(seen.state, Bound)
    assert (seen.state.instrument.token, seen.state.instrument.title) == (METHOD, "Bank card *4477")
    assert (seen.state.instrument.card_expiry, seen.state.instrument.is_saved) == ("2030-12", True)


@pytest.mark.parametrize(
    "lie",
    [
        {"status": "succeeded"},
        {"status": "active"},
        {"saved": True},
        {"saved": "false"},
        {"status": "inactive", "saved": True},
        {"id": "../payments"},
        {"id": ""},
        {"holder": {}},
        {"metadata": {"binding_id": 1}},
        {"confirmation": {"type": "redirect", "confirmation_url": "https://evil.test/"}},
        {"confirmation": {"type": "redirect", "confirmation_url": "javascript:alert(1)"}},
    ],
)
async def test_answers_that_cannot_be_are_not_believed(lie: dict[str, Any]) -> None:
    assert isinstance(await answering({**WAITING, **lie}).bind(SEALED), Unknown)


async def test_an_answer_about_another_method_is_not_believed() -> None:
    assert isinstance(await answering(FIELDS_OF_METHOD).read_binding("another"), Unknown)
