"""Rate limits by key."""

from datetime import timedelta

import pytest

from cinema.kit.clock import ManualClock
from cinema.kit.limits import Limiter, RateLimited, network_of


def limiter(clock: ManualClock, *, keys_max: int = 10) -> Limiter:
    return Limiter(clock=clock, burst=3, pause=timedelta(seconds=10), keys_max=keys_max)


def allowed(limits: Limiter, key: str, *, tries: int) -> int:
    count = 0
    for _ in range(tries):
        try:
            limits.take(key)
        except RateLimited:
            continue
        count += 1
    return count


def test_a_burst_passes_and_then_one_after_each_pause(clock: ManualClock) -> None:
    limits = limiter(clock)

    at_once = allowed(limits, "a", tries=100)
    clock.advance(timedelta(seconds=9))
    too_early = allowed(limits, "a", tries=100)
    clock.advance(timedelta(seconds=1))
    after_a_pause = allowed(limits, "a", tries=100)
    clock.advance(timedelta(days=365))
    much_later = allowed(limits, "a", tries=100)

    assert (at_once, too_early, after_a_pause, much_later) == (3, 0, 1, 3)


def test_a_refusal_says_when_to_come_again_and_that_is_true(clock: ManualClock) -> None:
    limits = limiter(clock)
    allowed(limits, "a", tries=3)
    clock.advance(timedelta(seconds=2.5))

    with pytest.raises(RateLimited) as refused:
        limits.take("a")
    clock.advance(timedelta(seconds=refused.value.retry_after_s))

    assert refused.value.retry_after_s == 8
    assert allowed(limits, "a", tries=100) == 1


def test_keys_do_not_take_from_each_other(clock: ManualClock) -> None:
    limits = limiter(clock)
    allowed(limits, "a", tries=100)

    assert allowed(limits, "b", tries=100) == 3


def test_what_is_given_back_can_be_taken_again(clock: ManualClock) -> None:
    limits = limiter(clock)
    allowed(limits, "a", tries=100)

    limits.give_back("a")
    limits.give_back("unheard of")

    assert allowed(limits, "a", tries=100) == 1


def test_of_too_many_keys_the_one_unused_for_longest_is_forgotten(clock: ManualClock) -> None:
    limits = limiter(clock, keys_max=2)
    allowed(limits, "a", tries=3)
    allowed(limits, "b", tries=2)
    allowed(limits, "c", tries=1)

    assert allowed(limits, "a", tries=100) == 3
    assert allowed(limits, "c", tries=100) == 2


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:ffff::1", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("a socket", "a socket"),
    ],
)
def test_a_place_is_an_ipv4_address_or_a_network_of_one_customer(address: str, network: str) -> None:
    assert network_of(address) == network
