"""One connection: to an address that was checked, until a deadline, for so many bytes."""

from __future__ import annotations

import queue
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from ipaddress import ip_address
from typing import Any

import httpcore

from tracer.domain.errors import OutboundRefused
from tracer.outbound.addresses import Address, Allowed
from tracer.outbound.target import Target

Resolver = Callable[[str, int], Sequence[str]]
"""The addresses of a host name, for a port, as texts; raises OSError where there are none."""


def resolve(host: str, port: int) -> Sequence[str]:
    """What this machine's resolver says."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(one[4][0]) for one in found))


class MoreThanMayBe(Exception):
    """A server sends more bytes than are read; the client tells it as OutboundFailed."""


class Deadline:
    """A point in time by the monotonic clock, `seconds` from now."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._end = time.monotonic() + seconds

    def left(self, at_most: float | None = None) -> float:
        """Seconds left, no more than `at_most`; raises httpcore.ReadTimeout when none are."""
        left = self._end - time.monotonic()
        if left <= 0:
            raise httpcore.ReadTimeout(f"not done within {self.seconds:g} s")
        return left if at_most is None else min(left, at_most)


class CheckedBackend(httpcore.NetworkBackend):
    """Resolves once, checks every address found, and dials one of them itself: httpcore never sees a name to resolve.

    One address that is not allowed refuses them all. A public host has no reason to name an inner address; one that
    does is misconfigured or an attack, and taking the good ones would leave the choice of the moment to it.
    """

    def __init__(
        self, target: Target, allowed: Allowed, resolver: Resolver, deadline: Deadline, most_bytes: int
    ) -> None:
        self._target = target
        self._allowed = allowed
        self._resolver = resolver
        self._deadline = deadline
        self._most_bytes = most_bytes
        self._dialler = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        """A connection to the target, whatever httpcore made of the URL; it must have made the same."""
        if (host.strip("[]"), port) != (self._target.host, self._target.port):
            raise OutboundRefused(f"outgoing request: expected {self._target.origin}, got another host in the same URL")
        addresses = self._checked()
        failure: httpcore.ConnectError | httpcore.ConnectTimeout | None = None
        for address in addresses:
            left = self._deadline.left(timeout)
            try:
                stream = self._dialler.connect_tcp(str(address), port, left, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
                continue
            return LimitedStream(stream, self._deadline, [self._most_bytes])
        raise failure or httpcore.ConnectError("no address")

    def connect_unix_socket(self, path: str, *_args: Any, **_options: Any) -> httpcore.NetworkStream:
        """Never."""
        raise OutboundRefused("outgoing request: expected a host, got a socket of this machine")

    def _checked(self) -> list[Address]:
        target = self._target
        if target.address is not None:
            addresses: list[Address] = [target.address]
        else:
            addresses = [ip_address(one) for one in self._resolved()]
        for address in addresses:
            if why := self._allowed.why_not(target.host, address):
                raise OutboundRefused(
                    f"outgoing request to {target.origin}: expected only public addresses, got {address} ({why}). "
                    "If it is meant, put the host or network into the setting outbound_allow"
                )
        return addresses

    def _resolved(self) -> Sequence[str]:
        """The resolver's answer, waited for no longer than the deadline: getaddrinfo itself cannot be stopped."""
        answers: queue.SimpleQueue[Sequence[str] | OSError] = queue.SimpleQueue()

        def ask() -> None:
            try:
                answers.put(self._resolver(self._target.host, self._target.port))
            except (OSError, UnicodeError) as error:
                answers.put(OSError(str(error)))

        threading.Thread(target=ask, daemon=True, name="resolve").start()
        try:
            answer = answers.get(timeout=self._deadline.left())
        except queue.Empty:
            raise httpcore.ConnectTimeout("its name was not resolved in time") from None
        if isinstance(answer, OSError) or not answer:
            raise httpcore.ConnectError("its name does not resolve")
        return answer


class LimitedStream(httpcore.NetworkStream):
    """A stream that ends with an error at the deadline and after so many bytes read; `left` is shared with its TLS."""

    def __init__(self, stream: httpcore.NetworkStream, deadline: Deadline, left: list[int]) -> None:
        self._stream = stream
        self._deadline = deadline
        self._left = left

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """As a stream's; raises MoreThanMayBe where more comes than may."""
        data = self._stream.read(min(max_bytes, self._left[0] + 1), self._deadline.left(timeout))
        self._left[0] -= len(data)
        if self._left[0] < 0:
            raise MoreThanMayBe
        return data

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """As a stream's, in pieces: each has what is left of the time."""
        for begin in range(0, len(buffer), 65536):
            self._stream.write(buffer[begin : begin + 65536], self._deadline.left(timeout))

    def close(self) -> None:
        """Close the connection."""
        self._stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        """The same stream under TLS. Python's handshake keeps to its timeout as a whole."""
        inner = self._stream.start_tls(ssl_context, server_hostname, self._deadline.left(timeout))
        return LimitedStream(inner, self._deadline, self._left)

    def get_extra_info(self, info: str) -> Any:
        """As a stream's."""
        return self._stream.get_extra_info(info)
