"""A mail server for trying out: it takes every mail, keeps it, shows it, and sends nothing on."""

from cinema.sandbox.mailbox.module import Mailbox, build_mailbox
from cinema.sandbox.mailbox.settings import MailboxSettings

__all__ = ["Mailbox", "MailboxSettings", "build_mailbox"]
