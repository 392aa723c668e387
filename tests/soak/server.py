"""Promise: the database server may be killed, and connections may drop: no call is lost and none is kept twice."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

import numpy as np
from sqlalchemy import URL, Engine, make_url, text

from tests.postgresql import OwnServer, Server
from tests.soak.findings import Findings, inspect
from tests.soak.writer import acknowledged, answers_lost, writing
from tracer.storage.engine import open_engine

THREADS = 4


def kill_servers(home: Path, server: OwnServer, rounds: int, rng: np.random.Generator) -> Iterator[Findings]:
    """kill -9 the whole server `rounds` times under one writer, which has to go on by itself."""
    notes = home.parent / "acknowledged"
    with _new_database(server) as url:
        with writing(home, notes, url, THREADS) as writer:
            writer.wait_for_more()
            for _ in range(rounds):
                time.sleep(rng.uniform(0, 0.5))
                server.kill()
                server.start()
                writer.wait_for_more()
                yield inspect(url, acknowledged(notes))
            writer.stop()
        yield replace(inspect(url, acknowledged(notes)), answers_lost=answers_lost(notes))


def drop_connections(home: Path, server: Server, rounds: int, rng: np.random.Generator) -> Iterator[Findings]:
    """Cut `rounds` connections under one writer, half by the server's own command, half with the answer on its way."""
    notes = home.parent / "acknowledged"
    with _new_database(server) as url, _Proxy(make_url(url), rng) as proxy:
        with writing(home, notes, proxy.url, THREADS) as writer:
            writer.wait_for_more()
            admin = open_engine(url)
            for n in range(rounds):
                if n % 2:
                    proxy.cut_next()
                else:
                    _terminate_one(admin, rng)
                time.sleep(rng.uniform(0, 0.02))
                if n % 50 == 49 or n == rounds - 1:
                    writer.wait_for_more()
                    yield inspect(url, acknowledged(notes))
            admin.dispose()
            writer.stop()
        assert proxy.cuts == rounds // 2, f"{proxy.cuts} answers were cut"
        yield replace(inspect(url, acknowledged(notes)), answers_lost=answers_lost(notes))


@contextmanager
def _new_database(server: Server) -> Iterator[str]:
    name = f"soak_{uuid4().hex}"
    admin = open_engine(server.url("postgres"))
    try:
        with admin.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text(f"CREATE DATABASE {name}"))
        yield server.url(name)
        with admin.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    finally:
        admin.dispose()


def _terminate_one(admin: Engine, rng: np.random.Generator) -> None:
    query = "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
    until = time.monotonic() + 30
    while time.monotonic() < until:
        with admin.begin() as connection:
            found = connection.execute(text(query)).scalars().all()
            if found:
                connection.execute(text("SELECT pg_terminate_backend(:pid)"), {"pid": int(rng.choice(found))})
                return
        time.sleep(0.005)
    raise AssertionError("the writer has no connection any more")


class _Proxy:
    """Hands on what comes and goes, and when told to, closes a connection instead of handing on an answer."""

    def __init__(self, target: URL, rng: np.random.Generator) -> None:
        self._target = target.host or "127.0.0.1", target.port or 5432
        self._rng = rng
        self._listener = socket.create_server(("127.0.0.1", 0))
        here = target.set(host="127.0.0.1", port=int(self._listener.getsockname()[1]))
        self.url = here.render_as_string(hide_password=False)
        self._guard = threading.Lock()
        self._to_pass: int | None = None  # answers before the one that is lost
        self._was_cut = threading.Event()
        self.cuts = 0

    def __enter__(self) -> _Proxy:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._listener.close()

    def cut_next(self) -> None:
        """Lose one of the next answers, and wait until it is lost."""
        self._was_cut.clear()
        with self._guard:
            self._to_pass = int(self._rng.integers(0, 10))
        assert self._was_cut.wait(30), "no answer came that could have been cut"

    def _accept(self) -> None:
        with suppress(OSError):  # closed
            while True:
                client, _ = self._listener.accept()
                threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        try:
            server = socket.create_connection(self._target)
        except OSError:
            client.close()
            return
        threading.Thread(target=self._hand_on, args=(client, server, False), daemon=True).start()
        self._hand_on(server, client, True)

    def _hand_on(self, source: socket.socket, sink: socket.socket, answers: bool) -> None:
        with suppress(OSError):
            while data := source.recv(65536):
                if answers and self._is_to_cut():
                    break
                sink.sendall(data)
        for end in (source, sink):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()

    def _is_to_cut(self) -> bool:
        with self._guard:
            if self._to_pass is None:
                return False
            if self._to_pass:
                self._to_pass -= 1
                return False
            self._to_pass = None
            self.cuts += 1
            self._was_cut.set()
            return True
