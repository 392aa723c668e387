"""Backup, check and restore: rows a second, megabytes, memory, and how long those who write meanwhile wait.

On both databases, by the commands themselves, with two processes that log calls and issue canaries during the backup:
python -m benchmarks.backups --orders 20000
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import suppress
from pathlib import Path

from benchmarks.make_bundle import write
from benchmarks.registries import new_database, opened
from benchmarks.rotation import filled, writers
from benchmarks.tables import table
from tests.postgresql import find_server

HEADER = (
    *("database", "orders", "rows", "file", "backup", "rows a second", "memory"),
    *("writes meanwhile", "median wait", "longest wait", "check", "restore", "memory"),
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--orders", type=int, default=20_000)
    chosen = parser.parse_args()
    rows = []
    with tempfile.TemporaryDirectory(prefix="tracer-backups-") as folder, find_server() as server:
        write(Path(folder) / "bundle", chosen.orders)
        for kind, url in (("SQLite", ""), ("PostgreSQL", new_database(server))):
            rows.append([kind, f"{chosen.orders:,}", *measured(Path(folder), kind, url)])
    table("Backup and restore", HEADER, rows)


def measured(folder: Path, kind: str, url: str) -> list[str]:
    app = opened(folder / kind, url)
    filled(app, folder / "bundle")
    app.seal_ledger()
    app.close()
    with writers(folder, folder / kind) as waits:
        told, taken, memory = command(folder / kind, "backup", "--format", "json")
    made = json.loads(told)
    count = sum(made["rows"].values())
    _, checking, _ = command(folder / kind, "restore", "--check", made["path"])
    _, restoring, most = command(folder / kind, "restore", made["path"], "--replace")
    return [
        *(f"{count:,}", f"{made['size'] / 1e6:.1f} MB", f"{taken:.1f} s", f"{count / taken:,.0f}", f"{memory:.0f} MB"),
        *(f"{len(waits):,}", f"{statistics.median(waits) * 1000:.0f} ms", f"{max(waits):.2f} s"),
        *(f"{checking:.1f} s", f"{restoring:.1f} s", f"{most:.0f} MB"),
    ]


def command(home: Path, *arguments: str) -> tuple[str, float, float]:
    """What a command printed, the seconds it took, and the most memory it had, in megabytes."""
    start = time.perf_counter()
    environment = {**os.environ, "TRACER_HOME": str(home)}
    process = subprocess.Popen(
        [sys.executable, "-m", "tracer", *arguments], env=environment, stdout=subprocess.PIPE, text=True
    )
    most = [0.0]
    watching = threading.Thread(target=watch, args=(process, most))
    watching.start()
    told = process.communicate()[0]
    watching.join()
    if process.returncode:
        raise SystemExit(f"tracer {' '.join(arguments)} was refused")
    return told, time.perf_counter() - start, most[0]


def watch(process: subprocess.Popen[str], most: list[float]) -> None:
    """The peak of a process's memory; what the kernel tells at its end is that of its parent, if that had more."""
    while process.poll() is None:
        with suppress(OSError):
            for line in Path(f"/proc/{process.pid}/status").read_text().splitlines():
                if line.startswith("VmHWM"):
                    most[0] = max(most[0], int(line.split()[1]) / 1024)
        time.sleep(0.05)


if __name__ == "__main__":
    main()
