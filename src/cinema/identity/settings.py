"""What an operator may set about accounts, tokens and sessions."""

from datetime import timedelta
from typing import Annotated, ClassVar, Self
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, field_validator, model_validator

from cinema.identity.domain.session import Lifetimes
from cinema.identity.domain.token import Rules
from cinema.kit.settings import Settings

MINUTE_S = 60
DAY_S = 86_400


class IdentitySettings(Settings):
    """Accounts, tokens, sessions and how hard passwords are to guess."""

    section: ClassVar[str] = "IDENTITY"

    issuer: Annotated[str, Field(max_length=200)] = "http://127.0.0.1:8000"
    """The public address of this service, as tokens and the discovery document name it; without a slash at the end."""

    audience: Annotated[str, Field(min_length=1, max_length=200)] = "cinema"
    """Whom access tokens are made for."""

    access_token_s: Annotated[int, Field(ge=30, le=DAY_S)] = 10 * MINUTE_S
    """Lifetime of an access token in seconds. It holds no longer than its session."""

    leeway_s: Annotated[int, Field(ge=0, le=60)] = 5
    """How far clocks may differ when a token is checked, in seconds."""

    session_idle_s: Annotated[int, Field(ge=MINUTE_S)] = 60 * DAY_S
    """A session that was not used for so long is over, in seconds."""

    session_absolute_s: Annotated[int, Field(ge=MINUTE_S)] = 365 * DAY_S
    """A session is over so long after sign-in, however much it is used, in seconds."""

    refresh_grace_s: Annotated[int, Field(ge=0, le=60)] = 0
    """For so long a refresh token may be used again, for clients that lose answers. 0: using one twice ends the
    session."""

    sessions_max: Annotated[int, Field(ge=1, le=1000)] = 50
    """Sessions that one user may have; signing in once more ends the one that was unused for longest."""

    sessions_kept_s: Annotated[int, Field(ge=0)] = 30 * DAY_S
    """How long ended sessions are kept, in seconds."""

    key_period_s: Annotated[int, Field(ge=2 * DAY_S)] = 30 * DAY_S
    """How long one key signs, in seconds; the next one is published all the while."""

    key_secret: Annotated[SecretStr, Field(min_length=32)] | None = None
    """Seals the private signing keys in the database; 32 characters or more. Without it they are stored as they are."""

    key_secret_before: Annotated[SecretStr, Field(min_length=32)] | None = None
    """The key secret before: keys that it sealed are still opened. They are in use for three periods more."""

    hash_memory_kib: Annotated[int, Field(ge=1024, le=4 * 1024 * 1024)] = 19 * 1024
    """Memory of one Argon2id hash, in KiB. Stored hashes follow at the next sign-in."""

    hash_passes: Annotated[int, Field(ge=1, le=20)] = 2
    """Passes of one Argon2id hash over its memory."""

    hash_lanes: Annotated[int, Field(ge=1, le=16)] = 1
    """Lanes of one Argon2id hash."""

    hash_threads: Annotated[int, Field(ge=1, le=64)] = 2
    """How many passwords are hashed at a time."""

    hash_queue_max: Annotated[int, Field(ge=0, le=10_000)] = 32
    """How many may wait for that; the next one is asked to come again later (429)."""

    failures_max: Annotated[int, Field(ge=1)] = 10
    """Wrong passwords for one account from one address before each further try has to wait."""

    failures_anywhere_max: Annotated[int, Field(ge=1)] = 100
    """Wrong passwords for one account from addresses that never signed in to it, before such addresses have to wait."""

    failure_wait_s: Annotated[int, Field(ge=1)] = 30
    """How long a further try then has to wait, in seconds."""

    attempts_max: Annotated[int, Field(ge=1)] = 100
    """Sign-ins and registrations from one address before each further one has to wait."""

    attempt_wait_s: Annotated[int, Field(ge=1)] = 1
    """How long a further one then has to wait, in seconds."""

    cookie_secure: bool = True
    """Whether the session cookie demands TLS. Off only where pages are served without it, in development."""

    login_months: Annotated[int, Field(ge=1, le=120)] = 12
    """How many months of sign-in history are kept."""

    @field_validator("issuer")
    @classmethod
    def _is_address(cls, issuer: str) -> str:
        parts = urlsplit(issuer)
        if parts.scheme not in {"http", "https"} or not parts.netloc or parts.query or parts.fragment:
            raise ValueError("is an address that begins with http:// or https://")
        return issuer.rstrip("/")

    @model_validator(mode="after")
    def _fit(self) -> Self:
        if self.session_idle_s > self.session_absolute_s:
            raise ValueError("a session cannot be idle (SESSION_IDLE_S) longer than it lasts (SESSION_ABSOLUTE_S)")
        return self

    @property
    def lifetimes(self) -> Lifetimes:
        """When sessions end."""
        return Lifetimes(
            idle=timedelta(seconds=self.session_idle_s), absolute=timedelta(seconds=self.session_absolute_s)
        )

    @property
    def token_rules(self) -> Rules:
        """What access tokens say and which are believed."""
        return Rules(
            issuer=self.issuer,
            audience=self.audience,
            lifetime=timedelta(seconds=self.access_token_s),
            leeway=timedelta(seconds=self.leeway_s),
        )
