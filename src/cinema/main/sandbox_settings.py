"""The settings of the stand-ins, and those by which the product talks to them instead of the world."""

import os
import secrets
from contextlib import suppress
from pathlib import Path
from typing import Annotated, Any, ClassVar, TypeAlias

from pydantic import Field, SecretStr

from cinema.kit.settings import BadSetting, Settings
from cinema.main.ports import free_port
from cinema.payments.providers.yookassa.settings import TEST_KEY, YookassaSettings

Values: TypeAlias = dict[str, Any]
"""Settings by the names of their fields."""

STOOD_IN = "yookassa"
"""The payment provider that has a stand-in."""


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

    @property
    def url(self) -> str:
        """Where its pages are."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def mailbox_url(self) -> str:
        """Every mail that was sent."""
        return f"{self.url}/mail/"

    @property
    def cards_url(self) -> str:
        """The cards that its payment page takes, and how each ends."""
        return f"{self.url}/checkout/test-cards"


def with_ports(sandbox: SandboxSettings) -> SandboxSettings:
    """The same with ports that are free now instead of 0, so that all who read them agree."""
    update = {field: free_port() for field in ("port", "smtp_port") if getattr(sandbox, field) == 0}
    return sandbox.model_copy(update=update)


def stand_in_mail(sandbox: SandboxSettings) -> Values:
    """Settings of notifications by which mails go to the mailbox."""
    return {"url": f"smtp://127.0.0.1:{sandbox.smtp_port}"}


def stand_in_provider(sandbox: SandboxSettings, data_folder: Path) -> Values:
    """Settings of the provider `STOOD_IN` by which its adapter talks to the stand-in."""
    key = sandbox_key(sandbox, data_folder)
    return _provider(url=sandbox.url, shop_id=sandbox.shop_id, secret_key=key)


def provider_lines(*, url: str, shop_id: str, secret_key: str) -> list[str]:
    """The same for the stand-in at ``url``, as ``NAME=value`` for another process's environment."""
    values = _provider(url=url, shop_id=shop_id, secret_key=secret_key)
    return [f"{YookassaSettings.variable(field)}={_plain(value)}" for field, value in values.items()]


def _provider(*, url: str, shop_id: str, secret_key: str) -> Values:
    return {
        "shop_id": shop_id,
        "secret_key": secret_key,
        "base_url": f"{url}/v3",
        "is_test": True,
        "confirmation_hosts": ("127.0.0.1",),
        "networks": ("127.0.0.0/8",),
    }


def _plain(value: object) -> str:
    if isinstance(value, tuple):
        return ",".join(value)
    return str(value).lower() if isinstance(value, bool) else str(value)


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
