"""Where a URL leads, read so strictly that no two programs could read it differently.

A host is a name of letters, digits, hyphens and dots, a plain IPv4 address (four decimal numbers), or an IPv6 address
in brackets. Every other way to write an address (2130706433, 0x7f.1, 127.1, full-width digits, 127。0。0。1, a
trailing dot, a zone) is refused and not interpreted: the guard would have to guess what the next program makes of it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

from tracer.domain.errors import InvalidValue, OutboundRefused
from tracer.outbound.addresses import Address, Allowed

_URL = re.compile(r"(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*)://(?P<authority>[^/?#]*)(?P<rest>[/?#].*)?", re.DOTALL)
_LABEL = re.compile(r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?")
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")
_HOST_AND_PORT = re.compile(r"(?P<host>\[[^\[\]]*\]|[^:\[\]]*)(?::(?P<port>[0-9]{1,5}))?")
_DEFAULT_PORTS = {"http": 80, "https": 443}
_FIRST_HIGH_PORT = 1024
_LOCAL_ENDINGS = ("localhost", "local", "internal", "lan", "home.arpa", "localdomain", "onion", "invalid", "test")
_HOW_TO_ALLOW = "If it is meant, put it into the setting outbound_allow"


@dataclass(frozen=True, slots=True)
class Target:
    """Where a request goes: the host in lower case, IPv6 without brackets. `address` is set where the host is one."""

    scheme: str
    host: str
    port: int
    address: Address | None
    path: str = field(default="/", repr=False)
    """Path and query."""

    @property
    def url(self) -> str:
        """What the client is given: written anew from the parts that were checked."""
        return self.origin + self.path

    @property
    def origin(self) -> str:
        """What may be said of it in messages: scheme, host and port; path and query may hold secrets."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{host}:{self.port}"


def read_target(url: str, allowed: Allowed) -> Target:
    """Where a URL leads; raises OutboundRefused for every form, scheme, name or port that is not let out."""
    if not all("!" <= char <= "~" for char in url) or "\\" in url:
        raise OutboundRefused(
            "outgoing request: expected a URL of plain ASCII characters, got others (spaces, backslashes, full-width "
            "or Chinese characters). Write an international name in its xn-- form and escape the rest with %"
        )
    parts = _URL.fullmatch(url)
    scheme = parts["scheme"].lower() if parts else ""
    if parts is None or scheme not in _DEFAULT_PORTS:
        shown = f"the scheme {scheme[:20]!r}" if parts else "something else"
        raise OutboundRefused(f"outgoing request: expected a URL that begins with http:// or https://, got {shown}")
    if "@" in parts["authority"]:
        raise OutboundRefused(
            "outgoing request: expected a URL without user name and password, got one with. Leave them out"
        )
    split = _HOST_AND_PORT.fullmatch(parts["authority"])
    if split is None or not split["host"]:
        raise OutboundRefused(
            "outgoing request: expected https://host or https://host:port, got no host, or a port that is no number"
        )
    host, address = read_host(split["host"])
    port = int(split["port"]) if split["port"] else _DEFAULT_PORTS[scheme]
    rest = (parts["rest"] or "").partition("#")[0]
    target = Target(scheme, host, port, address, rest if rest.startswith("/") else f"/{rest}")
    _check_port(target, allowed)
    _check_name(target, allowed)
    return target


def named(url: str) -> str:
    """Scheme and host of a URL for messages and records, and nothing else of it, whatever its form."""
    parts = _URL.fullmatch(url)
    return f"{parts['scheme'].lower()}://{parts['authority'].rpartition('@')[2]}" if parts else "an address"


def read_host(written: str) -> tuple[str, Address | None]:
    """A host in lower case, with the address where it is one; raises OutboundRefused for odd forms."""
    host = written.lower()
    if host.startswith("["):
        try:
            address: Address = IPv6Address(host[1:-1])
        except ValueError:
            address = IPv6Address("::")
        if "%" in host or not re.fullmatch(r"[0-9a-f:.]+", host[1:-1]) or address == IPv6Address("::"):
            raise _odd_host(written)
        return str(address), address
    labels = host.split(".")
    if _NUMBER.fullmatch(labels[-1]):  # every program takes a name that ends in a number for an address
        try:
            return host, IPv4Address(host)
        except ValueError:
            raise _odd_host(written) from None
    if len(host) > 253 or not all(_LABEL.fullmatch(label) for label in labels):
        raise _odd_host(written)
    return host, None


def _odd_host(written: str) -> OutboundRefused:
    return OutboundRefused(
        "outgoing request: expected a host name, an IPv4 address of four decimal numbers or an IPv6 address in "
        f"brackets, got {written[:60]!r}. Write it plainly: no trailing dot, zone, octal, hexadecimal or short form"
    )


def _check_port(target: Target, allowed: Allowed) -> None:
    """80, 443 and those from 1024 on: below lie mail, shells and file servers, which a request could talk to."""
    usual = target.port in _DEFAULT_PORTS.values() or _FIRST_HIGH_PORT <= target.port <= 65535
    if not usual and (target.host, target.port) not in allowed.ports:
        raise OutboundRefused(
            f"outgoing request to {target.origin}: expected port 80, 443 or one from 1024 to 65535, got {target.port}. "
            f"{_HOW_TO_ALLOW} as host:port"
        )


def _check_name(target: Target, allowed: Allowed) -> None:
    """A name of the own machine or network is not even looked up, unless it is listed."""
    local = "." not in target.host or any(
        target.host == ending or target.host.endswith(f".{ending}") for ending in _LOCAL_ENDINGS
    )
    if target.address is None and local and target.host not in allowed.hosts:
        raise OutboundRefused(
            f"outgoing request to {target.origin}: expected a host of the public Internet, got a name of the own "
            f"machine or network. {_HOW_TO_ALLOW}"
        )


def read_allowed(entries: Sequence[str]) -> Allowed:
    """The allow list from its entries: network (10.1.0.0/16), address, host, or host:port; raises InvalidValue."""
    networks, hosts, ports = [], set(), set()
    for entry in entries:
        try:
            networks.append(ip_network(entry))
            continue
        except ValueError:
            pass  # no network: a host then
        split = _HOST_AND_PORT.fullmatch(entry)
        try:
            host, address = read_host(split["host"] if split else "")
        except OutboundRefused as error:
            expected = "networks (10.1.0.0/16), addresses, host names, or host:port"
            raise InvalidValue("setting outbound_allow", entry, expected) from error
        if address is not None:
            networks.append(ip_network(str(ip_address(host))))
        hosts.add(host)
        if split and split["port"]:
            ports.add((host, int(split["port"])))
    return Allowed(tuple(networks), frozenset(hosts), frozenset(ports))
