"""Settings of billing."""

from datetime import timedelta
from functools import cached_property
from typing import ClassVar, Literal, Self

from pydantic import Field, model_validator

from cinema.billing.domain.durations import Durations, misfits
from cinema.billing.domain.order import Fiscal
from cinema.billing.domain.policies import Policies
from cinema.billing.domain.refund_policy import RefundPolicy
from cinema.kit.settings import Currency, Settings


class BillingSettings(Settings):
    """When viewers are charged, warned, tried again and refunded."""

    section: ClassVar[str] = "BILLING"

    currency: Currency = Field("RUB", description="currency of sale (ISO 4217)")
    checkout_hours: int = Field(24, ge=1, le=72, description="hours until an unpaid order is given up")
    renewal_lead_minutes: int = Field(60, ge=0, le=2880, description="minutes before a period's end to charge the next")
    renewal_spread_minutes: int = Field(
        45,
        ge=0,
        le=2880,
        description="minutes over which charges are spread evenly; at most three quarters of the lead",
    )
    renewal_notice_days: int = Field(3, ge=0, le=30, description="days before a charge to tell the viewer")
    grace_days: int = Field(7, ge=0, le=60, description="days of access after an unpaid renewal")
    retry_days: tuple[int, ...] = Field((1, 3, 5), max_length=10, description="days after the first failure to retry")
    refund_days: int = Field(14, ge=0, le=365, description="days in which an unused payment goes back whole")
    refund_again_days: int = Field(
        90, ge=0, le=3650, description="days in which who took one payment back needs support for the next"
    )
    refund_second_person_minor: int = Field(
        1_000_000, ge=0, le=10**12, description="minor units of one order above which a second person decides"
    )
    rental_hours: int = Field(48, ge=1, le=8760, description="hours that a rented film may be watched")
    history_days_kept: int = Field(1830, ge=30, le=36_500, description="days that changes made by people are kept")
    vat_code: int = Field(1, ge=1, le=12, description="VAT code on fiscal receipts (1: without VAT); ask an accountant")
    payment_mode: Literal["full_payment", "full_prepayment"] = Field(
        "full_payment",
        description="how a sale is paid for, on fiscal receipts; ahead: with a second one when it was given",
    )
    batch: int = Field(200, ge=1, le=1000, description="due rows taken at once")

    @property
    def rental(self) -> timedelta:
        return timedelta(hours=self.rental_hours)

    @cached_property
    def policies(self) -> Policies:
        """What the rules go by."""
        return Policies(
            durations=self.durations,
            refunds=RefundPolicy(
                window=timedelta(days=self.refund_days),
                again_after=timedelta(days=self.refund_again_days),
                second_person_minor=self.refund_second_person_minor,
            ),
            fiscal=Fiscal(vat_code=self.vat_code, payment_mode=self.payment_mode),
        )

    @property
    def durations(self) -> Durations:
        return Durations(
            lead=timedelta(minutes=self.renewal_lead_minutes),
            spread=timedelta(minutes=self.renewal_spread_minutes),
            notice=timedelta(days=self.renewal_notice_days),
            grace=timedelta(days=self.grace_days),
            retries=tuple(timedelta(days=days) for days in self.retry_days),
        )

    @model_validator(mode="after")
    def _fits(self) -> Self:
        found = misfits(self.durations)
        if found:
            raise ValueError(" ".join(found))
        return self
