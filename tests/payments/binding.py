"""What an owner does who saves a card without a purchase."""

from typing import Any

import httpx2

from cinema.kit.idempotency import HEADER
from payments.stage import RETURN_URL, Stage

BINDINGS = "/v1/payment-methods"
STANDING = "/v1/payment-method-bindings"


async def bind(
    stage: Stage, *, key: str = "a-key", who: str = "viewer", return_url: str = RETURN_URL
) -> httpx2.Response:
    async with stage.browser(who) as browser:
        return await browser.post(BINDINGS, json={"return_url": return_url}, headers={HEADER: key})


async def begun(stage: Stage, **how: str) -> dict[str, Any]:
    """A binding whose owner may go to the provider's page."""
    answer = await bind(stage, **how)
    assert (answer.status_code, answer.json()["status"]) == (201, "pending"), answer.text
    body: dict[str, Any] = answer.json()
    return body


async def shown(stage: Stage, binding_id: str, *, who: str = "viewer") -> dict[str, Any]:
    async with stage.browser(who) as browser:
        answer = await browser.get(f"{STANDING}/{binding_id}")
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


async def method_ids(stage: Stage, *, who: str = "viewer") -> list[str]:
    async with stage.browser(who) as browser:
        return [one["id"] for one in (await browser.get(BINDINGS)).json()["items"]]


async def provider_method_id(stage: Stage, binding_id: str) -> str:
    [row] = await stage.rows("SELECT provider_method_id FROM payments.bindings WHERE id = $1", binding_id)
    assert isinstance(row["provider_method_id"], str)
    return row["provider_method_id"]
