"""Money in a request."""

from typing import Annotated

from pydantic import Field

from cinema.kit.http import Strict
from cinema.kit.money import EXPONENTS, Money

Currency = Annotated[str, Field(pattern="^(" + "|".join(EXPONENTS) + ")$")]


class AmountBody(Strict):
    """An amount in minor units."""

    minor: Annotated[int, Field(ge=1, le=10**12, strict=True)]
    currency: Currency

    def money(self) -> Money:
        return Money(minor=self.minor, currency=self.currency)
