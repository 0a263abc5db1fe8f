"""Expected trouble, as a tree. Anything else is a bug and may crash.

::

    Trouble
    ├── Refusal              an expected no; nothing has changed
    │   ├── Unauthenticated  401: we do not know who asks
    │   ├── Forbidden        403: we know, and the answer is no
    │   ├── NotFound         404
    │   ├── Conflict         409: not in the present state
    │   ├── Gone             410: it was here once
    │   ├── Invalid          422: the input cannot be right
    │   ├── BadRequest       400: the request cannot be read
    │   └── TooMany          429: later, please
    └── Unavailable          503: try again later; nothing has changed

A subclass is one refusal with a stable ``code``. Its docstring says what it means; what a
caller reads is the sentence that `cinema.kit.speech` finds for it in the caller's language,
or the docstring where there is none. A declined card is none of these: it is a value.
"""

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar


class Trouble(Exception):
    """Something went wrong in a way we expected."""

    status: ClassVar[int] = 500
    code: ClassVar[str] = "internal-error"
    members: ClassVar[Mapping[str, Any]] = {}
    """What its answer tells beside the sentence: names with types, each `Annotated` with a sentence."""
    sayings: ClassVar[Mapping[str, str]] = {}
    """What there is to say beside the docstring of cases that differ for people, not for programs: by a word each."""

    def __init__(self, detail: str | None = None, *, says: str = "", **facts: object) -> None:
        self.detail = detail or (self.sayings[says] if says else sentence(type(self)))
        self.says = says
        self.facts = facts
        super().__init__(self.detail)


class Refusal(Trouble):
    """The request was refused."""

    status = 400
    code = "refused"


class BadRequest(Refusal):
    """The request cannot be read."""

    status = 400
    code = "bad-request"


class Unauthenticated(Refusal):
    """Sign in first."""

    status = 401
    code = "unauthenticated"
    sayings: ClassVar[Mapping[str, str]] = {
        "bearer-only": "Only bearer tokens are taken.",
        "one-proof": "Send one token or one cookie.",
    }


class TokenInvalid(Unauthenticated):
    """This token is not valid, or no longer; sign in again."""

    code = "token-invalid"


class Forbidden(Refusal):
    """This is not allowed for you."""

    status = 403
    code = "forbidden"
    members: ClassVar[Mapping[str, Any]] = {"needs": Annotated[list[str], "The roles of which one is needed."]}


class NotFound(Refusal):
    """There is no such thing."""

    status = 404
    code = "not-found"


class Conflict(Refusal):
    """This is not possible in the present state."""

    status = 409
    code = "conflict"


class Gone(Refusal):
    """It is no longer here."""

    status = 410
    code = "gone"


class Invalid(Refusal):
    """The input is not valid."""

    status = 422
    code = "invalid"


class TooMany(Refusal):
    """Too many requests; try again later. ``retry_after_s`` says when."""

    status = 429
    code = "too-many-requests"
    members: ClassVar[Mapping[str, Any]] = {"retry_after_s": Annotated[int, "In how many seconds to try again."]}

    def __init__(self, detail: str | None = None, *, retry_after_s: int, says: str = "", **facts: object) -> None:
        super().__init__(detail, says=says, retry_after_s=retry_after_s, **facts)
        self.retry_after_s = retry_after_s


class Unavailable(Trouble):
    """A service that we need does not answer; try again later."""

    status = 503
    code = "unavailable"


def sentence(kind: type[Trouble]) -> str:
    """The first line of a trouble's docstring, which says what it means, with names in single quotes of code."""
    return (kind.__doc__ or kind.__name__).strip().splitlines()[0].replace("``", "`")


def codes(packages: tuple[str, ...]) -> dict[str, type[Trouble]]:
    """Every code that is published in modules whose names begin with one of ``packages``, and its class."""
    found: dict[str, type[Trouble]] = {}
    todo: list[type[Trouble]] = [Trouble]
    while todo:
        kind = todo.pop()
        if kind.__module__.startswith(packages):
            found[kind.code] = kind
        todo.extend(kind.__subclasses__())
    return dict(sorted(found.items()))
