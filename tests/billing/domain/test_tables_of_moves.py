"""Every state of every machine is in its table."""

from enum import StrEnum
from itertools import permutations

import pytest

from cinema.billing.domain.order import ORDERS, REFUNDS
from cinema.billing.domain.subscription import RENEWALS, SUBSCRIPTIONS
from cinema.contracts.enums import OrderStatus, RefundState, RenewalState, SubscriptionStatus
from cinema.kit.states import IllegalMove, Machine

MACHINES: list[Machine[StrEnum]] = [ORDERS, REFUNDS, RENEWALS, SUBSCRIPTIONS]  # type: ignore[list-item] # as one kind


@pytest.mark.parametrize("machine", MACHINES, ids=lambda machine: machine.name)
def test_every_state_is_reached(machine: Machine[StrEnum]) -> None:
    reached = set(machine.starts) | {after for _, after in machine.moves}

    assert reached == set(machine.states)


def test_what_is_over_stays_over() -> None:
    assert SUBSCRIPTIONS.ends() == {SubscriptionStatus.ENDED}
    assert ORDERS.ends() == {OrderStatus.CANCELED, OrderStatus.REFUNDED}
    assert RENEWALS.ends() == set()
    assert REFUNDS.ends() == {RefundState.SUCCEEDED, RefundState.REJECTED}


def test_each_move_of_a_renewal_has_its_word() -> None:
    on, off, lost = RenewalState.ON, RenewalState.OFF, RenewalState.NO_METHOD

    assert {move: RENEWALS.event(*move) for move in permutations(RenewalState, 2)} == {
        (on, off): "switched off",
        (on, lost): "method lost",
        (off, on): "switched on",
        (off, lost): "method lost meanwhile",
        (lost, on): "method chosen",
        (lost, off): "switched off",
    }


def test_an_undeclared_move_is_refused() -> None:
    with pytest.raises(IllegalMove, match="does not go from ended to active"):
        SUBSCRIPTIONS.event(SubscriptionStatus.ENDED, SubscriptionStatus.ACTIVE)
