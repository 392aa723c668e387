"""Clients that go to whoever is ready, as behind a balancer, and note what they were answered for and when."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any
from uuid import uuid4

import httpx

POLL_SECONDS = 0.2
PATIENCE_SECONDS = 5.0
PAUSE_SECONDS = 0.05
THINK_SECONDS = 0.05
_LIMITS = httpx.Timeout(PATIENCE_SECONDS, connect=2.0)


@dataclass(frozen=True)
class Turn:
    """A server became ready, or ceased to be, and what it said."""

    at: float
    server: str
    is_ready: bool
    said: str


class Balancer:
    """Asks each server for /readyz all the time; clients are sent to those that are ready."""

    def __init__(self, servers: Sequence[str]) -> None:
        self._servers = servers
        self.turns: list[Turn] = []
        self._ready: set[str] = set()
        self._next = 0
        self._guard = threading.Lock()
        self._stop = threading.Event()
        self._threads = [threading.Thread(target=self._watch, args=(one,), daemon=True) for one in servers]

    @contextmanager
    def watching(self) -> Iterator[Balancer]:
        """While it does."""
        for thread in self._threads:
            thread.start()
        try:
            yield self
        finally:
            self._stop.set()
            for thread in self._threads:
                thread.join(30)

    def pick(self) -> str | None:
        """One of those that are ready, in turns."""
        with self._guard:
            ready = sorted(self._ready)
            self._next += 1
            return ready[self._next % len(ready)] if ready else None

    def is_ready(self, server: str) -> bool:
        """As last heard."""
        with self._guard:
            return server in self._ready

    def wait_until(self, server: str, *, ready: bool, seconds: float = 180) -> Turn:
        """Until the server is ready, or is not; gives when it turned so."""
        until = time.monotonic() + seconds
        while self.is_ready(server) != ready:
            assert time.monotonic() < until, f"{server} does not become {'ready' if ready else 'unready'}"
            time.sleep(0.01)
        return next(turn for turn in reversed(self.turns) if turn.server == server)

    def failed(self, server: str) -> None:
        """A client got no answer there: it is left out until it says again that it is ready."""
        self._note(server, False, "a client got no answer")

    def _watch(self, server: str) -> None:
        with httpx.Client(trust_env=False, timeout=4.0) as http:
            while not self._stop.wait(POLL_SECONDS):
                try:
                    answer = http.get(f"{server}/readyz", headers={"Connection": "close"})
                except httpx.TransportError as error:
                    self._note(server, False, type(error).__name__)
                else:
                    is_ready = answer.status_code == 200
                    told = answer.json()
                    self._note(server, is_ready, str(told["version"] if is_ready else told["detail"]))

    def _note(self, server: str, is_ready: bool, said: str) -> None:
        with self._guard:
            if (server in self._ready) != is_ready:
                self.turns.append(Turn(time.monotonic(), server, is_ready, said))
            (self._ready.add if is_ready else self._ready.discard)(server)


@dataclass(frozen=True)
class Answered:
    """A request that came to its end: when, the id it was answered with, seconds since it was first sent."""

    at: float
    known_as: str
    seconds: float
    client: int


@dataclass
class Clients:
    """Threads that log calls one after the other, each under its key until it is answered, and read each again."""

    balancer: Balancer
    key: str
    count: int
    answered: list[Answered] = field(default_factory=list)
    reads: list[Answered] = field(default_factory=list)
    unanswered: dict[str, int] = field(default_factory=dict)
    _stop: threading.Event = field(default_factory=threading.Event)
    _http: httpx.Client = field(default_factory=lambda: httpx.Client(trust_env=False, timeout=_LIMITS))

    @contextmanager
    def at_work(self) -> Iterator[Clients]:
        """While they send; at the end each waits for its last answer."""
        threads = [threading.Thread(target=self._send, args=(number,), daemon=True) for number in range(self.count)]
        for thread in threads:
            thread.start()
        try:
            yield self
        finally:
            self._stop.set()
        for thread in threads:
            thread.join(120)
            assert not thread.is_alive(), "a client still waits for its answer"
        self._http.close()

    def ask(self, method: str, path: str, accepted: int, **sent: Any) -> tuple[dict[str, Any], float]:
        """The answer, of whoever gives it, and the seconds that took; sent again and again until it is the one."""
        headers = {"Authorization": f"Bearer {self.key}", "Idempotency-Key": uuid4().hex, **sent.pop("headers", {})}
        began = time.monotonic()
        while time.monotonic() < began + 300:
            answer = self._try(lambda server: self._http.request(method, f"{server}{path}", headers=headers, **sent))
            if answer is not None and answer.status_code == accepted:
                return answer.json(), time.monotonic() - began
            if answer is not None:
                assert answer.status_code in {409, 503}, answer.text  # still at work; nothing was kept
                self._count(str(answer.status_code))
            time.sleep(PAUSE_SECONDS)
        raise AssertionError(f"{method} {path} was never answered")

    def _try(self, send: Callable[[str], httpx.Response]) -> httpx.Response | None:
        server = self.balancer.pick()
        if server is None:
            self._count("nobody ready")
            return None
        try:
            return send(server)
        except httpx.TransportError as error:
            self._count(type(error).__name__)
            self.balancer.failed(server)
            return None

    def _send(self, number: int) -> None:
        while not self._stop.is_set():
            told, seconds = self.ask("POST", "/api/v1/calls", 201, json={"heard_name": "张晓萌"})
            self.answered.append(Answered(time.monotonic(), told["call_id"], seconds, number))
            read, seconds = self.ask("GET", f"/api/v1/calls/{told['call_id']}", 200)
            assert read["call_id"] == told["call_id"]
            self.reads.append(Answered(time.monotonic(), read["call_id"], seconds, number))
            self._stop.wait(THINK_SECONDS)

    def _count(self, what: str) -> None:
        self.unanswered[what] = self.unanswered.get(what, 0) + 1


def longest_gap(answered: Sequence[Answered]) -> float:
    """The longest time in which a client that had something to send got no call acknowledged."""
    by_client: dict[int, list[float]] = {}
    for one in answered:
        by_client.setdefault(one.client, []).append(one.at)
    gaps = [later - earlier for times in by_client.values() for earlier, later in pairwise(times)]
    return max(gaps, default=0.0)


def quantiles(answered: Sequence[Answered], begin: float, end: float) -> Mapping[str, float]:
    """Median, 99th percentile and longest of the seconds to an answer, of those given within a time."""
    seconds = sorted(one.seconds for one in answered if begin <= one.at < end)
    if not seconds:
        return {}
    at = {"p50": 0.5, "p99": 0.99, "longest": 1.0}
    return {name: seconds[min(len(seconds) - 1, int(share * len(seconds)))] for name, share in at.items()}
