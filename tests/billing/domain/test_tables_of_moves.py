"""Every state of every machine is in its table."""

from enum import StrEnum

import pytest

from cinema.billing.domain.order import ORDERS, REFUNDS
from cinema.billing.domain.subscription import SUBSCRIPTIONS
from cinema.contracts.enums import OrderStatus, RefundState, SubscriptionStatus
from cinema.kit.states import IllegalMove, Machine

MACHINES: list[Machine[StrEnum]] = [ORDERS, REFUNDS, SUBSCRIPTIONS]  # type: ignore[list-item] # as one kind


@pytest.mark.parametrize("machine", MACHINES, ids=lambda machine: machine.name)
def test_every_state_is_reached(machine: Machine[StrEnum]) -> None:
    reached = set(machine.starts) | {after for _, after in machine.moves}

    assert reached == set(machine.states)


def test_what_is_over_stays_over() -> None:
    assert SUBSCRIPTIONS.ends() == {SubscriptionStatus.ENDED}
    assert ORDERS.ends() == {OrderStatus.CANCELED, OrderStatus.REFUNDED}
    assert REFUNDS.ends() == {RefundState.SUCCEEDED, RefundState.REJECTED}


def test_an_undeclared_move_is_refused() -> None:
    with pytest.raises(IllegalMove, match="does not go from ended to active"):
        SUBSCRIPTIONS.event(SubscriptionStatus.ENDED, SubscriptionStatus.ACTIVE)
