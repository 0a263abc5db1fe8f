"""What the release before left behind: the rows of its database, and what the provider remembers of it."""

import json
import re
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any
from uuid import UUID

from pydantic import TypeAdapter

from cinema.kit.clock import Clock
from cinema.payments.domain.decline import DeclineReason
from cinema.payments.domain.port import ChargeOrder, Seen, SeenBinding, SeenRefund, Succeeded
from cinema.payments.providers.fake import FakeProvider

DATA = Path(__file__).parent / "data"
RELEASE = "0011"
"""The newest migration of that release."""

TABLES = ("kit", "identity", "catalog", "playback", "payments", "billing", "notifications")
NUMBER = re.compile(r"#(\d+)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording:
    """``rows`` fills a database of `RELEASE`; ``ended_at`` is when the process was killed that had written them."""

    rows: str
    memory: dict[str, Any]
    ended_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Before:
    """The database that the release before wrote, with the schema of today; nobody connects but to copy it.

    ``unheard`` are the events that waited to be handled when that release ended, with their group and how often
    it had failed on them; ``done`` counts those that had been handled. ``moves`` and ``subscriptions`` are what each
    process of that release declares.
    """

    url: str
    unheard: dict[tuple[str, UUID], int]
    done: int
    moves: set[tuple[str, str, str, str]]
    subscriptions: set[tuple[str, str]]


@cache
def recording() -> Recording:
    """The recording in `DATA`, its ids written out."""
    ids = _ids((DATA / "ids.txt").read_text(encoding="utf-8"))

    def text(name: str) -> str:
        return NUMBER.sub(lambda found: ids[int(found[1])], (DATA / name).read_text(encoding="utf-8"))

    memory = json.loads(text("provider.json"))
    rows = "".join(text(f"{schema}.sql") for schema in TABLES)
    return Recording(
        rows=f"SET session_replication_role = replica;\n{rows}",
        memory=memory,
        ended_at=datetime.fromisoformat(memory["recorded_at"]),
    )


def _ids(lines: str) -> dict[int, str]:
    """The ids by their numbers; a line has the milliseconds of a run of them, and its first and last number."""
    ids: dict[int, str] = {}
    for line in lines.splitlines():
        moment, first, last = line.split()
        ids |= {number: f"{moment}-7000-8000-{number:012x}" for number in range(int(first), int(last) + 1)}
    return ids


class ProviderBefore(FakeProvider):
    """The provider that the release before worked with: it knows its payments, refunds, keys and methods.

    ``bodies`` are the requests that were sent, by their keys.
    """

    def __init__(self, *, clock: Clock, memory: dict[str, Any], bodies: dict[str, bytes]) -> None:
        super().__init__(clock=clock)
        for fields in memory["payments"]:
            seen = self._claimed("payment.recorded", fields["provider_payment_id"], fields)
            assert isinstance(seen, Seen)
            self.payments[seen.provider_payment_id] = seen
            self.created[str(seen.payment_id)] += 1
            if isinstance(seen.state, Succeeded):
                self.settle(seen.provider_payment_id, seen.state)
        for fields in memory["refunds"]:
            refund = self._claimed("refund.recorded", fields["provider_refund_id"], fields)
            assert isinstance(refund, SeenRefund)
            self.refunds[refund.provider_refund_id] = refund
            if refund.status == "succeeded":
                self.returned[str(refund.refund_id)] += 1
        for known in memory["keys"]:
            body = bodies[known["key"]]
            self._keys[known["key"]] = (datetime.fromisoformat(known["at"]), body, known["id"])
            if known["id"] in self.payments:
                self._orders[known["id"]] = TypeAdapter(ChargeOrder).validate_json(body)
        for token, reason in memory["declines"].items():
            self.revoke(token, reason=DeclineReason(reason))

    def _claimed(self, event: str, object_id: str, fields: dict[str, Any]) -> Seen | SeenRefund | SeenBinding | None:
        body = json.dumps({"event": event, "id": object_id, "object": fields}).encode()
        return self.parse_notification(body=body, headers={}).claim
