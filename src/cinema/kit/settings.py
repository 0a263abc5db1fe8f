"""Settings: one frozen class per context, read from ``CINEMA_…`` variables and ``.env``."""

import re
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Annotated, Any, ClassVar, TypeAlias, TypeVar

from pydantic import AfterValidator, BeforeValidator, ValidationError
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict, SettingsError

from cinema.kit.hosts import plain_network
from cinema.kit.money import EXPONENTS

S = TypeVar("S", bound="Settings")


def _parts(value: Any) -> Any:
    return tuple(part.strip() for part in value.split(",") if part.strip()) if isinstance(value, str) else value


def _networks(value: Any) -> Any:
    try:
        return tuple(plain_network(ip_network(part)) for part in _parts(value))
    except ValueError as error:
        msg = "each has to be a network such as 10.0.0.0/8"
        raise ValueError(msg) from error


def _is_currency(code: str) -> str:
    if code not in EXPONENTS:
        raise ValueError("is the code of a currency (ISO 4217), such as RUB")
    return code


Names: TypeAlias = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_parts)]
"""A list with commas."""

Networks: TypeAlias = Annotated[tuple[IPv4Network | IPv6Network, ...], NoDecode, BeforeValidator(_networks)]
"""A list of networks with commas, such as ``10.0.0.0/8, fd00::/8``."""

Currency: TypeAlias = Annotated[str, AfterValidator(_is_currency)]
"""A code of ISO 4217, such as RUB."""

PREFIX = "CINEMA_"


class BadSetting(Exception):
    """The settings cannot be used. ``sentences`` say why, one for each bad value."""

    def __init__(self, sentences: Iterable[str]) -> None:
        self.sentences = tuple(sentences)
        super().__init__(" ".join(self.sentences))


class Settings(BaseSettings):
    """Base of all settings. A field ``port`` of a class with ``section = "SMTP"`` is ``CINEMA_SMTP_PORT``."""

    model_config = SettingsConfigDict(frozen=True, extra="ignore", env_file_encoding="utf-8", hide_input_in_errors=True)
    section: ClassVar[str] = ""

    @classmethod
    def variable(cls, field: str) -> str:
        """The name of the environment variable of ``field``."""
        return f"{PREFIX}{cls.section}_{field}".upper() if cls.section else f"{PREFIX}{field}".upper()


def load(kind: type[S], *, env_file: str | None = ".env", values: Mapping[str, Any] | None = None) -> S:
    """Reads one class of settings; ``values`` go before the environment.

    Raises `BadSetting` with a sentence for each value that cannot be used.
    """
    prefix = f"{PREFIX}{kind.section}_" if kind.section else PREFIX
    try:
        return kind(_env_prefix=prefix, _env_file=env_file, **(values or {}))
    except ValidationError as error:
        sentences = []
        for one in error.errors(include_input=False, include_url=False):
            field = str(one["loc"][0]) if one["loc"] else ""
            name = kind.variable(field) if field else prefix.rstrip("_")
            said = "is needed" if one["type"] == "missing" else one["msg"].removeprefix("Value error, ").rstrip(".")
            sentences.append(f"{name}: {said}.")
        raise BadSetting(sentences) from None
    except SettingsError as error:  # a list that cannot be read; the message names its field and nothing else
        fields = re.findall(r'field "(\w+)"', str(error))
        raise BadSetting(f"{kind.variable(field)}: is a list, such as [1, 2]." for field in fields) from None


def unknown_names(environment: Iterable[str], kinds: Iterable[type[Settings]]) -> list[str]:
    """A sentence for each ``CINEMA_`` variable that is no setting, with the nearest one that is."""
    known = [kind.variable(field).removeprefix(PREFIX) for kind in kinds for field in kind.model_fields]
    sentences = []
    for name in sorted(environment):
        if name.startswith(PREFIX) and name.removeprefix(PREFIX) not in known:
            near = get_close_matches(name.removeprefix(PREFIX), known, n=1)
            sentences.append(f"{name} is not a setting" + (f"; did you mean {PREFIX}{near[0]}?" if near else "."))
    return sentences
