"""What a stand-in shop is set up with."""

from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class YookassaSandboxSettings:
    """One test shop.

    ``public_url`` is the stand-in's own address without a slash at the end; payment
    pages are linked from there. ``webhook_url`` is the merchant's address for
    notifications, None for none. ``state_path`` is the file that outlives a restart,
    None keeps everything in memory.
    """

    shop_id: str
    secret_key: str = field(repr=False)
    public_url: str
    webhook_url: str | None = None
    state_path: Path | None = None
    shop_name: str = "Cinema"
    currency: str = "RUB"
    autopayments_enabled: bool = True
    receipts_required: bool = False
    fee_per_mille: int = 35
    """The provider's share of a payment in thousandths: 35 is 3.5 %."""
