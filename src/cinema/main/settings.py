"""Settings of the process as a whole, and all settings together."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal, TypeVar, cast
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, field_validator

from cinema.billing.settings import BillingSettings
from cinema.identity.settings import IdentitySettings
from cinema.kit.address import read_address
from cinema.kit.money import EXPONENTS
from cinema.kit.retention import USUAL, Retention
from cinema.kit.settings import PREFIX, BadSetting, Networks, Settings, load, unknown_names
from cinema.main.contexts import CONTEXTS
from cinema.main.sandbox_settings import STOOD_IN, SandboxSettings, stand_in_mail, stand_in_provider, with_ports
from cinema.main.web_settings import WebSettings
from cinema.notifications.settings import NotificationsSettings, is_this_machine
from cinema.payments.providers.registry import PROVIDERS, Registered
from cinema.payments.settings import PaymentsSettings, ProviderSettings

S = TypeVar("S", bound=Settings)


class Environment(StrEnum):
    """Where the product runs."""

    DEVELOPMENT = "development"
    """With stand-ins for the outside world, and time that can be moved."""

    PRODUCTION = "production"
    """With real money: stand-ins and virtual time are refused."""


class ProcessSettings(Settings):
    """The process: where it listens, where its data is, how it logs."""

    environment: Environment = Field(Environment.DEVELOPMENT, description="``development`` or ``production``.")
    host: str = Field("127.0.0.1", description="Address to listen on.")
    port: Annotated[int, Field(ge=1, le=65_535, description="Port to listen on.")] = 8000
    worker_port: Annotated[int, Field(ge=1, le=65_535)] | None = Field(
        None,
        description="Port of a worker's ``/health/live`` and ``/health/ready``, at the same host; none if unset.",
    )
    trusted_proxies: Networks = Field(
        (), description="Networks of our own proxies; only they may tell the caller's address and scheme."
    )
    public_url: str | None = Field(None, description="Address at which viewers reach the site; else host and port.")
    database_url: SecretStr | None = Field(
        None,
        description="PostgreSQL ≥ 15, ``postgresql://user:password@host:port/database?sslmode=…`` with libpq's other "
        "parameters, not through a pooler in transaction mode; without it the one that comes with us is used.",
    )
    database_connections: Annotated[
        int, Field(ge=2, le=100, description="Connections for writing, and as many for reading, in each process.")
    ] = 10
    postgres_port: Annotated[int, Field(ge=1, le=65_535)] | None = Field(
        None, description="Port of the PostgreSQL that comes with us; a free one, kept, if unset."
    )
    postgres_bin_directory: Path | None = Field(
        None, description="Folder with the programs of a PostgreSQL ≥ 15 to use instead of the one that comes with us."
    )
    data_folder: Path = Field(Path("var"), description="Folder for everything that is kept.")
    log_level: Literal["debug", "info", "warning", "error"] = Field("info", description="What is logged.")
    log_format: Literal["auto", "pretty", "json"] = Field("auto", description="``auto``: pretty on a terminal.")

    @field_validator("public_url")
    @classmethod
    def _is_address(cls, url: str | None) -> str | None:
        return None if url is None else bare_address(url)

    @field_validator("database_url")
    @classmethod
    def _is_postgresql(cls, url: SecretStr | None) -> SecretStr | None:
        if url is not None:
            read_address(url.get_secret_value())
        return url

    @property
    def url(self) -> str:
        """The public address, without a slash at the end."""
        everywhere = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - is replaced, nobody listens here
        host = everywhere.get(self.host, self.host)
        return self.public_url or f"http://{f'[{host}]' if ':' in host else host}:{self.port}"

    @property
    def is_production(self) -> bool:
        return self.environment is Environment.PRODUCTION


class RetentionSettings(Settings):
    """How long the product keeps what is over and nobody needs any more."""

    section: ClassVar[str] = "KEEP"

    events_days: int = Field(
        USUAL.events.days, ge=7, le=3650, description="Days that events are kept which everybody has heard."
    )
    moves_days: int = Field(USUAL.moves.days, ge=90, le=36_500, description="Days that moves of states are kept.")
    keys_days: int = Field(USUAL.keys.days, ge=1, le=365, description="Days that an Idempotency-Key is remembered.")

    @property
    def retention(self) -> Retention:
        return Retention(
            events=timedelta(days=self.events_days),
            moves=timedelta(days=self.moves_days),
            keys=timedelta(days=self.keys_days),
        )


KINDS: tuple[type[Settings], ...] = (
    ProcessSettings,
    WebSettings,
    RetentionSettings,
    SandboxSettings,
    *(context.settings for context in CONTEXTS if context.settings is not None),
    *(provider.settings for provider in PROVIDERS),
)
"""Every class of settings."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AllSettings:
    """All settings, read once. ``parts`` are those of the contexts and of the payment providers in use."""

    process: ProcessSettings
    web: WebSettings
    keep: RetentionSettings
    sandbox: SandboxSettings
    parts: tuple[Settings, ...]
    has_own_provider: bool
    """Whether a payment provider is set, so that its stand-in is not needed."""

    has_own_mail: bool
    """Whether a mail server is set, so that the mailbox is not needed."""

    def of(self, kind: type[S]) -> S:
        """The settings of one context or provider. Raises LookupError when they are not among ``parts``."""
        for one in self.parts:
            if isinstance(one, kind):
                return one
        raise LookupError(kind.__name__)

    @property
    def providers(self) -> tuple[ProviderSettings, ...]:
        """The settings of the payment providers in use."""
        return tuple(one for one in self.parts if isinstance(one, ProviderSettings))


def load_all(*, env_file: str | None = ".env") -> AllSettings:
    """Reads every setting. Raises `BadSetting` with one sentence for each thing that is wrong."""
    reader = _Reader(env_file)
    reader.wrong += unknown_names(reader.named, KINDS)
    process = reader.read(ProcessSettings)
    sandbox = with_ports(reader.read(SandboxSettings))
    has_own_mail = reader.has(NotificationsSettings, "url") or process.is_production
    follows: Mapping[type[Settings], Mapping[str, Any]] = {
        IdentitySettings: {"cookie_secure": process.url.startswith("https://"), "issuer": process.url},
        NotificationsSettings: ({} if has_own_mail else stand_in_mail(sandbox)) | {"site_url": process.url},
    }
    contexts = [reader.read(one.settings, follows.get(one.settings)) for one in CONTEXTS if one.settings is not None]
    found = AllSettings(
        process=process,
        web=reader.read(WebSettings),
        keep=reader.read(RetentionSettings),
        sandbox=sandbox,
        parts=tuple(contexts),
        has_own_provider=True,
        has_own_mail=has_own_mail,
    )
    return _with_providers(found, reader)


def _with_providers(found: AllSettings, reader: "_Reader") -> AllSettings:
    """Adds the providers at which we have an account; for the chosen one its stand-in will do, outside production."""
    name = found.of(PaymentsSettings).provider
    chosen = next((one for one in PROVIDERS if one.name == name), None)
    used = [one for one in PROVIDERS if reader.has(one.settings, one.settings.account)]
    has_own = chosen in used or found.process.is_production or name != STOOD_IN
    if chosen is None:
        reader.wrong.append(f"CINEMA_PAYMENTS_PROVIDER: is one of {', '.join(one.name for one in PROVIDERS)}.")
    elif has_own and chosen not in used:
        used.append(chosen)  # to be told what it needs
    parts = (*found.parts, *(reader.read(one.settings) for one in used))
    found = replace(found, parts=parts, has_own_provider=has_own)
    if has_own and chosen is not None:
        reader.wrong += unsellable(found, chosen)
    if found.process.is_production:
        reader.wrong += unfit_for_production(found)
    if reader.wrong:
        raise BadSetting(reader.wrong)
    if has_own or chosen is None:
        return found
    # last, as it may make a key in the data folder
    values = stand_in_provider(found.sandbox, found.process.data_folder)
    return replace(found, parts=(*parts, load(chosen.settings, env_file=None, values=values)))


class _Reader:
    """Reads class after class and collects what is wrong, so that everything is told at once."""

    def __init__(self, env_file: str | None) -> None:
        self._env_file = env_file
        self.named = names(env_file)
        self.wrong: list[str] = []

    def has(self, kind: type[Settings], field: str) -> bool:
        return kind.variable(field) in self.named

    def read(self, kind: type[S], defaults: Mapping[str, Any] | None = None) -> S:
        """The settings; ``defaults`` stand where an operator has set nothing."""
        values = {field: value for field, value in (defaults or {}).items() if not self.has(kind, field)}
        try:
            return load(kind, env_file=self._env_file, values=values)
        except BadSetting as bad:
            self.wrong += bad.sentences
            return cast("S", kind.model_construct())  # never used: `load_all` raises in the end


def names(env_file: str | None) -> set[str]:
    """The names of all ``CINEMA_`` variables that are set, in the environment or in the file."""
    lines = list(os.environ)
    if env_file and Path(env_file).exists():
        try:
            lines += Path(env_file).read_text(encoding="utf-8").splitlines()
        except (OSError, UnicodeDecodeError) as error:
            raise BadSetting([f"{env_file} cannot be read: {error}."]) from error
    found = {line.partition("=")[0].strip().removeprefix("export ").strip().upper() for line in lines}
    return {name for name in found if name.startswith(PREFIX)}


def unfit_for_production(settings: AllSettings) -> list[str]:
    """A sentence for each thing that is good for trying out only."""
    process = settings.process
    wrong = []
    if process.database_url is None:
        wrong.append("CINEMA_DATABASE_URL is needed.")
    if not process.url.startswith("https://"):
        wrong.append("CINEMA_PUBLIC_URL is needed and begins with https://.")
    for provider in settings.providers:
        wrong += provider.unfit_for_production()
    if is_this_machine(settings.of(NotificationsSettings).from_address.rpartition("@")[2]):
        wrong.append("CINEMA_SMTP_FROM_ADDRESS is needed, an address of your own domain.")
    return [f"In production {sentence}" for sentence in wrong]


def unsellable(settings: AllSettings, chosen: Registered[Any]) -> list[str]:
    """A sentence when the provider of new payments does not take the currency of sale; a stand-in takes any."""
    currency, possible = settings.of(BillingSettings).currency, chosen.settings.currencies
    if currency in possible or currency not in EXPONENTS:
        return []
    takes = ", ".join(sorted(possible))
    return [f"CINEMA_BILLING_CURRENCY: {currency} cannot be sold at {chosen.name}, which takes {takes}."]


def bare_address(url: str) -> str:
    """An address without a path and without a slash at the end; raises ValueError for any other."""
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.path.strip("/") or parts.query:
        raise ValueError("is an address that begins with http:// or https:// and has no path")
    return url.rstrip("/")
