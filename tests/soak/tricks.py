"""Ways to make a client of HTTP connect to where it should not: each gives a URL, and what its name resolves to."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from ipaddress import IPv4Address, IPv6Address
from typing import TypeVar

import numpy as np

from tests.listening import HELLO

PUBLIC = "127.0.0.2"
FORBIDDEN = ("127.0.0.1", "127.0.0.3", "127.9.9.9", "::1")
ELSEWHERE = ("10.0.0.1", "169.254.169.254", "192.168.1.1", "172.16.0.1", "100.64.0.1", "0.0.0.0", "255.255.255.255")
T = TypeVar("T")


class Ending(Enum):
    """What becomes of a request."""

    REFUSED = "refused before any connection"
    FAILED = "sent, and its answer, a redirect, refused"
    ANSWERED = "answered by who was asked, and nobody else"


@dataclass(frozen=True, slots=True)
class Request:
    """A URL, what its name resolves to each time it is asked for, and what PUBLIC says to whoever comes.

    `ends`: what has to come of it.
    """

    url: str
    answers: Sequence[Sequence[str]] = ((FORBIDDEN[0],),)
    says: bytes = HELLO
    ends: Ending = Ending.REFUSED


Trick = Callable[[np.random.Generator, int], Request]


def one_of(rng: np.random.Generator, items: Sequence[T]) -> T:
    """Any of the items."""
    return items[int(rng.integers(len(items)))]


def _name(rng: np.random.Generator) -> str:
    word = "".join(one_of(rng, "abcdefghijklmnopqrstuvwxyz") for _ in range(int(rng.integers(1, 12))))
    return one_of(rng, [f"{word}.example.com", f"{word}.example", f"a.{word}.example.org", f"127.0.0.1.{word}.example"])


def _cased(rng: np.random.Generator, text: str) -> str:
    return "".join(char.upper() if rng.random() < 0.4 else char for char in text)


def _scheme(rng: np.random.Generator) -> str:
    return _cased(rng, one_of(rng, ["http", "http", "http", "https"]))


def _url(rng: np.random.Generator, host: str, port: int, scheme: str = "") -> str:
    return f"{scheme or _scheme(rng)}://{host}:{port}{one_of(rng, ['/', '', '/a?b=c', '/%2e%2e/', '?x', '#x'])}"


def asked(rng: np.random.Generator, port: int) -> str:
    """A plain request to PUBLIC, by name or address."""
    host = one_of(rng, [PUBLIC, _name(rng), _cased(rng, _name(rng))])
    return _url(rng, host, port, "http")


def plain(rng: np.random.Generator) -> Sequence[Sequence[str]]:
    """Its answers: at the next question they would be others."""
    return one_of(rng, [[[PUBLIC]], [[PUBLIC], [one_of(rng, FORBIDDEN)]]])


def _ipv4(rng: np.random.Generator) -> int:
    return int(IPv4Address(one_of(rng, [*FORBIDDEN[:3], *FORBIDDEN[:3], *ELSEWHERE])))


def _number(rng: np.random.Generator, value: int) -> str:
    zeros = "0" * int(rng.integers(4))
    return one_of(rng, [str(value), f"{zeros}{value}", f"0{zeros}{value:o}", f"0x{zeros}{value:x}", f"0X{value:X}"])


def _numbers(rng: np.random.Generator) -> str:
    """An address as inet_aton reads it: one to four numbers, of any base; the last takes what is left."""
    value, parts = _ipv4(rng), int(rng.integers(1, 5))
    first = [value >> (24 - 8 * at) & 255 for at in range(parts - 1)]
    return ".".join(_number(rng, part) for part in (*first, value & ((1 << (8 * (5 - parts))) - 1)))


def addresses(rng: np.random.Generator, port: int) -> Request:
    """IPv4 in all ways to write it."""
    return Request(_url(rng, _numbers(rng), port))


_DIGITS = ("０１２３４５６７８９", "⓪①②③④⑤⑥⑦⑧⑨", "𝟎𝟏𝟐𝟑𝟒𝟓𝟔𝟕𝟖𝟗", "⁰¹²³⁴⁵⁶⁷⁸⁹", "٠١٢٣٤٥٦٧٨٩")


def characters(rng: np.random.Generator, port: int) -> Request:
    """Digits, letters and dots that some programs take for others, or that are escaped."""
    host = one_of(rng, [str(IPv4Address(_ipv4(rng))), "localhost", _numbers(rng)])
    digits, share = one_of(rng, _DIGITS), rng.random()
    told = ""
    for char in host:
        if rng.random() > share:
            told += char
        elif char == ".":
            told += one_of(rng, ["。", "．", "｡", "%2e", "%2E", "․", "\u00ad."])
        elif char.isdigit():
            told += one_of(rng, [digits[int(char)], f"%{ord(char):02x}"])
        else:
            told += one_of(rng, [chr(ord(char) + 0xFEE0), f"%{ord(char):02x}", f"{char}\u200b"])
    return Request(_url(rng, told if told != host else f"{host}。", port))


def _inside(rng: np.random.Generator) -> int:
    """An IPv6 address with an IPv4 address in it."""
    value = _ipv4(rng)
    return one_of(
        rng,
        [
            0xFFFF << 32 | value,  # mapped
            value,  # compatible
            0xFFFF0000 << 32 | value,  # translated (SIIT)
            0x0064FF9B << 96 | value,  # NAT64
            0x0064FF9B0001 << 80 | value,
            0x2002 << 112 | value << 80 | int(rng.integers(1 << 16)),  # 6to4
            0x20010000 << 96 | value << 64 | int(rng.integers(1 << 32)),  # Teredo, the server
            0x20010000 << 96 | int(rng.integers(1 << 32)) << 64 | value ^ 0xFFFFFFFF,  # Teredo, the client
            0xFE80 << 112 | 0x5EFE << 32 | value,  # ISATAP on this link
        ],
    )


def _written(rng: np.random.Generator, address: int) -> str:
    groups = [address >> (112 - 16 * at) & 0xFFFF for at in range(8)]
    low = address & 0xFFFFFFFF
    full = ":".join(f"{group:04x}" for group in groups)
    short = ":".join(f"{group:x}" for group in groups)
    dotted = ":".join(f"{group:x}" for group in groups[:6]) + f":{IPv4Address(low)}"
    return _cased(rng, one_of(rng, [str(IPv6Address(address)), full, short, dotted]))


def inside_ipv6(rng: np.random.Generator, port: int) -> Request:
    """IPv4 inside of IPv6, and IPv6 that leads to this machine or network, with zones or without."""
    own = [int(IPv6Address(one)) for one in ("::1", "::", "fe80::1", "fd00::1", "ff02::1", "fec0::1", "2001:db8::1")]
    host = _written(rng, one_of(rng, [_inside(rng), _inside(rng), one_of(rng, own)]))
    zone = one_of(rng, ["", "", "", "%lo", "%25lo", "%eth0", "%251", "%"])
    return Request(_url(rng, f"[{host}{zone}]", port))


def local_names(rng: np.random.Generator, port: int) -> Request:
    """Names of the own machine or network."""
    name = one_of(rng, ["localhost", "a.localhost", "printer", "nas.local", "metadata.google.internal", "router.lan"])
    return Request(_url(rng, _cased(rng, name) + one_of(rng, ["", "", ".", ".."]), port))


def dots(rng: np.random.Generator, port: int) -> Request:
    """Dots too many."""
    host = one_of(rng, [str(IPv4Address(_ipv4(rng))), _numbers(rng), _name(rng), "localhost"])
    return Request(
        _url(rng, one_of(rng, [f"{host}.", f"{host}..", f".{host}", host.replace(".", "..", 1) + "."]), port)
    )


def users(rng: np.random.Generator, port: int) -> Request:
    """User names, backslashes and the like, by which two programs see two hosts."""
    good, bad = f"{_name(rng)}:{port}", f"{one_of(rng, [str(IPv4Address(_ipv4(rng))), '[::1]', 'localhost'])}:{port}"
    forms = [
        *("{good}@{bad}", "{bad}@{good}", "{good}\\@{bad}", "{bad}\\@{good}", "{good}@{bad}@{good}", ":@{bad}"),
        *(
            "{good}%40{bad}",
            "{bad}%23@{good}",
            "{bad}%2f@{good}",
            "{bad}\\.{good}",
            "{good}\t@{bad}",
            "{bad}\r\n{good}",
        ),
        *(
            "{bad}#@{good}",
            "{bad}?@{good}",
            "{bad}/@{good}",
            "{bad}%00{good}",
            " {bad}",
            "{bad},{good}",
            "{bad};{good}",
        ),
        *("{good};@{bad}", "[{good}]@{bad}", "{bad} {good}", "@{bad}", "{bad}&@{good}"),
    ]
    return Request(f"{_scheme(rng)}://{one_of(rng, forms).format(good=good, bad=bad)}/")


def schemes(rng: np.random.Generator, port: int) -> Request:
    """Other schemes, and other ways to begin."""
    host = f"{one_of(rng, [FORBIDDEN[0], PUBLIC, _name(rng)])}:{port}"
    odd = ["ftp", "file", "gopher", "dict", "ldap", "unix", "jar:http", "url:http", "ws", "http+unix", "h", "data"]
    forms = [
        *(f"{one}://{host}/" for one in odd),
        f"http:{host}",
        f"http:/{host}",
        f"http:///{host}",
        f"//{host}",
        host,
    ]
    return Request(_cased(rng, one_of(rng, [*forms, f"http:\\\\{host}", f" http://{host}", f"http\n://{host}"])))


def ports(rng: np.random.Generator, port: int) -> Request:
    """A good host, and a port of mail, shells and the like, or none."""
    low = int(rng.integers(1, 1024))
    odd = [
        str(25 if low in (80, 443) else low),
        "0",
        "65536",
        "99999",
        "-1",
        "x",
        f"{port}x",
        "８０",
        f"+{port}",
        f" {port}",
    ]
    return Request(f"{_scheme(rng)}://{one_of(rng, [PUBLIC, _name(rng)])}:{one_of(rng, odd)}/", ((PUBLIC,),))


def _bad_answer(rng: np.random.Generator) -> str:
    ways = [one_of(rng, FORBIDDEN), one_of(rng, FORBIDDEN), str(IPv6Address(_inside(rng))), one_of(rng, ELSEWHERE)]
    return one_of(rng, [*ways, "::", "fe80::1%lo"])


def names(rng: np.random.Generator, port: int) -> Request:
    """A name of the Internet that leads inside."""
    return Request(_url(rng, _cased(rng, _name(rng)), port), ((_bad_answer(rng),),))


def mixed(rng: np.random.Generator, port: int) -> Request:
    """A good address and a bad one in one answer."""
    answer = [PUBLIC] * int(rng.integers(1, 4)) + [_bad_answer(rng)]
    return Request(_url(rng, _name(rng), port), ([answer[int(at)] for at in rng.permutation(len(answer))], (PUBLIC,)))


def turning(rng: np.random.Generator, port: int) -> Request:
    """A name that leads inside first and is good when asked for again."""
    return Request(_url(rng, _name(rng), port), ((one_of(rng, FORBIDDEN),), (PUBLIC,)))


def redirects(rng: np.random.Generator, port: int) -> Request:
    """A good server that sends us on to where it is forbidden, or says so in a header that some follow."""
    to = f"http://{one_of(rng, [FORBIDDEN[0], '[::1]', '127.0.0.3', '127.1', '2130706433', 'localhost'])}:{port}/"
    url = _url(rng, one_of(rng, [PUBLIC, _name(rng)]), port, "http")
    answers = ((PUBLIC,), (one_of(rng, FORBIDDEN),))  # who follows asks again
    ends = Ending.FAILED
    status, header = int(rng.integers(300, 309)), one_of(rng, ["Location", "location", "Location", "Refresh", "Link"])
    if header in ("Refresh", "Link"):
        ends, status, to = Ending.ANSWERED, 200, {"Refresh": f"0; url={to}", "Link": f"<{to}>; rel=preload"}[header]
    head = f"HTTP/1.1 {status} Moved\r\n{header}: {to}\r\n"
    return Request(url, answers, f"{head}Content-Length: 5\r\n\r\nhello".encode(), ends)


TRICKS: Mapping[str, Trick] = {
    one.__name__: one
    for one in (
        *(addresses, characters, inside_ipv6, local_names, dots, users, schemes, ports),
        *(names, mixed, turning, redirects),
    )
}
ON_THIS_MACHINE = {one.__name__: one for one in (turning, redirects)}
"""Those that lead to nothing but the listeners, for a client without its guard."""
