"""Pages of other origins (CORS, Fetch standard): who may read our answers from a browser."""

from collections.abc import Mapping
from dataclasses import dataclass

ANY = "*"
METHODS = b"GET, HEAD, POST, PUT, PATCH, DELETE"
TAKEN = b"Accept-Language, Authorization, Content-Type, Idempotency-Key, If-None-Match, X-Request-Id"
SHOWN = b"Allow, Content-Language, ETag, Idempotent-Replayed, Location, Retry-After, X-Request-Id"
REMEMBERED_S = 600
"""Seconds for which a browser need not ask again what it may do."""

Pairs = list[tuple[bytes, bytes]]

ASKS = b"access-control-request-method"
VARIES = (b"vary", b"Origin")
PREFLIGHT: Pairs = [
    (b"access-control-allow-methods", METHODS),
    (b"access-control-allow-headers", TAKEN),
    (b"access-control-max-age", str(REMEMBERED_S).encode()),
    (b"vary", b"Access-Control-Request-Method, Access-Control-Request-Headers"),
]
"""The answer to a browser that asks before it sends, beside what `Origins.told` says."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Origins:
    """The origins whose pages may call, and whether their users' cookies count. Nobody may if there are none."""

    allowed: frozenset[str] = frozenset()
    with_cookies: bool = False

    def __post_init__(self) -> None:
        assert not (self.with_cookies and ANY in self.allowed), "every page could act for everybody"

    def trusts(self, origin: str | None) -> bool:
        """Whether a page of ``origin`` may act by the cookie of its user."""
        return self.with_cookies and origin in self.allowed

    def admits(self, origin: bytes | None) -> bool:
        """Whether a page of ``origin`` may read our answers."""
        return origin is not None and (ANY in self.allowed or origin.decode("latin-1") in self.allowed)

    def told(self, origin: bytes | None) -> Pairs:
        """What every answer says of it; whoever keeps answers learns that they differ by origin."""
        if not self.allowed:
            return []
        if ANY in self.allowed:
            return [(b"access-control-allow-origin", b"*"), (b"access-control-expose-headers", SHOWN)]
        if origin is None or not self.admits(origin):
            return [VARIES]
        pairs = [VARIES, (b"access-control-allow-origin", origin), (b"access-control-expose-headers", SHOWN)]
        return [*pairs, (b"access-control-allow-credentials", b"true")] if self.with_cookies else pairs

    def is_preflight(self, method: str, said: Mapping[bytes, bytes]) -> bool:
        """Whether a browser asks for one of its pages what it may send; strangers get no such answer."""
        return method == "OPTIONS" and ASKS in said and self.admits(said.get(b"origin"))


NOBODY = Origins()
