"""The guarded client on real sockets: who was connected to, and how it ends.

127.0.0.2 stands for a public address (it is listed as allowed), 127.0.0.1 for what is forbidden.
"""

from __future__ import annotations

import gzip
import itertools
import logging
import socket
import ssl
import threading

import pytest

from tests.listening import HELLO, listening
from tests.time_authority import issue_for_tls
from tracer.domain.errors import InvalidValue, OutboundFailed, OutboundRefused
from tracer.outbound.client import GuardedClient
from tracer.outbound.rules import OutboundRules
from tracer.outbound.target import read_allowed

FORBIDDEN = "127.0.0.1"
PUBLIC = "127.0.0.2"
HOOK = "/hook-hunter2?key=hunter2"


class Names:
    """A resolver that gives the next answer each time it is asked, the last one from then on."""

    def __init__(self, *answers: list[str]) -> None:
        self.asked: list[tuple[str, int]] = []
        self._answers = answers

    def __call__(self, host: str, port: int) -> list[str]:
        self.asked.append((host, port))
        return self._answers[min(len(self.asked), len(self._answers)) - 1]


def client(*answers: list[str], allow: tuple[str, ...] = (f"{PUBLIC}/32",), **rules: object) -> GuardedClient:
    given = {"seconds": 5.0, "connect_seconds": 2.0, **rules}
    return GuardedClient(OutboundRules(allowed=read_allowed(allow), **given), Names(*(answers or ([PUBLIC],))))


def test_an_answer_comes_back():
    with listening(b"HTTP/1.1 201 Created\r\nX-A: b\r\nContent-Length: 2\r\n\r\nok", PUBLIC) as server:
        answer = client().post(server.url("tsa.example.com", "/a?b"), b"body", {"content-type": "x/y"})
    assert (answer.status, answer.headers["x-a"], answer.body) == (201, "b", b"ok")
    head = server.heard[0].decode().lower().split("\r\n")
    assert head[0] == "post /a?b http/1.1"
    assert f"host: tsa.example.com:{server.port}" in head
    assert {"content-type: x/y", "accept-encoding: identity", "connection: close", "content-length: 4"} <= set(head)


REACHES_FORBIDDEN = [
    *("127.0.0.1", "2130706433", "0x7f000001", "0177.0.0.1", "0x7f.1", "127.1", "127.0.0.1.", "127.0.0.01", "0"),
    *("0.0.0.0", "localhost", "LocalHost", "localhost.", "a.localhost", "[::1]", "[::]", "[::ffff:127.0.0.1]"),
    *("[::127.0.0.1]", "[64:ff9b::7f00:1]", "[64:ff9b:1::7f00:1]", "[2002:7f00:1::]", "[2001:0:7f00:1::1]"),
    *("[::1%25lo]", "１２７.0.0.1", "127。0。0。1", "①②⑦.0.0.1", "%31%32%37.0.0.1", "user@127.0.0.1"),
    *("example.com@127.0.0.1", "127.0.0.1\\@example.com", "evil.example.com", "metadata.google.internal"),
    *("169.254.169.254", "255.255.255.255", "10.0.0.1", "[fe80::1]", "[fd00::1]", "127.0.0.3", "127.255.255.254"),
]


@pytest.mark.parametrize("host", REACHES_FORBIDDEN)
def test_no_form_of_an_address_reaches_what_is_forbidden(host):
    with listening() as forbidden, pytest.raises(OutboundRefused):
        client([FORBIDDEN]).get(f"http://{host}:{forbidden.port}/")
    assert forbidden.accepted == 0


@pytest.mark.parametrize(
    "answer",
    [
        *([FORBIDDEN], ["::1"], ["::ffff:127.0.0.1"], ["0.0.0.0"], ["64:ff9b::7f00:1"], ["fe80::1%lo"]),
        *([PUBLIC, FORBIDDEN], [FORBIDDEN, PUBLIC], [PUBLIC, "::1"], ["169.254.169.254"]),
    ],
    ids=" ".join,
)
def test_one_forbidden_address_refuses_a_name(answer):
    with listening() as forbidden, listening(address=PUBLIC, port=forbidden.port) as public:
        asking = client(answer)
        with pytest.raises(OutboundRefused, match="expected only public addresses"):
            asking.get(public.url("evil.example.com"))
    assert (forbidden.accepted, public.accepted) == (0, 0)


def test_a_name_that_turns_to_another_address_is_asked_for_once_and_then_refused():
    with listening() as forbidden, listening(address=PUBLIC, port=forbidden.port) as public:
        turning = client([PUBLIC], [FORBIDDEN])
        assert turning.get(public.url("evil.example.com")).body == b"hello"
        assert turning._resolver.asked == [("evil.example.com", public.port)]
        with pytest.raises(OutboundRefused):
            turning.get(public.url("evil.example.com"))
    assert (forbidden.accepted, public.accepted) == (0, 1)


def test_a_name_is_not_asked_for_again_when_its_address_does_not_answer():
    with listening() as forbidden:
        turning = client([PUBLIC], [FORBIDDEN])  # nobody listens on that port of PUBLIC
        with pytest.raises(OutboundFailed, match="Connection refused"):
            turning.get(forbidden.url("evil.example.com"))
    assert (forbidden.accepted, len(turning._resolver.asked)) == (0, 1)


def test_a_hundred_turning_names_reach_nothing():
    with listening() as forbidden, listening(address=PUBLIC, port=forbidden.port) as public:
        turning = client(*itertools.islice(itertools.cycle(([PUBLIC], [FORBIDDEN], [PUBLIC, FORBIDDEN])), 100))
        for _ in range(100):
            try:
                turning.get(public.url("evil.example.com"))
            except OutboundRefused:
                continue
    assert (forbidden.accepted, public.accepted) == (0, 34)


def test_the_next_address_is_tried_where_one_does_not_answer():
    with listening(address=PUBLIC) as public:
        answer = client(["127.0.0.3", PUBLIC], allow=("127.0.0.2/31",)).get(public.url("tsa.example.com"))
    assert answer.body == b"hello"


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_no_redirect_is_followed(status):
    with listening() as forbidden:
        to = f"HTTP/1.1 {status} Moved\r\nLocation: {forbidden.url(FORBIDDEN)}\r\nContent-Length: 0\r\n\r\n"
        with listening(to.encode(), PUBLIC) as public, pytest.raises(OutboundFailed, match="not followed"):
            client().get(public.url("evil.example.com"))
        assert (public.accepted, forbidden.accepted) == (1, 0)


def test_proxies_of_the_environment_are_not_used(monkeypatch):
    with listening() as proxy, listening(address=PUBLIC) as public:
        for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"):
            monkeypatch.setenv(name, proxy.url(FORBIDDEN))
        assert client().get(public.url("tsa.example.com")).body == b"hello"
        assert proxy.accepted == 0


def test_a_host_that_is_listed_may_be_inside():
    with listening() as inside:
        assert client([FORBIDDEN], allow=("tsa.lan",)).get(inside.url("tsa.lan")).body == b"hello"
        assert client(allow=(FORBIDDEN,)).get(inside.url(FORBIDDEN)).body == b"hello"


def drip(first: bytes, each: bytes):
    def say(listener, connection):
        connection.sendall(first)
        for _ in range(400):  # ends by itself, so that the test fails and does not hang where no deadline holds
            if listener.over.wait(0.02):
                return
            connection.sendall(each)

    return say


@pytest.mark.parametrize(
    "say",
    [
        drip(b"", b""),
        drip(b"", b"H"),
        drip(b"HTTP/1.1 200 OK\r\n", b"X-A: b\r\n"),
        drip(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n", b"a"),
        drip(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\na\r\n"),
        drip(b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
    ],
    ids=["silent", "status line", "headers", "body", "chunks", "interim answers"],
)
def test_a_slow_drip_ends_at_the_deadline(say):
    with listening(say, PUBLIC) as public, pytest.raises(OutboundFailed, match=r"an answer within 0.3 s"):
        client(seconds=0.3).get(public.url("slow.example.com"))


def test_a_handshake_that_drips_ends_at_the_deadline():
    record = drip(b"\x16\x03\x03\x40\x00", b"\x02")  # of 16 KiB, a byte at a time
    with listening(record, PUBLIC) as public, pytest.raises(OutboundFailed, match=r"within 0.3 s"):
        client(seconds=0.3).get(public.url("slow.example.com", scheme="https"))


def test_a_resolver_that_hangs_ends_at_the_deadline():
    over = threading.Event()

    def hang(host: str, port: int) -> list[str]:
        over.wait(30)
        return [PUBLIC]

    with pytest.raises(OutboundFailed, match="not resolved in time"):
        GuardedClient(OutboundRules(seconds=0.2), hang).get("http://slow.example.com/")
    over.set()


def test_the_caller_may_give_less_time_but_not_more():
    with listening(drip(b"", b"H"), PUBLIC) as public:
        with pytest.raises(OutboundFailed, match=r"within 0.1 s"):
            client().send("GET", public.url("slow.example.com"), seconds=0.1)
        with pytest.raises(OutboundFailed, match=r"within 0.2 s"):
            client(seconds=0.2).send("GET", public.url("slow.example.com"), seconds=9)


def endless(first: bytes, each: bytes):
    def say(listener, connection):
        connection.sendall(first)
        while not listener.over.is_set():
            connection.sendall(each)

    return say


PACKED = gzip.compress(bytes(10_000_000))


@pytest.mark.parametrize(
    "say",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 99999999\r\n\r\n",
        endless(b"HTTP/1.1 200 OK\r\n\r\n", b"a" * 4096),
        endless(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"1000\r\n" + b"a" * 4096 + b"\r\n"),
        endless(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\na\r\n" * 500),
        endless(b"HTTP/1.1 200 OK\r\n", b"X-Header: " + b"a" * 4096 + b"\r\n"),
        endless(b"HTTP/1.1 200 OK\r\nX-Header: ", b"a" * 4096),
        endless(b"", b"HTTP/1.1 100 Continue\r\n\r\n" * 100),
        b"HTTP/1.1 200 OK\r\nX-Header: " + b"a" * 5000 + b"\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(PACKED) + PACKED,
        b"HTTP/1.1 200 OK\r\nContent-Encoding: br\r\n\r\n",
    ],
    ids="length endless chunks tiny-chunks headers one-header interim large-header gzip brotli".split(),  # noqa: SIM905  # shorter than the list
)
def test_too_much_is_refused(say):
    with listening(say, PUBLIC) as public, pytest.raises(OutboundFailed, match=r"large.*(at most|not compressed)"):
        client(body_bytes=20_000, header_bytes=4000).get(public.url("large.example.com"))


def test_as_much_as_may_be_is_read():
    with listening(b"HTTP/1.1 200 OK\r\n\r\n" + b"a" * 20_000, PUBLIC) as public:
        assert len(client(body_bytes=20_000).get(public.url("large.example.com")).body) == 20_000
        with pytest.raises(OutboundFailed, match="at most 19999 bytes"):
            client(body_bytes=19_999).get(public.url("large.example.com"))


@pytest.mark.parametrize("say", [b"", b"\xff\xfe", b"HTTP/1.1 2", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nshort"])
def test_what_is_no_answer_is_refused(say):
    with listening(say, PUBLIC) as public, pytest.raises(OutboundFailed, match="expected an answer by HTTP"):
        client().get(public.url("odd.example.com"))


def test_a_name_that_does_not_resolve_is_told():
    def unknown(host: str, port: int) -> list[str]:
        raise socket.gaierror(-2, "Name or service not known")

    for resolver in (unknown, Names([])):
        with pytest.raises(OutboundFailed, match="does not resolve"):
            GuardedClient(OutboundRules(), resolver).get("http://nobody.example.com/")


def test_tls_speaks_to_the_name_at_the_checked_address(tmp_path):
    ca_file, chain = issue_for_tls(tmp_path, "tsa.example.com")
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(chain)
    asked: list[str | None] = []
    tls.sni_callback = lambda _socket, name, _context: asked.append(name)
    with listening(HELLO, PUBLIC, tls=tls) as public:
        trusting = client(ca_file=ca_file)
        assert trusting.get(public.url("tsa.example.com", scheme="https")).body == b"hello"
        assert asked == ["tsa.example.com"]
        with pytest.raises(OutboundFailed, match="ertificate"):
            trusting.get(public.url("other.example.com", scheme="https"))
        with pytest.raises(OutboundFailed, match="ertificate"):
            client().get(public.url("tsa.example.com", scheme="https"))
    assert len([one for one in public.heard if one]) == 1


def test_a_file_of_authorities_that_cannot_be_read_is_named(tmp_path):
    for path in (tmp_path / "none.pem", tmp_path):
        with pytest.raises(InvalidValue, match="outbound_ca_file"):
            client(ca_file=path).get("https://tsa.example.com/")


def test_messages_and_logs_hold_no_secret(caplog):
    caplog.set_level(logging.DEBUG)
    told = []
    header = {"authorization": "hunter2"}
    for say in (
        b"",
        b"HTTP/1.1 302 Found\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 99999999\r\n\r\n",
        drip(b"", b"H"),
    ):
        with listening(say, PUBLIC) as public, pytest.raises(OutboundFailed) as failed:
            client(seconds=0.3).post(public.url("a.example.com", HOOK), b"hunter2", header)
        told.append(str(failed.value))
    with listening(address=PUBLIC) as public:
        assert client().get(public.url("a.example.com", HOOK), header).status == 200
        with pytest.raises(OutboundFailed) as failed:
            client().get(public.url("a.example.com", HOOK), {"authorization": "hunter2\r\nx: y"})
        told.append(str(failed.value))
    for url in (f"http://127.0.0.1{HOOK}", f"http://localhost{HOOK}", f"http://u:hunter2@a.example.com{HOOK}"):
        with pytest.raises(OutboundRefused) as refused:
            client().get(url)
        told.append(str(refused.value))
    assert not [one for one in told if "hunter2" in one]
    assert "hunter2" not in caplog.text
    assert "a.example.com" not in caplog.text
