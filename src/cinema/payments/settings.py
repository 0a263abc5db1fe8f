"""Settings of payments and of each provider."""

from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Annotated, Any, ClassVar, TypeAlias

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import NoDecode

from cinema.kit.settings import Settings

Network: TypeAlias = IPv4Network | IPv6Network
Networks: TypeAlias = Annotated[tuple[Network, ...], NoDecode]
Names: TypeAlias = Annotated[tuple[str, ...], NoDecode]


def _split(value: Any) -> Any:
    return tuple(part.strip() for part in value.split(",") if part.strip()) if isinstance(value, str) else value


def _networks(value: Any) -> Any:
    try:
        return tuple(ip_network(part) for part in _split(value))
    except ValueError as error:
        msg = "each has to be a network such as 10.0.0.0/8"
        raise ValueError(msg) from error


class PaymentsSettings(Settings):
    """How payments work, whatever the provider."""

    section: ClassVar[str] = "PAYMENTS"

    provider: str = Field(default="yookassa", description="The provider that takes new payments.")
    trusted_proxies: Networks = Field(
        default=(), description="Networks of our own proxies; only they may tell another sender's address."
    )
    address_header: str = Field(
        default="x-forwarded-for",
        pattern=r"^[a-z0-9-]{1,64}$",
        description="The header, in lower case, in which our proxies add the sender's address at the end.",
    )
    concurrency: int = Field(default=50, ge=1, le=500, description="How many calls to a provider run at once.")
    webhook_queue: int = Field(
        default=5_000, ge=1, le=100_000, description="How many notifications may wait to be stored; more get 503."
    )
    webhook_days_kept: int = Field(
        default=90, ge=2, le=3650, description="For how many days handled notifications are kept."
    )

    @field_validator("trusted_proxies", mode="before")
    @classmethod
    def _read_networks(cls, value: Any) -> Any:
        return _networks(value)


class YookassaSettings(Settings):
    """The shop at YooKassa, or at the stand-in that speaks its protocol."""

    section: ClassVar[str] = "YOOKASSA"

    shop_id: str = Field(pattern=r"^[0-9]{1,32}$", description="The shop's number.")
    secret_key: SecretStr = Field(description="The shop's secret key.")
    base_url: str = Field(
        default="https://api.yookassa.ru/v3", pattern=r"^https?://[^\s]+[^/\s]$", description="Where the API is."
    )
    is_test: bool = Field(default=False, description="Whether this is a test shop, which moves no real money.")
    confirmation_hosts: Names = Field(
        default=("yookassa.ru", "yoomoney.ru"),
        description="Hosts, with all below them, to which a payer may be sent; separated by commas.",
    )
    networks: Networks = Field(
        default=tuple(
            ip_network(text)
            for text in (
                "185.71.76.0/27",
                "185.71.77.0/27",
                "77.75.153.0/25",
                "77.75.156.11/32",
                "77.75.156.35/32",
                "77.75.154.128/25",
                "2a02:5180::/32",
            )
        ),
        description="Networks from which notifications come; separated by commas.",
    )

    @field_validator("confirmation_hosts", mode="before")
    @classmethod
    def _read_names(cls, value: Any) -> Any:
        return _split(value)

    @field_validator("networks", mode="before")
    @classmethod
    def _read_networks(cls, value: Any) -> Any:
        return _networks(value)
