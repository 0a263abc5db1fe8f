"""Links to payment pages: a browser can open them without signing in, nobody can guess them."""

from dataclasses import dataclass
from uuid import UUID

PATH = "/payment-links"


@dataclass(frozen=True, slots=True, kw_only=True)
class Links:
    """``base_url`` is where browsers reach the API, without a slash at its end."""

    base_url: str

    def url(self, link: UUID | None) -> str | None:
        return f"{self.base_url}/v1{PATH}/{link}" if link else None
