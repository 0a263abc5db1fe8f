"""What the mailbox does wrong on request, so that a sender's retries can be seen at work."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

ADDRESSES_MAX = 100
ADDRESS_LENGTH_MAX = 320
DELAY_S_MAX = 60.0
DROPS_MAX = 1_000

Address = Annotated[str, Field(min_length=1, max_length=ADDRESS_LENGTH_MAX)]
Addresses = Annotated[tuple[Address, ...], Field(max_length=ADDRESSES_MAX)]


class Faults(BaseModel):
    """A set of switches; each set replaces the one before, and an empty one switches all off.

    An address in ``refused`` (550, for good) or ``deferred`` (451, for now) is a
    whole address, ``@example.org`` for a domain, or ``*`` for everybody.
    ``delay_s`` passes between keeping a mail and answering; the next ``drops``
    mails are kept and the connection is dropped in place of the answer. In both
    cases a sender that gives up does not know that its mail has arrived.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    refused: Addresses = ()
    deferred: Addresses = ()
    delay_s: Annotated[float, Field(ge=0, le=DELAY_S_MAX, allow_inf_nan=False)] = 0
    drops: Annotated[int, Field(ge=0, le=DROPS_MAX, strict=True)] = 0


class Switches:
    """The switches as they stand."""

    def __init__(self) -> None:
        self.faults = Faults()

    def take_drop(self) -> bool:
        """True when this connection is to be dropped; counts it off."""
        if self.faults.drops == 0:
            return False
        self.faults = self.faults.model_copy(update={"drops": self.faults.drops - 1})
        return True


def is_meant(address: str, patterns: tuple[str, ...]) -> bool:
    """Whether one of ``patterns`` means ``address``."""
    folded = address.casefold()
    domain = "@" + folded.rpartition("@")[2]
    return any(pattern.casefold() in {folded, domain, "*"} for pattern in patterns)
