"""What an application says of itself in its description, beside what its routes say."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Meaning:
    """What a field of one name says, wherever it stands, and an example of it."""

    text: str
    example: Any = None


Glossary = Mapping[str, Meaning]
"""By name of a field or parameter; ``Thing.field`` where one thing means something of its own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """What the description says of the product as a whole."""

    text: str = "An application."
    licence: str = "Apache-2.0"
    server: str = "/"
    tags: Mapping[str, str] = field(default_factory=dict)
    glossary: Glossary = field(default_factory=dict)
    keys_kept: timedelta = timedelta(days=30)


SILENT = About()
"""Says nothing of its own."""
