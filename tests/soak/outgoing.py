"""Tricks against the guarded client: addresses in odd forms, names that turn, redirects. Real sockets count who comes.

FORBIDDEN addresses of this machine listen; PUBLIC is listed as allowed and stands for the public Internet. Every tenth
request is a plain one to it and has to arrive. All proxy variables name a forbidden listener.
"""

from __future__ import annotations

import os
import socket
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from tests.listening import HELLO, Listener, listening
from tests.soak.tricks import FORBIDDEN, PUBLIC, TRICKS, Ending, Trick, asked, plain
from tracer.domain.errors import OutboundFailed, OutboundRefused
from tracer.outbound.client import GuardedClient
from tracer.outbound.rules import OutboundRules
from tracer.outbound.target import read_allowed

INNER = HELLO.replace(b"hello", b"inner")
_EVERY = 10
_PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy")


@dataclass(frozen=True)
class OutgoingFindings:
    """What became of the requests."""

    refused: int
    """Or sent to who may be asked, whose answer led on and was not followed."""
    reached: int
    """Connections that a forbidden address got."""
    passed: Mapping[str, int]
    """Tricks that ended otherwise, by kind."""
    plain: int
    arrived: int
    """Of the plain ones."""
    kinds: Mapping[str, int] = field(default_factory=dict)

    @property
    def is_good(self) -> bool:
        """Whether the promise was kept."""
        return not (self.reached or self.passed) and self.arrived == self.plain > 0

    def __str__(self) -> str:
        passed = ", ".join(f"{kind} ({count})" for kind, count in self.passed.items())
        return (
            f"{self.refused:,} refused, {sum(self.passed.values())} let through{': ' * bool(passed)}{passed}, "
            f"{self.reached} connections to what is forbidden, {self.arrived:,} of {self.plain:,} allowed ones arrived"
        )


class Names:
    """A resolver that gives the next of the answers each time it is asked, the last one from then on."""

    def __init__(self) -> None:
        self._answers: list[Sequence[str]] = []

    def turn(self, answers: Sequence[Sequence[str]]) -> None:
        """Answer with these from now on."""
        self._answers = list(answers)

    def __call__(self, host: str, port: int) -> Sequence[str]:
        return self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]


class Server:
    """What PUBLIC says next."""

    def __init__(self) -> None:
        self.says = HELLO

    def __call__(self, listener: Listener, connection: socket.socket) -> None:
        connection.sendall(self.says)


def send_out(
    _folder: Path, rounds: int, rng: np.random.Generator, tricks: Mapping[str, Trick] = TRICKS
) -> Iterator[OutgoingFindings]:
    """One finding, at the end."""
    names, server = Names(), Server()
    rules = OutboundRules(allowed=read_allowed([f"{PUBLIC}/32"]), seconds=5, connect_seconds=2)
    client = GuardedClient(rules, names)
    refused = sent = arrived = 0
    passed, kinds = Counter[str](), Counter[str]()
    with ExitStack() as stack:
        public = stack.enter_context(listening(server, PUBLIC))
        forbidden = [stack.enter_context(listening(INNER, one, port=public.port)) for one in _mine(FORBIDDEN)]
        stack.enter_context(_proxies(forbidden[0].url(FORBIDDEN[0])))
        for number in range(rounds):
            if number % _EVERY == 0:
                names.turn(plain(rng))
                server.says = HELLO
                sent += 1
                arrived += _ending(client, asked(rng, public.port)) is Ending.ANSWERED
                continue
            kind = str(rng.choice(list(tricks)))
            request = tricks[kind](rng, public.port)
            names.turn(request.answers)
            server.says = request.says
            kinds[kind] += 1
            if _ending(client, request.url) is request.ends:
                refused += 1
            else:
                passed[kind] += 1
    reached = sum(listener.accepted for listener in forbidden)  # whoever came has been counted by now
    yield OutgoingFindings(refused, reached, dict(passed), sent, arrived, kinds)


def _ending(client: GuardedClient, url: str) -> Ending | None:
    """None for whatever is no clear end."""
    try:
        answer = client.get(url)
    except OutboundRefused:
        return Ending.REFUSED
    except OutboundFailed as error:
        return Ending.FAILED if "not followed" in str(error) else None
    except Exception:  # noqa: BLE001  # all else is a fault
        return None
    return Ending.ANSWERED if answer.status == 200 and answer.body == b"hello" else None


def _mine(addresses: Sequence[str]) -> list[str]:
    """Those of the addresses that this machine has."""
    found = []
    for address in addresses:
        with closing(socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET)) as trying:
            try:
                trying.bind((address, 0))
            except OSError:
                continue
            found.append(address)
    return found


@contextmanager
def _proxies(url: str) -> Iterator[None]:
    before = {name: os.environ.get(name) for name in _PROXIES}
    os.environ.update(dict.fromkeys(_PROXIES, url))
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
