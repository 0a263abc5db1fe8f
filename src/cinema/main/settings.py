"""Settings of the process as a whole, and all settings together."""

import os
import secrets
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Annotated, ClassVar, Literal, Self
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, model_validator

from cinema.billing.settings import BillingSettings
from cinema.identity.settings import IdentitySettings
from cinema.kit.settings import BadSetting, Settings, load, unknown_names
from cinema.notifications.settings import NotificationsSettings
from cinema.payments.settings import PaymentsSettings, YookassaSettings
from cinema.playback.settings import PlaybackSettings


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
    public_url: str | None = Field(
        None, pattern=r"^https?://[^\s/]+$", description="Address at which viewers reach the site; else host and port."
    )
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

    @model_validator(mode="after")
    def _is_fit_for_production(self) -> Self:
        if self.environment is Environment.PRODUCTION:
            if self.database_url is None:
                raise ValueError("in production CINEMA_DATABASE_URL is needed")
            if self.public_url is None or not self.public_url.startswith("https://"):
                raise ValueError("in production CINEMA_PUBLIC_URL is needed and begins with https://")
        return self

    @property
    def url(self) -> str:
        """The public address, without a slash at the end."""
        return self.public_url or f"http://{self.host}:{self.port}"

    @property
    def is_production(self) -> bool:
        return self.environment is Environment.PRODUCTION


class SandboxSettings(Settings):
    """The stand-ins for the outside world, in development."""

    section: ClassVar[str] = "SANDBOX"

    port: Annotated[int, Field(ge=0, le=65_535, description="Port of its pages and its provider; 0: any free.")] = 8001
    smtp_port: Annotated[int, Field(ge=0, le=65_535, description="Port that takes mails; 0: any free.")] = 8025
    shop_id: Annotated[str, Field(pattern="^[0-9]{1,32}$", description="Number of the stand-in's shop.")] = "100500"
    secret_key: SecretStr | None = Field(None, description="Its key; else one is made and kept in the data folder.")
    webhook_url: str | None = Field(None, description="Where its notifications go; else to this service.")


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
    """Whether a real or test shop is set, so that the stand-in is not needed."""


KINDS: tuple[type[Settings], ...] = (
    ProcessSettings,
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
    unknown = unknown_names(os.environ, KINDS)
    if unknown:
        raise BadSetting(unknown)
    process = load(ProcessSettings, env_file=env_file)
    sandbox = load(SandboxSettings, env_file=env_file)
    has_own_shop = YookassaSettings.variable("shop_id") in _names(env_file)
    if process.is_production and not has_own_shop:
        raise BadSetting(["In production CINEMA_YOOKASSA_SHOP_ID and CINEMA_YOOKASSA_SECRET_KEY are needed."])
    yookassa = (
        load(YookassaSettings, env_file=env_file) if has_own_shop else stand_in_shop(sandbox, process.data_folder)
    )
    mail = (
        {}
        if NotificationsSettings.variable("url") in _names(env_file) or process.is_production
        else stand_in_mail(sandbox)
    )
    return AllSettings(
        process=process,
        sandbox=sandbox,
        identity=load(IdentitySettings, env_file=env_file, values=_addresses(process)),
        billing=load(BillingSettings, env_file=env_file),
        payments=load(PaymentsSettings, env_file=env_file),
        yookassa=yookassa,
        playback=load(PlaybackSettings, env_file=env_file),
        notifications=load(NotificationsSettings, env_file=env_file, values=mail | {"site_url": process.url}),
        has_own_shop=has_own_shop,
    )


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
    """The stand-in's secret key: the one that is set, or one made here once."""
    if sandbox.secret_key is not None:
        return sandbox.secret_key.get_secret_value()
    path = data_folder / "sandbox" / "secret-key"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)
        path.write_text(f"test_{secrets.token_urlsafe(32)}")
    return path.read_text()


def _addresses(process: ProcessSettings) -> dict[str, object]:
    is_secure = urlsplit(process.url).scheme == "https"
    values: dict[str, object] = {"cookie_secure": is_secure}
    if IdentitySettings.variable("issuer") not in os.environ:
        values["issuer"] = process.url
    return values


def _names(env_file: str | None) -> set[str]:
    names = set(os.environ)
    if env_file and Path(env_file).exists():
        names |= {line.partition("=")[0].strip() for line in Path(env_file).read_text().splitlines()}
    return names
