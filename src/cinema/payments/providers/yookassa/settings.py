"""Settings of YooKassa."""

from ipaddress import ip_network
from typing import ClassVar

from pydantic import Field, SecretStr

from cinema.kit.settings import Names, Networks
from cinema.payments.settings import ProviderSettings

TEST_KEY = "test_"
"""What the secret keys of test shops begin with."""


class YookassaSettings(ProviderSettings):
    """The shop at YooKassa, or at the stand-in that speaks its protocol."""

    section: ClassVar[str] = "YOOKASSA"
    account: ClassVar[str] = "shop_id"
    currencies: ClassVar[frozenset[str]] = frozenset(
        ["RUB", "EUR", "USD", "KZT", "BYN", "UAH", "UZS", "TRY", "INR", "MDL", "AZN", "AMD"]
    )

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

    def unfit_for_production(self) -> list[str]:
        """A sentence for each thing that is good for trying out only."""
        wrong = []
        if not self.base_url.startswith("https://"):
            wrong.append(f"{self.variable('base_url')} begins with https://; stand-ins are refused.")
        is_read = "secret_key" in self.model_fields_set
        if self.is_test or (is_read and self.secret_key.get_secret_value().startswith(TEST_KEY)):
            wrong.append(f"{self.variable('shop_id')} and {self.variable('secret_key')} are those of a real shop.")
        return wrong
