"""The payment providers that the product has, each named once; `main` only walks this list.

A new provider is a folder here with its settings and its adapter, one `Registered`, and
its rig in the contract suite. The list is read at the start of every command: adapters are
imported when they are built.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from cinema.kit.settings import Settings
from cinema.payments.providers.yookassa.settings import YookassaSettings
from cinema.payments.settings import ProviderSettings

if TYPE_CHECKING:
    from cinema.payments.domain.port import Provider

P = TypeVar("P", bound=ProviderSettings)


@dataclass(frozen=True, slots=True, kw_only=True)
class Registered(Generic[P]):
    """A provider: its ``name`` (in the database, in addresses, in ``CINEMA_PAYMENTS_PROVIDER``) and how it is built."""

    name: str
    settings: type[P]
    build: "Callable[[P], Provider]"


def _yookassa(settings: YookassaSettings) -> "Provider":
    from cinema.payments.providers.yookassa.adapter import Yookassa  # noqa: PLC0415 - see above

    return Yookassa(settings=settings)


PROVIDERS: tuple[Registered[Any], ...] = (Registered(name="yookassa", settings=YookassaSettings, build=_yookassa),)


def build_providers(settings: Iterable[Settings]) -> "dict[str, Provider]":
    """The providers whose settings are among ``settings``, by their names; nothing is connected yet."""
    known = tuple(settings)
    return {entry.name: entry.build(one) for entry in PROVIDERS for one in known if isinstance(one, entry.settings)}
