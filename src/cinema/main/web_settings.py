"""Settings of the web: who may call from a browser, and how many at once."""

import re
from typing import Annotated, ClassVar, Self

from pydantic import Field, field_validator, model_validator

from cinema.kit.origins import ANY, Origins
from cinema.kit.settings import Names, Settings

CONNECTIONS_MAX = 500
"""Below 1,024, the usual limit of open files."""

ORIGIN = re.compile(r"https?://([a-z0-9.-]+|\[[0-9a-f:]+\])(:[0-9]{1,5})?")


class WebSettings(Settings):
    """The web: which pages of other origins may call, and how many connections are held."""

    section: ClassVar[str] = "HTTP"

    origins: Names = Field(
        (),
        description="Origins such as ``https://cinema.example`` whose pages may call with a token (CORS), or ``*``.",
    )
    origins_with_cookies: bool = Field(
        False, description="Whether those pages may act by the session cookie too; not together with ``*``."
    )
    connections: Annotated[
        int,
        Field(
            ge=10,
            le=50_000,
            description="Connections held at once, below the limit of open files; more are refused with 503.",
        ),
    ] = CONNECTIONS_MAX

    @field_validator("origins")
    @classmethod
    def _are_origins(cls, origins: tuple[str, ...]) -> tuple[str, ...]:
        if not all(origin == ANY or ORIGIN.fullmatch(origin) for origin in origins):
            raise ValueError("each is an origin such as https://cinema.example, in small letters, without a path")
        return origins

    @model_validator(mode="after")
    def _is_safe(self) -> Self:
        if self.origins_with_cookies and ANY in self.origins:
            raise ValueError("ORIGINS_WITH_COOKIES and ORIGINS=* together would let every page act for everybody")
        return self

    @property
    def allowed(self) -> Origins:
        return Origins(allowed=frozenset(self.origins), with_cookies=self.origins_with_cookies)
