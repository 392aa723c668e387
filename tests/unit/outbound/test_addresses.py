"""Which addresses are public: nothing that Python or IANA calls otherwise, and no IPv4 address in disguise."""

from ipaddress import IPv4Address, IPv4Network, IPv6Address, ip_address, ip_network

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tracer.outbound.addresses import Allowed, why_not_public
from tracer.outbound.target import read_allowed

V4 = st.integers(0, 2**32 - 1).map(IPv4Address)
V6 = st.integers(0, 2**128 - 1).map(IPv6Address)
INNER = st.sampled_from(["127.0.0.1", "10.0.0.7", "169.254.169.254", "192.168.1.1"]).map(IPv4Address)

REFUSED = [
    *("0.0.0.0", "0.1.2.3", "10.0.0.1", "100.64.0.1", "127.0.0.1", "127.255.255.254", "169.254.169.254", "172.31.9.9"),
    *("192.0.0.8", "192.0.0.9", "192.0.2.1", "192.31.196.1", "192.52.193.1", "192.88.99.1", "192.88.99.2"),
    *("192.168.0.1", "192.175.48.1", "198.18.0.1", "198.19.255.255", "198.51.100.1", "203.0.113.1", "224.0.0.1"),
    *("239.255.255.250", "240.0.0.1", "255.255.255.255"),
    *("::", "::1", "::127.0.0.1", "::ffff:127.0.0.1", "::ffff:8.8.8.8", "64:ff9b::7f00:1", "64:ff9b::808:808"),
    *("64:ff9b:1::1", "100::1", "100:0:0:1::1", "2001::1", "2001:0:7f00:1::", "2001:2::1", "2001:10::1", "2001:20::1"),
    *("2001:db8::1", "2002:7f00:1::1", "2002:808:808::1", "2620:4f:8000::1", "3fff::1", "3fff:fff::1", "5f00::1"),
    *("fc00::1", "fd00::1", "fe80::1", "fe80::1%eth0", "2606:4700::1%eth0", "fec0::1", "ff02::1", "ff0e::1"),
    *("4000::1", "1000::1", "8000::1", "::2"),
]
PUBLIC = [
    *(
        "1.1.1.1",
        "8.8.8.8",
        "9.255.255.255",
        "11.0.0.0",
        "100.63.255.255",
        "100.128.0.0",
        "126.255.255.255",
        "128.0.0.0",
    ),
    *("172.15.255.255", "172.32.0.0", "192.0.1.0", "192.88.98.255", "192.88.100.0", "198.17.255.255", "198.20.0.0"),
    *(
        "223.255.255.255",
        "2001:200::1",
        "2001:4860:4860::8888",
        "2003::1",
        "2606:4700::1",
        "3ffe:ffff::1",
        "3fff:1000::1",
    ),
]


@pytest.mark.parametrize("text", REFUSED)
def test_an_address_of_a_special_block_is_not_public(text):
    assert why_not_public(ip_address(text))


@pytest.mark.parametrize("text", PUBLIC)
def test_its_neighbours_are(text):
    assert why_not_public(ip_address(text)) == ""


@given(V4 | V6 | st.integers(2**125, 2**126 - 1).map(IPv6Address))
@example(IPv6Address("64:ff9b::1"))
def test_nothing_is_public_that_python_does_not_call_global(address):
    if not why_not_public(address):
        assert address.is_global
        assert not address.is_multicast


@given(V4, st.integers(0, 2**32 - 1))
def test_no_ipv4_address_is_reached_in_disguise(inside, other):
    number = int(inside)
    disguises = [
        *(number, 0xFFFF << 32 | number, (0x64FF9B << 96) | number, (0x64FF9B << 96) | (1 << 80) | number),
        *(0x2002 << 112 | number << 80 | other, 0x20010000 << 96 | other << 64 | (number ^ 0xFFFFFFFF)),
    ]
    for disguise in disguises:
        assert why_not_public(IPv6Address(disguise))


def test_what_is_listed_is_allowed_and_nothing_beside_it():
    allowed = read_allowed(["10.1.0.0/16", "fd00::/8", "192.168.7.7", "tsa.lan", "old.lan:318"])
    for address in ("10.1.2.3", "fd12::1", "192.168.7.7", "8.8.8.8"):
        assert allowed.why_not("anywhere.example", ip_address(address)) == ""
    for address in ("10.2.0.1", "192.168.7.8", "127.0.0.1", "fe80::1", "::ffff:10.1.2.3", "2002:a01:203::1"):
        assert allowed.why_not("anywhere.example", ip_address(address))
    assert allowed.ports == {("old.lan", 318)}
    assert allowed.hosts == {"tsa.lan", "old.lan"}


def test_a_listed_host_may_be_inside_but_not_where_no_service_is():
    allowed = read_allowed(["tsa.lan"])
    for address in ("10.1.2.3", "127.0.0.1", "::1", "fd00::1"):
        assert allowed.why_not("tsa.lan", ip_address(address)) == ""
        assert allowed.why_not("other.lan", ip_address(address))
    for address in ("169.254.169.254", "0.0.0.0", "224.0.0.1", "255.255.255.255", "fe80::1", "::ffff:10.1.2.3"):
        assert allowed.why_not("tsa.lan", ip_address(address))


@given(INNER)
def test_a_listed_nat64_network_lets_public_addresses_through_only(inner):
    allowed = Allowed(networks=(ip_network("64:ff9b::/96"),))
    assert allowed.why_not("a.example", IPv6Address((0x64FF9B << 96) | int(IPv4Address("8.8.8.8")))) == ""
    assert allowed.why_not("a.example", IPv6Address((0x64FF9B << 96) | int(inner)))
    both = Allowed(networks=(ip_network("64:ff9b::/96"), IPv4Network(f"{inner}/32")))
    assert both.why_not("a.example", IPv6Address((0x64FF9B << 96) | int(inner))) == ""
