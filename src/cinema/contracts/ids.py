"""Typed ids. All are UUIDv7 (`cinema.kit.ids.uuid7`), made before anything is sent."""

from typing import NewType
from uuid import UUID

UserId = NewType("UserId", UUID)
SessionId = NewType("SessionId", UUID)

FilmId = NewType("FilmId", UUID)
PersonId = NewType("PersonId", UUID)
GenreId = NewType("GenreId", UUID)

PaymentId = NewType("PaymentId", UUID)
RefundId = NewType("RefundId", UUID)
MethodId = NewType("MethodId", UUID)
BindingId = NewType("BindingId", UUID)

PlanId = NewType("PlanId", UUID)
PriceId = NewType("PriceId", UUID)
OrderId = NewType("OrderId", UUID)
SubscriptionId = NewType("SubscriptionId", UUID)
EntitlementId = NewType("EntitlementId", UUID)
AgreementId = NewType("AgreementId", UUID)
NoticeId = NewType("NoticeId", UUID)

PlaybackId = NewType("PlaybackId", UUID)
