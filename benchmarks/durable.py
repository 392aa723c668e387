"""make bench: logging calls, each durable before it is acknowledged, beside bare SQLite; waits among processes.

Machines are shared and noisy: rounds of all ways alternate, and the ratio is the median over the rounds.
"""

from __future__ import annotations

import argparse
import json
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from benchmarks.tables import rate, seconds, table, timed
from tracer.bootstrap import Application, build
from tracer.services.calls.log_call import log_call
from tracer.services.registry.add_number import add_number
from tracer.storage import engine as engines

NUMBER = "+442079460000"
RECORD = {"dialled_number": NUMBER, "heard_name": "张三", "known_fields": "name item"}
THREADS = (1, 8, 32)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5, help="of each way of logging")
    parser.add_argument("--seconds", type=float, default=5, help="that several processes write for")
    parser.add_argument("--child", nargs=4, help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.child:
        _write_for_a_while(*chosen.child)
        return
    with tempfile.TemporaryDirectory(prefix="tracer-bench-") as folder:
        _rates(Path(folder), chosen.rounds)
        _waits(Path(folder) / "waits", chosen.seconds)


def _rates(folder: Path, rounds: int) -> None:
    app = _app(folder / "home")
    bare = sqlite3.connect(folder / "bare.db", isolation_level=None)
    for pragma in ("journal_mode=WAL", "synchronous=FULL"):
        bare.execute(f"PRAGMA {pragma}")
    bare.execute("CREATE TABLE calls (id TEXT PRIMARY KEY, content BLOB)")
    ways: dict[str, Callable[[], float]] = {
        "bare SQLite, one INSERT a commit": lambda: _bare(bare, 500),
        "log_call one by one, app.writing()": lambda: _one_by_one(app, 300),
    }
    for threads in THREADS:
        ways[f"log_call in app.write(), {threads} threads"] = lambda threads=threads: _shared(app, 800, threads)  # type: ignore[misc]
    measured: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(rounds):
        for name, run in ways.items():
            measured[name].append(run())
    base = measured[next(iter(ways))]
    rows = [
        [name, rate(1, 1 / statistics.median(rates)), f"{statistics.median(map(_ratio, rates, base)):.2f}"]
        for name, rates in measured.items()
    ]
    table("Durable calls a second", ["", "calls/s", "of bare"], rows)
    bare.close()
    app.close()


def _ratio(one: float, other: float) -> float:
    return one / other


def _app(home: Path) -> Application:
    app = build(home, seed=1)
    with app.writing() as work:
        add_number(work, {"number": NUMBER, "kind": "landline"})
        work.commit()
    return app


def _bare(connection: sqlite3.Connection, count: int) -> float:
    """Rows of the size of a call and its fact together."""
    ids = np.random.default_rng().bytes(8 * count)

    def run() -> None:
        for n in range(count):
            connection.execute("BEGIN IMMEDIATE")
            connection.execute("INSERT INTO calls VALUES (?, ?)", (ids[8 * n : 8 * n + 8].hex(), b"x" * 800))
            connection.execute("COMMIT")

    return count / timed(run)


def _one_by_one(app: Application, count: int) -> float:
    def run() -> None:
        for _ in range(count):
            with app.writing() as work:
                log_call(work, RECORD, [], app.rng)
                work.commit()

    return count / timed(run)


def _shared(app: Application, count: int, threads: int) -> float:
    def run() -> None:
        for _ in range(count // threads):
            app.write(lambda work: log_call(work, RECORD, [], app.rng))

    started = [threading.Thread(target=run) for _ in range(threads)]

    def all_of_them() -> None:
        for thread in started:
            thread.start()
        for thread in started:
            thread.join()

    return count / timed(all_of_them)


def _waits(home: Path, duration: float, processes: int = 4, threads: int = 4) -> None:
    _app(home).close()
    rows = []
    for name, way in (("SQLite's own lock", "unordered"), ("in turns", "turns"), ("in turns, app.write()", "shared")):
        command = [sys.executable, "-m", "benchmarks.durable", "--child", str(home), way, str(duration), str(threads)]
        started = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(processes)]
        found = [json.loads(process.communicate()[0]) for process in started]
        counts = [count for one in found for count in one["counts"]]
        sums = sorted(sum(one["counts"]) for one in found)
        rows.append(
            [
                name,
                rate(sum(counts), duration),
                seconds(max(one["longest"] for one in found)),
                f"{sums[0]:,} to {sums[-1]:,}",
                f"{min(counts):,} to {max(counts):,}",
            ]
        )
    header = ["", "calls/s", "longest wait", "calls a process", "calls a thread"]
    table(f"{processes} processes of {threads} threads write one SQLite file for {duration:g} s", header, rows)


def _write_for_a_while(home: str, way: str, duration: str, threads: str) -> None:
    """A process among others; prints what its threads did."""
    if way == "unordered":
        engines._begin_in_turn = lambda connection, _turns: connection.exec_driver_sql("BEGIN IMMEDIATE")  # type: ignore[assignment]
    app = build(Path(home))
    _ = app.registry
    until = time.monotonic() + float(duration)
    counts, longest = [0] * int(threads), [0.0] * int(threads)

    def run(thread: int) -> None:
        while time.monotonic() < until:
            taken = timed(lambda: _shared_one(app) if way == "shared" else _one_by_one(app, 1))
            counts[thread] += 1
            longest[thread] = max(longest[thread], taken)

    started = [threading.Thread(target=run, args=(thread,)) for thread in range(int(threads))]
    for one in started:
        one.start()
    for one in started:
        one.join()
    print(json.dumps({"counts": counts, "longest": max(longest)}))


def _shared_one(app: Application) -> None:
    app.write(lambda work: log_call(work, RECORD, [], app.rng))


if __name__ == "__main__":
    sys.exit(main())
