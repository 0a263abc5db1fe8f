"""Requests of all kinds, right and wrong, for two roles: nothing breaks, and nothing is taken that should not be."""

import subprocess
import sys
import uuid
from pathlib import Path

import httpx2
import pytest

from cinema.main.demo.service import Service

PASSWORD = "a long sentence nobody knows"
EXAMPLES = 8
"""Requests of each kind for each operation."""

LETS_GO = "^(auth.logout|me.change_password|sessions.delete|auth.refresh)$"
"""What ends the session that asks."""

CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
    "negative_data_rejection",
    "ignored_auth",
    "unsupported_method",
)


def signed_in(service: Service, role: str, folder: Path) -> str:
    """The access token of somebody new."""
    login = f"{role}{uuid.uuid4().hex[:8]}"
    email = f"{login}@example.org"
    with httpx2.Client(base_url=service.url, trust_env=False, timeout=30) as client:
        if role == "admin":
            (folder / "password").write_text(PASSWORD)
            file = str(folder / "password")
            service.command("admin", "create", "--login", login, "--email", email, "--password-file", file)
        else:
            account = {"login": login, "email": email, "password": PASSWORD, "language": "en", "time_zone": "UTC"}
            assert client.post("/v1/auth/register", json=account).status_code == 202
        answer = client.post("/v1/auth/login", json={"login": login, "password": PASSWORD})
    return str(answer.json()["access_token"])


@pytest.mark.parametrize("role", ["viewer", "admin"])
def test_nothing_breaks_and_nothing_is_taken_that_should_not_be(service: Service, role: str, tmp_path: Path) -> None:
    token = signed_in(service, role, tmp_path)
    command = [
        str(Path(sys.executable).with_name("schemathesis")), "run", f"{service.url}/openapi.json",
        "--header", f"Authorization: Bearer {token}", "--checks", ",".join(CHECKS), "--mode", "all",
        "--phases", "examples,coverage,fuzzing,stateful", "--max-examples", str(EXAMPLES), "--workers", "2",
        "--exclude-operation-id-regex", LETS_GO, "--seed", "1", "--continue-on-failure", "--no-color",
        "--suppress-health-check", "all", "--warnings", "off", "--max-time", "150",
        "--generation-codec", "utf-8",  # the tool counts half characters otherwise; tests/kit has them
    ]  # fmt: skip

    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=400)

    assert done.returncode == 0, done.stdout[-20_000:]
