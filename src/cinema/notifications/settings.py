"""Settings of notifications."""

from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from ipaddress import ip_address
from typing import ClassVar
from urllib.parse import unquote, urlsplit

from pydantic import Field, SecretStr, field_validator

from cinema.kit.settings import Settings
from cinema.notifications.domain.wording import Site


class Security(StrEnum):
    """How the line to the mail server is secured."""

    WHERE_OFFERED = "where_offered"
    """STARTTLS when the server offers it."""
    STARTTLS = "starttls"
    TLS = "tls"


@dataclass(frozen=True, slots=True, kw_only=True)
class SmtpServer:
    """The mail server that takes our mails."""

    host: str
    port: int
    username: str | None
    password: str | None = field(repr=False)
    security: Security


SECURITY = {"smtp": Security.WHERE_OFFERED, "smtp+starttls": Security.STARTTLS, "smtps": Security.TLS}
ADDRESS = r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9.-]{1,190}"
PORTS = {Security.WHERE_OFFERED: 25, Security.STARTTLS: 587, Security.TLS: 465}


class NotificationsSettings(Settings):
    """The mail server, who the mails are from, how long one is tried and how long it is kept."""

    section: ClassVar[str] = "SMTP"

    url: SecretStr = Field(
        description="The mail server: smtp://user:password@host:port (STARTTLS where it is offered), "
        "smtp+starttls://… (never without) or smtps://… (TLS from the start). A password travels over TLS only."
    )
    from_address: str = Field(
        default="cinema@localhost",
        pattern=f"^{ADDRESS}$",
        description="The address that mails are from; its domain also names the mails.",
    )
    support_address: str = Field(
        default="",
        pattern=rf"^({ADDRESS})?$",
        description="Where a viewer writes when only a person can help; empty: to the address that mails are from.",
    )
    from_name: str = Field(
        default="Cinema",
        min_length=1,
        max_length=64,
        pattern=r"^[^\x00-\x1f\x7f]+$",
        description="How the cinema calls itself in mails.",
    )
    site_url: str = Field(
        default="http://127.0.0.1:8000",
        max_length=200,
        description="The public address of the cinema, without a path, for the links in mails.",
    )
    timeout_s: int = Field(default=30, ge=1, le=300, description="Seconds that handing over one mail may take.")
    concurrency: int = Field(
        default=10,
        ge=1,
        le=100,
        description="How many mails a process hands over at once; when it is killed, as many may go out a second time.",
    )
    retry_days: int = Field(
        default=4, ge=1, le=30, description="For how many days a mail is tried that cannot be handed over."
    )
    days_kept: int = Field(
        default=400,
        ge=60,
        le=3650,
        description="For how many days messages are kept, with the tries to send them; no address is kept.",
    )

    @field_validator("url")
    @classmethod
    def _is_server(cls, url: SecretStr) -> SecretStr:
        smtp_server(url.get_secret_value())
        return url

    @field_validator("site_url")
    @classmethod
    def _is_address(cls, url: str) -> str:
        parts = urlsplit(url)
        if parts.scheme not in {"http", "https"} or not parts.hostname or parts.path.strip("/") or parts.query:
            raise ValueError("is an address that begins with http:// or https:// and has no path")
        return url.rstrip("/")

    @property
    def server(self) -> SmtpServer:
        """The mail server, taken apart."""
        return smtp_server(self.url.get_secret_value())

    @property
    def site(self) -> Site:
        """How the cinema calls itself in mails, and where it is reached."""
        return Site(name=self.from_name, url=self.site_url, support=self.support_address or self.from_address)

    @property
    def retry_for(self) -> timedelta:
        return timedelta(days=self.retry_days)

    @property
    def kept_for(self) -> timedelta:
        return timedelta(days=self.days_kept)


def smtp_server(url: str) -> SmtpServer:
    """Reads ``smtp://user:password@host:port``; raises ValueError with a sentence that repeats no secret."""
    parts = urlsplit(url)
    security = SECURITY.get(parts.scheme)
    if security is None:
        raise ValueError("begins with smtp://, smtp+starttls:// or smtps://")
    try:
        port = parts.port or PORTS[security]
    except ValueError:
        raise ValueError("has a port that is no number from 1 to 65535") from None
    if not parts.hostname:
        raise ValueError("names no host")
    if parts.path.strip("/") or parts.query or parts.fragment:
        raise ValueError("ends with the host and the port")
    if security is Security.WHERE_OFFERED and parts.password and not is_this_machine(parts.hostname):
        security = Security.STARTTLS
    return SmtpServer(
        host=parts.hostname,
        port=port,
        username=unquote(parts.username) if parts.username else None,
        password=unquote(parts.password) if parts.password else None,
        security=security,
    )


def is_this_machine(host: str) -> bool:
    """Whether what is said to ``host`` stays on this machine."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
