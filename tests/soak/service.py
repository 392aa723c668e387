"""Promise: a call that the HTTP API answered for is kept, once, though the service is killed and asked again."""

from __future__ import annotations

import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from subprocess import DEVNULL, Popen
from uuid import uuid4

import httpx
import numpy as np

from tests.command_line import ROOT
from tests.serving import client, key_with
from tests.soak.findings import Findings, inspect
from tracer.bootstrap import build
from tracer.domain.access import Scope

CLIENTS = 6
PAUSE = 0.05  # before a request without an answer is sent again


def kill_services(home: Path, rounds: int, rng: np.random.Generator, processes: int = 2) -> Iterator[Findings]:
    """kill -9 a service on SQLite with all its processes, `rounds` times, while clients send calls.

    They send each again under its Idempotency-Key until it is answered; none has an id of its own, so a call
    that was carried out twice is there twice.
    """
    app = build(home)
    key = key_with(app, Scope.LOG_CALLS)
    app.close()
    with _Clients(_free_port(), key) as clients:
        for _ in range(rounds):
            with _service(home, clients.port, processes):
                clients.wait_for_more()
                time.sleep(rng.uniform(0, 0.5))
            yield inspect(f"sqlite:///{home / 'tracer.db'}", clients.answered())
        with _service(home, clients.port, processes):
            clients.wait_for_more()
            clients.finish()
    found = inspect(f"sqlite:///{home / 'tracer.db'}", clients.answered())
    yield replace(found, doubled=found.kept - found.acknowledged)


@contextmanager
def _service(home: Path, port: int, processes: int) -> Iterator[None]:
    """The service, killed at the end."""
    environment = {**os.environ, "TRACER_HOME": str(home), "TRACER_DATABASE_URL": ""}
    serve = ("serve", "--port", str(port), "--processes", str(processes), "--no-worker")
    command = [sys.executable, "-m", "tracer", *serve]
    process = Popen(command, cwd=ROOT, env=environment, stdout=DEVNULL, stderr=DEVNULL, start_new_session=True)
    try:
        yield
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait(30)


class _Clients:
    """Threads that send calls, each again until it is answered."""

    def __init__(self, port: int, key: str) -> None:
        self.port = port
        self._key = key
        self._answered: list[str] = []
        self._stop = threading.Event()
        self._threads = [threading.Thread(target=self._send, daemon=True) for _ in range(CLIENTS)]
        self._known = 0

    def __enter__(self) -> _Clients:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()

    def answered(self) -> list[str]:
        """The ids of the calls that were answered for."""
        return list(self._answered)

    def wait_for_more(self) -> None:
        """Until something was answered since last waited for."""
        until = time.monotonic() + 120
        self._known = len(self._answered)
        while len(self._answered) <= self._known:
            assert time.monotonic() < until, "nothing was answered"
            time.sleep(0.005)

    def finish(self) -> None:
        """Send no new calls, and wait until the last is answered."""
        self._stop.set()
        for thread in self._threads:
            thread.join(60)
            assert not thread.is_alive(), "a client still waits for its answer"

    def _send(self) -> None:
        with client(f"http://127.0.0.1:{self.port}", self._key) as http:
            while not self._stop.is_set():
                self._answered.append(self._once(http))

    def _once(self, http: httpx.Client) -> str:
        headers = {"Idempotency-Key": uuid4().hex}
        while True:
            try:
                reply = http.post("/api/v1/calls", json={"heard_name": "张晓萌"}, headers=headers)
            except httpx.TransportError:
                time.sleep(PAUSE)
                continue
            if reply.status_code == 201:
                return str(reply.json()["call_id"])
            assert reply.status_code in {409, 503}, reply.text  # the first is still at work; the database is busy
            time.sleep(PAUSE)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
