"""The access decision, purely."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from cinema.contracts.billing import AccessAnswer
from cinema.contracts.catalog import FilmFacts
from cinema.contracts.enums import Access, AccessReason, BlockReason, GrantKind
from cinema.contracts.ids import EntitlementId, FilmId, SubscriptionId
from cinema.contracts.text import Text
from cinema.contracts.views.billing import AccessBlock, AccessGrant
from cinema.playback.domain.decision import decide

ID = UUID("01900000-0000-7000-8000-000000000001")
LATER = datetime(2026, 2, 1, tzinfo=UTC)
PAID = AccessGrant(
    entitlement_id=EntitlementId(ID), kind=GrantKind.PAID, subscription_id=None, ends_at=LATER, is_used=False
)
GRACE = AccessGrant(
    entitlement_id=EntitlementId(ID), kind=GrantKind.GRACE, subscription_id=None, ends_at=LATER, is_used=False
)
DUNNING = AccessBlock(reason=BlockReason.DUNNING, ends_at=None)


def film(access: Access) -> FilmFacts:
    return FilmFacts(film_id=FilmId(ID), slug="m", title=Text(ru="М", en="M"), access=access, age=12)


def answer(*grants: AccessGrant, blocks: tuple[AccessBlock, ...] = ()) -> AccessAnswer:
    return AccessAnswer(grants=grants, blocks=blocks)


@pytest.mark.parametrize("access", list(Access))
def test_nobody_plays_without_signing_in(access: Access) -> None:
    decision = decide(film=film(access), is_signed_in=False, answer=None)

    assert (decision.is_allowed, decision.reasons) == (False, (AccessReason.SIGN_IN,))
    assert decision.is_for_sale is (access is not Access.FREE)


def test_a_free_film_is_for_everyone_who_is_signed_in_and_for_nobodys_money() -> None:
    decision = decide(film=film(Access.FREE), is_signed_in=True, answer=None)

    assert (decision.is_allowed, decision.reasons) == (True, (AccessReason.FREE,))
    assert decision.is_for_sale is False


@pytest.mark.parametrize(
    ("rights", "is_allowed", "reasons", "is_for_sale"),
    [
        (answer(PAID), True, (AccessReason.PAID,), False),
        (answer(GRACE), True, (AccessReason.GRACE,), False),
        (answer(PAID, GRACE, PAID), True, (AccessReason.PAID, AccessReason.GRACE), False),
        (answer(), False, (AccessReason.NO_RIGHT,), True),
        (answer(PAID, blocks=(DUNNING,)), False, (AccessReason.BLOCKED,), False),
        (answer(blocks=(DUNNING,)), False, (AccessReason.NO_RIGHT, AccessReason.BLOCKED), False),
    ],
)
def test_a_decision_tells_its_reasons(
    *, rights: AccessAnswer, is_allowed: bool, reasons: tuple[AccessReason, ...], is_for_sale: bool
) -> None:
    decision = decide(film=film(Access.SUBSCRIPTION), is_signed_in=True, answer=rights)

    assert (decision.is_allowed, decision.reasons, decision.is_for_sale) == (is_allowed, reasons, is_for_sale)
    assert (decision.grants, decision.blocks) == (rights.grants, rights.blocks)


def grant(
    number: int, *, kind: GrantKind = GrantKind.PAID, is_films: bool = False, ends_at: datetime = LATER
) -> AccessGrant:
    return AccessGrant(
        entitlement_id=EntitlementId(UUID(int=number)),
        kind=kind,
        subscription_id=None if is_films else SubscriptionId(ID),
        ends_at=ends_at,
        is_used=False,
    )


SOONER = LATER - timedelta(days=1)


@pytest.mark.parametrize(
    ("used", "other"),
    [
        (grant(2, is_films=True), grant(1)),
        (grant(2, is_films=True), grant(1, ends_at=SOONER)),
        (grant(2, ends_at=SOONER), grant(1)),
        (grant(2, is_films=True, ends_at=SOONER), grant(1, is_films=True)),
        (grant(2), grant(1, kind=GrantKind.GRACE, ends_at=SOONER)),
        (grant(1), grant(2)),
    ],
)
def test_of_several_rights_the_narrowest_is_used(used: AccessGrant, other: AccessGrant) -> None:
    rights = [
        decide(film=film(Access.SUBSCRIPTION), is_signed_in=True, answer=answer(*grants)).right
        for grants in ((used, other), (other, used))
    ]

    assert rights == [used, used]


def test_where_nothing_may_be_played_or_all_may_no_right_is_used() -> None:
    blocked = decide(film=film(Access.SUBSCRIPTION), is_signed_in=True, answer=answer(PAID, blocks=(DUNNING,)))
    free = decide(film=film(Access.FREE), is_signed_in=True, answer=None)

    assert (blocked.right, free.right) == (None, None)


def test_a_decision_without_having_asked_is_a_bug() -> None:
    with pytest.raises(ValueError, match="nobody asked"):
        decide(film=film(Access.SUBSCRIPTION), is_signed_in=True, answer=None)
