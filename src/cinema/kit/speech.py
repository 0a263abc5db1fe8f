"""How the service speaks to who asks: in their language, by whatever catalogue the product has.

The kit knows no catalogue. `Languages` stands in ``app.state.languages``; without one,
`PLAIN` says what a trouble's docstring says.
"""

from typing import Protocol

from cinema.kit.errors import Trouble
from cinema.kit.mistakes import Mistake


class Speech(Protocol):
    """Sentences of one language."""

    @property
    def language(self) -> str: ...

    def trouble(self, trouble: Trouble) -> str:
        """What went wrong."""
        ...

    def mistake(self, mistake: Mistake) -> str:
        """What is wrong with a part of the input."""
        ...


class Languages(Protocol):
    """All that is spoken."""

    def wanted(self, accept_language: str | None) -> Speech:
        """The best for an Accept-Language header (RFC 9110, 12.5.4), which is English for who sends none."""
        ...


class Plain:
    """English of the code itself."""

    language = "en"

    def wanted(self, accept_language: str | None) -> Speech:  # noqa: ARG002 - there is one
        return self

    def trouble(self, trouble: Trouble) -> str:
        return trouble.detail

    def mistake(self, mistake: Mistake) -> str:
        return mistake.code.replace("-", " ").capitalize() + "."


PLAIN = Plain()
