"""Which IP addresses lie in the public Internet, and which of the others an operator allows.

The lists are the IANA IPv4 and IPv6 Special-Purpose Address Registries (RFC 6890, RFC 8190; as of 2025-10-09), with
multicast (RFC 5771, RFC 4291). They are stricter than the registries' column "Globally Reachable", and than
`ipaddress.is_global`, in three ways: an address with an IPv4 address inside (mapped, compatible, 6to4, Teredo, NAT64)
is refused, since a gateway or this machine would send it on to what is inside; so are anycast services that the own
network may answer itself (AS112, AMT, 6to4 relays); and of IPv6 nothing but 2000::/3 is let through, since IANA has
given out nothing else for unicast.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_network

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

_SPECIAL = {
    # IPv4
    "0.0.0.0/8": "this network",
    "10.0.0.0/8": "private use",
    "100.64.0.0/10": "shared address space",
    "127.0.0.0/8": "loopback",
    "169.254.0.0/16": "link local, cloud metadata",
    "172.16.0.0/12": "private use",
    "192.0.0.0/24": "IETF protocol assignments",
    "192.0.2.0/24": "documentation",
    "192.31.196.0/24": "AS112",
    "192.52.193.0/24": "AMT",
    "192.88.99.0/24": "6to4 relay anycast",
    "192.168.0.0/16": "private use",
    "192.175.48.0/24": "AS112",
    "198.18.0.0/15": "benchmarking",
    "198.51.100.0/24": "documentation",
    "203.0.113.0/24": "documentation",
    "224.0.0.0/4": "multicast",
    "240.0.0.0/4": "reserved, broadcast",
    # IPv6 outside 2000::/3, named where that helps
    "::/128": "unspecified",
    "::1/128": "loopback",
    "::ffff:0:0/96": "IPv4-mapped",
    "::/96": "IPv4-compatible",
    "64:ff9b::/96": "NAT64",
    "64:ff9b:1::/48": "local-use NAT64",
    "100::/64": "discard only",
    "100:0:0:1::/64": "dummy prefix",
    "5f00::/16": "segment routing",
    "fc00::/7": "unique local",
    "fe80::/10": "link local",
    "fec0::/10": "site local",
    "ff00::/8": "multicast",
    # IPv6 inside 2000::/3
    "2001::/32": "Teredo",
    "2001::/23": "IETF protocol assignments",
    "2001:db8::/32": "documentation",
    "2002::/16": "6to4",
    "2620:4f:8000::/48": "AS112",
    "3fff::/20": "documentation",
}
_SPECIAL_NETWORKS: tuple[tuple[Network, str], ...] = tuple(
    (ip_network(block), name) for block, name in _SPECIAL.items()
)
_GLOBAL_UNICAST = IPv6Network("2000::/3")
_NAT64 = IPv6Network("64:ff9b::/96")
_WITH_IPV4_INSIDE = tuple(
    IPv6Network(block) for block in ("::/96", "::ffff:0:0/96", "64:ff9b::/32", "2001::/32", "2002::/16")
)
_NEVER_BY_NAME: tuple[Network, ...] = tuple(
    ip_network(block)
    for block in ("0.0.0.0/8", "169.254.0.0/16", "224.0.0.0/4", "240.0.0.0/4", "::/128", "fe80::/10", "ff00::/8")
)


def why_not_public(address: Address) -> str:
    """The kind of address it is, in words, where it does not lie in the public Internet; else an empty text."""
    if isinstance(address, IPv6Address) and address.scope_id is not None:
        return "zone of this machine"
    for network, name in _SPECIAL_NETWORKS:
        if address.version == network.version and address in network:
            return name
    if isinstance(address, IPv6Address) and address not in _GLOBAL_UNICAST:
        return "not given out for unicast"
    return ""


@dataclass(frozen=True, slots=True)
class Allowed:
    """What an operator allows beyond the public Internet: networks, and hosts by name, with or without a port."""

    networks: tuple[Network, ...] = ()
    hosts: frozenset[str] = frozenset()
    ports: frozenset[tuple[str, int]] = frozenset()
    """(host, port) listed together; the host is in `hosts` too."""

    def why_not(self, host: str, address: Address) -> str:
        """Why a connection to an address for a host is not allowed, in words; empty where it is.

        A host that is listed may lie in the own network or on this machine, but never where no service of one's
        own has business (cloud metadata, multicast): whoever means those lists the network.
        """
        kind = why_not_public(address)
        if not kind or self.is_listed(address):
            return ""
        if host in self.hosts and not _within(address, _NEVER_BY_NAME) and not _holds_ipv4(address):
            return ""
        return kind

    def is_listed(self, address: Address) -> bool:
        """Whether an operator's networks hold it."""
        if not _within(address, self.networks):
            return False
        if isinstance(address, IPv6Address) and address in _NAT64:  # a network with NAT64: judge what is inside
            inside = IPv4Address(int(address) & 0xFFFF_FFFF)
            return not why_not_public(inside) or _within(inside, self.networks)
        return True


def _within(address: Address, networks: Iterable[Network]) -> bool:
    return any(address.version == network.version and address in network for network in networks)


def _holds_ipv4(address: Address) -> bool:
    """Whether something on the way would take an IPv4 address out of this one; loopback (::1) is none of these."""
    return address != IPv6Address("::1") and _within(address, _WITH_IPV4_INSIDE)
