"""Settings of payments and of each provider."""

from ipaddress import ip_network
from typing import ClassVar

from pydantic import Field, SecretStr

from cinema.kit.settings import Names, Networks, Settings


class PaymentsSettings(Settings):
    """How payments work, whatever the provider."""

    section: ClassVar[str] = "PAYMENTS"

    provider: str = Field(default="yookassa", description="The provider that takes new payments.")
    concurrency: int = Field(default=50, ge=1, le=500, description="How many calls to a provider run at once.")
    webhook_queue: int = Field(
        default=5_000, ge=1, le=100_000, description="How many notifications may wait to be stored; more get 503."
    )
    webhook_days_kept: int = Field(
        default=90, ge=2, le=3650, description="For how many days handled notifications are kept."
    )
    attempt_days_kept: int = Field(
        default=400,
        ge=30,
        le=3650,
        description="For how many days what was sent to a provider is kept, and the addresses of its receipts.",
    )


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
