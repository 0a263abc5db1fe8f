"""One host has one spelling, whichever socket or proxy tells of it (O6)."""

from ipaddress import ip_network

import pytest

from cinema.kit.hosts import is_within, plain, plain_network

NETWORKS = (ip_network("185.71.76.0/27"), ip_network("2a02:5180::/32"))


@pytest.mark.parametrize(
    ("address", "is_ours"),
    [
        ("185.71.76.5", True),
        ("::ffff:185.71.76.5", True),
        ("::FFFF:b947:4c05", True),
        ("2a02:5180::1", True),
        ("203.0.113.9", False),
        ("::ffff:203.0.113.9", False),
        ("::b947:4c05", False),
        ("::185.71.76.5", False),
        ("64:ff9b::185.71.76.5", False),
        ("2002:b947:4c05::1", False),
        ("::ffff:0:185.71.76.5", False),
        ("", False),
        ("185.71.76.5, 10.0.0.1", False),
        ("testclient", False),
    ],
)
def test_a_mapped_address_is_its_host_and_nobody_else(address: str, *, is_ours: bool) -> None:
    assert is_within(NETWORKS, address) is is_ours


@pytest.mark.parametrize(
    ("address", "spelling"),
    [("::ffff:127.0.0.1", "127.0.0.1"), ("127.0.0.1", "127.0.0.1"), ("::1", "::1"), ("unix", "unix"), ("", "")],
)
def test_only_mapped_addresses_are_spelled_anew(address: str, spelling: str) -> None:
    assert plain(address) == spelling


@pytest.mark.parametrize(
    ("network", "spelling"),
    [("::ffff:10.0.0.0/104", "10.0.0.0/8"), ("::ffff:0:0/96", "0.0.0.0/0"), ("::/0", "::/0"), ("fd00::/8", "fd00::/8")],
)
def test_networks_of_mapped_addresses_are_those_of_their_hosts(network: str, spelling: str) -> None:
    assert str(plain_network(ip_network(network))) == spelling
