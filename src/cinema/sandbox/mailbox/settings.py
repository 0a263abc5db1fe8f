"""What an operator may set about the mailbox, and its limits."""

from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class MailboxSettings:
    """Where the mailbox listens and how much it keeps.

    ``host`` is a loopback address: a mailbox that takes every mail and shows it to
    everybody has no business on a network. ``smtp_port`` 0 lets the system choose.
    Without ``path`` the mails live in memory and end with the process.
    """

    host: str = "127.0.0.1"
    smtp_port: int = 0
    path: Path | None = None
    mail_bytes_max: int = 2_000_000
    mails_max: int = 1_000
    recipients_max: int = 100
    connections_max: int = 50
    idle_s_max: int = 60

    def __post_init__(self) -> None:
        if not ip_address(self.host).is_loopback:
            msg = f"the mailbox listens on a loopback address, not on {self.host}"
            raise ValueError(msg)
        if not 0 <= self.smtp_port <= 65_535:  # noqa: PLR2004 (the highest port there is)
            msg = f"{self.smtp_port} is no port"
            raise ValueError(msg)
        limits = (self.mail_bytes_max, self.mails_max, self.recipients_max, self.connections_max, self.idle_s_max)
        if min(limits) < 1:
            msg = "each limit of the mailbox is at least 1"
            raise ValueError(msg)
