"""Addresses of hosts: one host has one spelling before anything is compared.

Over a dual-stack socket an IPv4 host comes in as ``::ffff:a.b.c.d`` (RFC 4291, 2.5.5.2). It
is the host a.b.c.d; the old compatible form ``::a.b.c.d`` is nobody's.
"""

from collections.abc import Iterable
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

MAPPED = IPv6Network("::ffff:0:0/96")


def parsed(address: str) -> IPv4Address | IPv6Address | None:
    """The host's address; None for what is none."""
    try:
        found = ip_address(address)
    except ValueError:
        return None
    mapped = found.ipv4_mapped if isinstance(found, IPv6Address) else None
    return mapped or found


def plain(address: str) -> str:
    """The same host in its own spelling; what is no address stays as it is."""
    found = parsed(address)
    return str(found) if isinstance(found, IPv4Address) else address


def plain_network(network: IPv4Network | IPv6Network) -> IPv4Network | IPv6Network:
    """The same hosts in their own spelling."""
    if isinstance(network, IPv4Network) or not network.subnet_of(MAPPED):
        return network
    first = network.network_address.ipv4_mapped
    return IPv4Network((int(first or 0), network.prefixlen - MAPPED.prefixlen))


def is_within(networks: Iterable[IPv4Network | IPv6Network], address: str) -> bool:
    """Whether the host is in one of the networks; what is no address is in none."""
    found = parsed(address)
    return found is not None and any(found in network for network in networks)
