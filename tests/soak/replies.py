"""Promise: a call is logged exactly once though its answer is lost on the way, and it is sent again."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace

import httpx
import numpy as np

from tests.serving import key_with, serving
from tests.soak.findings import Findings, inspect
from tracer.bootstrap import Application
from tracer.domain.access import Scope

CLIENTS = 6


def cut_replies(app: Application, requests: int, rng: np.random.Generator) -> Iterator[Findings]:
    """Send so many calls through a proxy that loses two of three answers, whole or in their middle.

    Each is sent again, under its Idempotency-Key, until its answer comes through.
    """
    with serving(app) as address, _Proxy(int(address.rpartition(":")[2]), rng) as proxy:
        key = key_with(app, Scope.LOG_CALLS)
        with ThreadPoolExecutor(CLIENTS) as threads:
            answered = list(threads.map(lambda number: _until_answered(proxy.address, key, number), range(requests)))
    found = inspect(app.settings.url, answered)
    assert proxy.cuts >= requests // 4, "hardly an answer was lost"
    yield replace(found, doubled=found.kept - len(set(answered)))


def _until_answered(address: str, key: str, number: int) -> str:
    headers = {"Authorization": f"Bearer {key}", "Idempotency-Key": f"call {number}", "Connection": "close"}
    while True:
        try:
            reply = httpx.post(
                f"{address}/api/v1/calls", json={"heard_name": "张晓萌"}, headers=headers, trust_env=False, timeout=60
            )
        except httpx.TransportError:
            continue
        if reply.status_code == 201:
            return str(reply.json()["call_id"])
        assert reply.status_code == 409, reply.text  # the first is still at work


class _Proxy:
    """One connection a request: hands on the request, and the answer or none or half of it."""

    def __init__(self, port: int, rng: np.random.Generator) -> None:
        self._port = port
        self._rng = rng
        self._guard = threading.Lock()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.address = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self.cuts = 0

    def __enter__(self) -> _Proxy:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._listener.close()

    def _accept(self) -> None:
        with suppress(OSError):  # closed
            while True:
                client, _ = self._listener.accept()
                threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        with suppress(OSError), client, socket.create_connection(("127.0.0.1", self._port)) as server:
            threading.Thread(target=_pump, args=(client, server), daemon=True).start()
            answer = b""
            while data := server.recv(65_536):
                answer += data
            client.sendall(answer[: self._share(len(answer))])
            client.shutdown(socket.SHUT_RDWR)

    def _share(self, whole: int) -> int:
        """How much of an answer is handed on: nothing, some of it, or all."""
        with self._guard:
            fate = int(self._rng.integers(0, 3))
            if fate == 2:
                return whole
            self.cuts += 1
            return 0 if fate == 0 else int(self._rng.integers(1, whole))


def _pump(source: socket.socket, sink: socket.socket) -> None:
    with suppress(OSError):
        while data := source.recv(65_536):
            sink.sendall(data)
