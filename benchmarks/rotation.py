"""A rotation of the master key under load: values a second, and how long those who write meanwhile wait at worst.

On both databases, with two processes that log calls and issue canaries all the while:
python -m benchmarks.rotation --orders 200000
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.make_bundle import write
from benchmarks.registries import fill, new_database, opened
from benchmarks.tables import table
from tests.postgresql import find_server
from tracer.bootstrap import Application, build
from tracer.services.calls.log_call import log_call
from tracer.services.canaries.issue_canary import CanaryRequest, issue_canaries
from tracer.services.registry.add_number import add_number
from tracer.services.upkeep.rotate_key import rotate_key
from tracer.storage import rotation

NUMBER, SHARED = "+442079469999", "+447700900123"
HEADER = (
    *("database", "orders", "values", "whole rotation", "values a second", "switch"),
    *("writes meanwhile", "median wait", "longest wait"),
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--orders", type=int, default=20_000)
    parser.add_argument("--load", nargs=2, type=Path, metavar=("HOME", "STOP"), help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.load:
        load(*chosen.load)
        return
    rows = []
    with tempfile.TemporaryDirectory(prefix="tracer-rotation-") as folder, find_server() as server:
        write(Path(folder) / "bundle", chosen.orders)
        for kind, url in (("SQLite", ""), ("PostgreSQL", new_database(server))):
            rows.append([kind, f"{chosen.orders:,}", *measured(Path(folder), kind, url)])
    table("Rotation of the master key", HEADER, rows)


def measured(folder: Path, kind: str, url: str) -> list[str]:
    app = opened(folder / kind, url)
    filled(app, folder / "bundle")
    switching: list[float] = []
    with timed(switching), writers(folder, folder / kind) as waits:
        start = time.perf_counter()
        ended = rotate_key(app.registry, app.actor, app.clock, lambda done, total: None)
        took = time.perf_counter() - start
    with app.reading() as work:
        if work.keys.status().left:
            raise SystemExit("something of the old key is left")
    app.close()
    return [
        *(f"{ended.resealed:,}", f"{took:.1f} s", f"{ended.resealed / took:,.0f}", f"{switching[-1]:.1f} s"),
        *(f"{len(waits):,}", f"{statistics.median(waits) * 1000:.0f} ms", f"{max(waits):.2f} s"),
    ]


def filled(app: Application, bundle: Path) -> None:
    """With the bundle, and two lines that the writers call."""
    fill(app, bundle)
    with app.writing() as work:
        add_number(work, {"number": NUMBER, "kind": "landline", "extension_digits": "6"})
        add_number(work, {"number": SHARED, "kind": "sim", "extension_digits": ""})
        work.commit()


@contextmanager
def timed(switching: list[float]) -> Iterator[None]:
    """How long the transaction of the switch is alone."""
    patiently = rotation.KeyRotation._patiently

    def watched(self, act, *, alone=False):  # type: ignore[no-untyped-def]
        began: list[float] = []

        def timed_act(work):  # type: ignore[no-untyped-def]
            began.append(time.perf_counter())
            act(work)

        patiently(self, timed_act, alone=alone)
        if alone:
            switching.append(time.perf_counter() - began[-1])

    rotation.KeyRotation._patiently = watched  # type: ignore[method-assign]
    try:
        yield
    finally:
        rotation.KeyRotation._patiently = patiently  # type: ignore[method-assign]


@contextmanager
def writers(folder: Path, home: Path) -> Iterator[list[float]]:
    stop = folder / "stop"
    stop.unlink(missing_ok=True)
    command = [sys.executable, "-m", "benchmarks.rotation", "--load", str(home), str(stop)]
    at_work = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    waits: list[float] = []
    try:
        for process in at_work:
            process.stdout.readline()  # type: ignore[union-attr]  # it is ready
        yield waits
    finally:
        stop.touch()
        for process in at_work:
            told, _ = process.communicate()
            if process.returncode:
                raise SystemExit("a writer was refused")
            waits += map(float, told.split())


def load(home: Path, stop: Path) -> None:
    """Log calls and issue canaries, a little at a time, until the file appears; prints how long each write took."""
    app = build(home)
    app.registry  # noqa: B018
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    waits = []
    while not stop.exists():
        start = time.perf_counter()
        with app.writing() as work:
            if len(waits) % 10:
                log_call(
                    work, {"dialled_number": SHARED, "heard_name": "张小梦", "transcript": "您好" * 50}, [], app.rng
                )
            else:
                issue_canaries(work, CanaryRequest(issued_for=(), control=True, count=1, number=NUMBER), 90, app.rng)
            work.commit()
        waits.append(time.perf_counter() - start)
        time.sleep(0.02)
    sys.stdout.write("\n".join(map(str, waits)))
    app.close()


if __name__ == "__main__":
    main()
