"""A YooKassa for development and tests: API v3, the payment page, notifications, faults."""

from cinema.sandbox.yookassa.sandbox import YookassaSandbox, build_yookassa
from cinema.sandbox.yookassa.settings import YookassaSandboxSettings

__all__ = ["YookassaSandbox", "YookassaSandboxSettings", "build_yookassa"]
