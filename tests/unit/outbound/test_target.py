"""Where a URL leads: one way to write it, and every other refused."""

import socket
from ipaddress import IPv4Address, ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracer.domain.errors import InvalidValue, OutboundRefused
from tracer.outbound.addresses import Allowed
from tracer.outbound.target import named, read_allowed, read_host, read_target

NONE = Allowed()
ODD_HOSTS = [
    *("2130706433", "0x7f000001", "0177.0.0.1", "0x7f.1", "127.1", "127.0.1", "0", "017700000001", "0x7f.0.0.1"),
    *("127.0.0.1.", "127.0.0.01", "256.1.1.1", "1.2.3.4.5", "127.0.0.0x1", "example.0x7f", "a.127", "0x", "1.0x"),
    *("example.com.", ".example.com", "a..b", ".", "..", "-a.example", "a-.example", "a" * 64 + ".example"),
    *("[::1%25eth0]", "[::1%eth0]", "[fe80::1%251]", "[127.0.0.1]", "[]", "[::", "::1", "[v1.a]", "[::]"),
    *(
        "１２７.0.0.1",
        "127。0。0。1",
        "127．0．0．1",
        "127｡0｡0｡1",
        "①②⑦.0.0.1",
        "ｌocalhost",
        "例子.cn",
        "ex\u00adample.com",
    ),
    *("127.0.0.1%00.example.com", "%31%32%37.0.0.1", "exa mple.com", "example.com\\@127.0.0.1", "a\t.example", ""),
    *("localhost", "LOCALHOST", "a.localhost", "printer", "tsa.local", "metadata.google.internal", "router.lan"),
    *(
        "nas.home.arpa",
        "user@example.com",
        "user:pw@example.com",
        "@example.com",
        "example.com@127.0.0.1",
        "a*b.example",
    ),
]


@pytest.mark.parametrize("host", ODD_HOSTS)
@pytest.mark.parametrize("scheme", ["http", "https"])
def test_an_odd_host_is_refused(scheme, host):
    with pytest.raises(OutboundRefused, match="expected"):
        read_target(f"{scheme}://{host}/path", NONE)
    with pytest.raises(OutboundRefused, match="expected"):
        read_target(f"{scheme}://{host}:8080/path", NONE)


@pytest.mark.parametrize(
    "url",
    [
        *("", "example.com", "//example.com", "ftp://example.com", "file:///etc/passwd", "gopher://example.com"),
        *("http:example.com", "http:/example.com", "http:///x", "http://:80", "javascript:alert(1)", "unix:///run/x"),
        *("http://example.com:", "http://example.com:x", "http://example.com:-1", "http://example.com:1:2"),
        *("http://example.com:99999", "http://example.com:0", "http://example.com:22", "http://example.com:25"),
        *(" http://example.com", "http://example.com/\r\nX: y", "http://exam\nple.com", "http://example.com:８０"),
    ],
)
def test_an_odd_url_is_refused(url):
    with pytest.raises(OutboundRefused, match="expected"):
        read_target(url, NONE)


@pytest.mark.parametrize(
    ("url", "origin", "rewritten"),
    [
        ("https://TSA.Example.com", "https://tsa.example.com:443", "https://tsa.example.com:443/"),
        ("http://example.com:8080/a?b=c#d", "http://example.com:8080", "http://example.com:8080/a?b=c"),
        ("HTTP://example.com?x", "http://example.com:80", "http://example.com:80/?x"),
        ("http://1.2.3.4/", "http://1.2.3.4:80", "http://1.2.3.4:80/"),
        ("http://[2606:4700:0:0::1]/", "http://[2606:4700::1]:80", "http://[2606:4700::1]:80/"),
        (
            "https://xn--fsqu00a.xn--0zwm56d/",
            "https://xn--fsqu00a.xn--0zwm56d:443",
            "https://xn--fsqu00a.xn--0zwm56d:443/",
        ),
        ("http://a_b.example.com:443/", "http://a_b.example.com:443", "http://a_b.example.com:443/"),
    ],
)
def test_a_plain_url_is_read(url, origin, rewritten):
    target = read_target(url, NONE)
    assert (target.origin, target.url) == (origin, rewritten)


def test_a_low_port_and_a_local_name_need_the_list():
    allowed = read_allowed(["tsa.example.com:318", "tsa"])
    assert read_target("http://tsa.example.com:318/", allowed).port == 318
    assert read_target("http://tsa/", allowed).host == "tsa"
    for url in ("http://tsa.example.com:319/", "http://other.example.com:318/", "http://tsa:318/", "http://tsb/"):
        with pytest.raises(OutboundRefused, match="outbound_allow"):
            read_target(url, allowed)


@pytest.mark.parametrize("entry", ["", "10.0.0.1/8", "http://a.example", "a.example:x", "127.1", "*.example", "a b"])
def test_a_bad_entry_of_the_list_is_named(entry):
    with pytest.raises(InvalidValue, match="outbound_allow"):
        read_allowed(["10.0.0.0/8", entry])


def part_forms(number):
    return st.sampled_from(
        [str(number), hex(number), hex(number).upper().replace("X", "x"), f"0{number:o}", f"0{number}"]
    )


@st.composite
def ways_to_write(draw):
    """An IPv4 address in any form that inet_aton takes."""
    address = draw(st.integers(0, 2**32 - 1))
    count = draw(st.integers(1, 4))
    bytes_ = list(address.to_bytes(4, "big"))
    parts = [*bytes_[: count - 1], int.from_bytes(bytes(bytes_[count - 1 :]), "big")]
    return ".".join(draw(part_forms(part)) for part in parts)


@given(ways_to_write())
def test_only_the_plain_form_of_an_address_is_read_and_it_means_what_the_system_means(written):
    try:
        host, address = read_host(written)
    except OutboundRefused:
        return
    assert host == str(address) == written
    assert socket.inet_aton(written) == address.packed


@given(st.text("0123456789abcdefx.-_", min_size=1, max_size=24))
def test_what_is_taken_for_a_name_is_no_address_to_the_system(written):
    try:
        _, address = read_host(written)
    except OutboundRefused:
        return
    if address is None:
        with pytest.raises(OSError, match="illegal IP address"):
            socket.inet_aton(written)


@given(st.text(max_size=40) | st.text("[]:%.0123456789abcdefg@/?#\\ ", max_size=40))
def test_any_text_is_read_or_refused(text):
    for url in (text, f"http://{text}", f"https://{text}/"):
        try:
            target = read_target(url, NONE)
        except OutboundRefused:
            continue
        assert target.host in url.lower() or target.address == ip_address(target.host)
        assert read_target(target.url, NONE) == target


@given(st.integers(0, 2**32 - 1).map(IPv4Address))
def test_the_plain_form_is_read(address):
    assert read_host(str(address)) == (str(address), address)


def test_messages_hold_no_secret():
    for url in (
        "ftp://u:hunter2@a.example/hunter2",
        "https://u:hunter2@a.example/",
        "http://a.example:22/hunter2?hunter2",
    ):
        with pytest.raises(OutboundRefused) as caught:
            read_target(url, NONE)
        assert "hunter2" not in str(caught.value)
    assert "hunter2" not in repr(read_target("http://a.example/hunter2?k=hunter2", NONE))
    assert named("https://u:hunter2@a.example/hunter2?hunter2") == "https://a.example"
    assert named("hunter2") == "an address"
