"""Settings of the process as a whole, and all settings together."""

import os
import secrets
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import timedelta
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal, TypeVar, cast
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, field_validator

from cinema.billing.settings import BillingSettings
from cinema.identity.settings import IdentitySettings
from cinema.kit.retention import Retention
from cinema.kit.settings import PREFIX, BadSetting, Networks, Settings, load, unknown_names
from cinema.main.ports import free_port
from cinema.notifications.settings import NotificationsSettings, is_this_machine
from cinema.payments.settings import PaymentsSettings, YookassaSettings
from cinema.playback.settings import PlaybackSettings

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
    trusted_proxies: Networks = Field(
        (), description="Networks of our own proxies; only they may tell the caller's address and scheme."
    )
    public_url: str | None = Field(None, description="Address at which viewers reach the site; else host and port.")
    database_url: SecretStr | None = Field(
        None, description="PostgreSQL ≥ 15, ``postgresql://…``; without it the one that comes with us is used."
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
        if url is not None and urlsplit(url.get_secret_value()).scheme not in {"postgresql", "postgres"}:
            raise ValueError("begins with postgresql://")
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

    events_days: int = Field(90, ge=7, le=3650, description="Days that events are kept which everybody has heard.")
    moves_days: int = Field(1_100, ge=90, le=36_500, description="Days that moves of states are kept.")
    keys_days: int = Field(30, ge=1, le=365, description="Days that an Idempotency-Key is remembered.")

    @property
    def retention(self) -> Retention:
        return Retention(
            events=timedelta(days=self.events_days),
            moves=timedelta(days=self.moves_days),
            keys=timedelta(days=self.keys_days),
        )


class SandboxSettings(Settings):
    """The stand-ins for the outside world, in development."""

    section: ClassVar[str] = "SANDBOX"

    port: Annotated[int, Field(ge=0, le=65_535, description="Port of its pages and its provider; 0: any free.")] = 8001
    smtp_port: Annotated[int, Field(ge=0, le=65_535, description="Port that takes mails; 0: any free.")] = 8025
    shop_id: Annotated[str, Field(pattern="^[0-9]{1,32}$", description="Number of the stand-in's shop.")] = "100500"
    secret_key: SecretStr | None = Field(None, description="Its key; else one is made and kept in the data folder.")
    webhook_url: str | None = Field(
        None, pattern=r"^https?://\S+$", description="Where its notifications go; else to this service."
    )


PROVIDERS = ("yookassa",)
"""The payment providers that may be chosen."""

TEST_KEY = "test_"
"""What the secret keys of test shops, and of the stand-in, begin with."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AllSettings:
    """Every context's settings, read once."""

    process: ProcessSettings
    sandbox: SandboxSettings
    identity: IdentitySettings
    billing: BillingSettings
    payments: PaymentsSettings
    yookassa: YookassaSettings
    playback: PlaybackSettings
    notifications: NotificationsSettings
    has_own_shop: bool
    """Whether a shop is set, so that the stand-in is not needed."""

    has_own_mail: bool = True
    """Whether a mail server is set, so that the mailbox is not needed."""

    keep: RetentionSettings = field(default_factory=lambda: load(RetentionSettings, env_file=None))


KINDS: tuple[type[Settings], ...] = (
    ProcessSettings,
    RetentionSettings,
    SandboxSettings,
    IdentitySettings,
    BillingSettings,
    PaymentsSettings,
    YookassaSettings,
    PlaybackSettings,
    NotificationsSettings,
)


def load_all(*, env_file: str | None = ".env") -> AllSettings:
    """Reads every setting. Raises `BadSetting` with one sentence for each thing that is wrong."""
    reader = _Reader(env_file)
    reader.wrong += unknown_names(reader.named, KINDS)
    process = reader.read(ProcessSettings)
    sandbox = with_ports(reader.read(SandboxSettings))
    has_own_shop = reader.has(YookassaSettings, "shop_id") or process.is_production
    has_own_mail = reader.has(NotificationsSettings, "url") or process.is_production
    is_secure = process.url.startswith("https://")
    found = AllSettings(
        process=process,
        sandbox=sandbox,
        identity=reader.read(IdentitySettings, {"cookie_secure": is_secure, "issuer": process.url}),
        billing=reader.read(BillingSettings),
        payments=reader.read(PaymentsSettings),
        yookassa=reader.read(YookassaSettings) if has_own_shop else YookassaSettings.model_construct(),
        playback=reader.read(PlaybackSettings),
        notifications=reader.read(
            NotificationsSettings, ({} if has_own_mail else stand_in_mail(sandbox)) | {"site_url": process.url}
        ),
        has_own_shop=has_own_shop,
        has_own_mail=has_own_mail,
        keep=reader.read(RetentionSettings),
    )
    if found.payments.provider not in PROVIDERS:
        reader.wrong.append(f"CINEMA_PAYMENTS_PROVIDER: is one of {', '.join(PROVIDERS)}.")
    if process.is_production:
        reader.wrong += unfit_for_production(found)
    if reader.wrong:
        raise BadSetting(reader.wrong)
    # last, as it may make a key in the data folder
    return found if has_own_shop else replace(found, yookassa=stand_in_shop(sandbox, process.data_folder))


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
    process, shop = settings.process, settings.yookassa
    wrong = []
    if process.database_url is None:
        wrong.append("In production CINEMA_DATABASE_URL is needed.")
    if not process.url.startswith("https://"):
        wrong.append("In production CINEMA_PUBLIC_URL is needed and begins with https://.")
    if not shop.base_url.startswith("https://"):
        wrong.append("In production CINEMA_YOOKASSA_BASE_URL begins with https://; stand-ins are refused.")
    is_read = "secret_key" in shop.model_fields_set
    if shop.is_test or (is_read and shop.secret_key.get_secret_value().startswith(TEST_KEY)):
        wrong.append("In production CINEMA_YOOKASSA_SHOP_ID and CINEMA_YOOKASSA_SECRET_KEY are those of a real shop.")
    if is_this_machine(settings.notifications.from_address.rpartition("@")[2]):
        wrong.append("In production CINEMA_SMTP_FROM_ADDRESS is needed, an address of your own domain.")
    return wrong


def bare_address(url: str) -> str:
    """An address without a path and without a slash at the end; raises ValueError for any other."""
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.path.strip("/") or parts.query:
        raise ValueError("is an address that begins with http:// or https:// and has no path")
    return url.rstrip("/")


def with_ports(sandbox: SandboxSettings) -> SandboxSettings:
    """The same with ports that are free now instead of 0, so that all who read them agree."""
    update = {field: free_port() for field in ("port", "smtp_port") if getattr(sandbox, field) == 0}
    return sandbox.model_copy(update=update)


def stand_in_shop(sandbox: SandboxSettings, data_folder: Path) -> YookassaSettings:
    """The settings by which the adapter talks to the sandbox instead."""
    return load(
        YookassaSettings,
        env_file=None,
        values={
            "shop_id": sandbox.shop_id,
            "secret_key": sandbox_key(sandbox, data_folder),
            "base_url": f"http://127.0.0.1:{sandbox.port}/v3",
            "is_test": True,
            "confirmation_hosts": ("127.0.0.1",),
            "networks": ("127.0.0.0/8",),
        },
    )


def stand_in_mail(sandbox: SandboxSettings) -> dict[str, object]:
    return {"url": f"smtp://127.0.0.1:{sandbox.smtp_port}"}


def sandbox_key(sandbox: SandboxSettings, data_folder: Path) -> str:
    """The stand-in's secret key: the one that is set, or one made here once, whoever comes first."""
    if sandbox.secret_key is not None:
        return sandbox.secret_key.get_secret_value()
    path = data_folder / "sandbox" / "secret-key"
    fresh = path.with_name(f"secret-key.{os.getpid()}")
    try:
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            fresh.touch(mode=0o600)
            fresh.write_text(f"{TEST_KEY}{secrets.token_urlsafe(32)}")
            with suppress(FileExistsError):
                path.hardlink_to(fresh)
            fresh.unlink()
        return path.read_text()
    except OSError as error:
        raise BadSetting([f"CINEMA_DATA_FOLDER: {data_folder} cannot be used: {error.strerror}."]) from error
