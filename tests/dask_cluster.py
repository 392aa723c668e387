"""A Dask scheduler and workers as processes of their own, on 127.0.0.1 only, without a dashboard."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.command_line import ROOT


@dataclass
class Cluster:
    """Its address, and its processes, each by itself."""

    address: str
    scheduler: subprocess.Popen[bytes]
    tls: Mapping[str, str] = field(default_factory=dict)
    workers: list[subprocess.Popen[bytes]] = field(default_factory=list)


@contextmanager
def dask_cluster(folder: Path, workers: int, tls: Mapping[str, str] | None = None) -> Iterator[Cluster]:
    """`tls` are the paths of ca, cert and key, for all of them; the processes are gone afterwards."""
    scheme = "tls" if tls else "tcp"
    port = _free_port()
    files = [f"--tls-ca-file={tls['ca']}", f"--tls-cert={tls['cert']}", f"--tls-key={tls['key']}"] if tls else []
    common = ["--no-dashboard", "--dashboard-address", "127.0.0.1:0", "--host", f"{scheme}://127.0.0.1", *files]
    address = f"{scheme}://127.0.0.1:{port}"
    cluster = Cluster(address, _start(folder, "scheduler", "--port", str(port), *common), tls or {})
    options = ("--no-nanny", "--nthreads", "1", "--memory-limit", "0", "--local-directory", str(folder))
    try:
        cluster.workers = [_start(folder, "worker", address, *common, *options) for _ in range(workers)]
        yield cluster
    finally:
        for process in (*cluster.workers, cluster.scheduler):
            process.kill()
            process.wait()


def _start(folder: Path, what: str, *arguments: str) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-W", "ignore", "-m", "dask", what, *arguments]
    environment = {**os.environ, "DASK_CONFIG": str(folder), "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
    with (folder / f"{what}.log").open("ab") as log:
        return subprocess.Popen(command, cwd=folder, env=environment, stdout=log, stderr=log)


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])
