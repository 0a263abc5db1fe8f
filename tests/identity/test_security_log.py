"""What concerns security stands in the log: what happened, to whom, by whom; never a secret or what was typed."""

from collections.abc import MutableMapping
from typing import Any

import httpx2

from identity.people import OTHER_PASSWORD, PASSWORD, Place, admin_at, register, sign_in


async def test_every_action_that_concerns_security_is_logged(
    place: Place, client: httpx2.AsyncClient, log_lines: list[MutableMapping[str, Any]]
) -> None:
    admin = await admin_at(place)
    boss = str((await admin.get("/v1/me")).json()["id"])
    log_lines.clear()

    await register(client)
    first = await sign_in(client)
    viewer = str((await client.get("/v1/me")).json()["id"])
    second = await sign_in(client)
    for name in ("viewer", "nobody"):
        await client.post("/v1/auth/login", json={"login": name, "password": OTHER_PASSWORD})
    await client.delete(f"/v1/me/sessions/{first['session_id']}")
    third = await sign_in(place.client())
    await client.delete("/v1/me/sessions")
    await client.post("/v1/me/password", json={"old_password": PASSWORD, "new_password": OTHER_PASSWORD})
    await admin.put(f"/v1/admin/users/{viewer}/roles/editor", json={"reason": "writes well"})
    await admin.delete(f"/v1/admin/users/{viewer}/roles/editor", params={"reason": "left us"})
    await client.post("/v1/auth/logout")

    told = [line for line in log_lines if line["event"].startswith("identity.")]
    facts = [{name: value for name, value in line.items() if name not in {"event", "log_level"}} for line in told]
    assert list(zip([line["event"] for line in told], facts, strict=True)) == [
        ("identity.registered", {"user_id": viewer}),
        ("identity.signed_in", {"user_id": viewer, "session_id": first["session_id"]}),
        ("identity.signed_in", {"user_id": viewer, "session_id": second["session_id"]}),
        ("identity.sign_in_refused", {"user_id": viewer}),
        ("identity.sign_in_refused", {"user_id": None}),
        ("identity.session_revoked", {"user_id": viewer, "session_id": first["session_id"]}),
        ("identity.signed_in", {"user_id": viewer, "session_id": third["session_id"]}),
        ("identity.sessions_revoked", {"user_id": viewer, "kept": second["session_id"], "count": 1}),
        ("identity.password_changed", {"user_id": viewer}),
        ("identity.role_granted", {"user_id": viewer, "role": "editor", "actor_id": boss}),
        ("identity.role_revoked", {"user_id": viewer, "role": "editor", "actor_id": boss}),
        ("identity.signed_out", {"session_id": second["session_id"]}),
    ]
