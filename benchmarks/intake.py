"""make bench: a CSV of calls of another program, read alone and taken in with ledger and all, on both databases.

Processor time is what counts on a machine that others share; a peer of the same run is the import of the same calls
as a bundle, which keeps no messages. Memory is the most that the process held after the first tenth of the rows and
at the end; on SQLite its page cache of 64 MB fills up first.
"""

from __future__ import annotations

import argparse
import csv
import gc
import os
import resource
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from benchmarks.tables import rate, table
from tests.postgresql import find_server
from tracer.bootstrap import Application, build
from tracer.intake.csv_bundle.read import open_bundle
from tracer.intake.csv_calls import SOURCE
from tracer.intake.sources import FileOptions
from tracer.intake.take_files import take_path, together
from tracer.services.bundles.import_bundle import import_bundle
from tracer.services.registry.add_number import add_number

COLUMNS = [
    "call_id",
    "received_at",
    "kind",
    "dialled_number",
    "caller_number",
    "heard_name",
    "claimed_role",
    "known_fields",
    "unknown_fields",
    "script",
    "transcript",
    "canary_id",
]
NUMBERS = 20


@dataclass(frozen=True, slots=True)
class Took:
    """Seconds by the clock and of the processor, and megabytes after a tenth and at the end."""

    clock: float
    processor: float
    early: float
    late: float


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=20_000)
    parser.add_argument("--no-postgresql", action="store_true")
    chosen = parser.parse_args()
    gc.freeze()
    gc.set_threshold(200_000, 20, 100)
    with tempfile.TemporaryDirectory(prefix="tracer-bench-") as place:
        folder, rows = Path(place), int(chosen.rows)
        path = folder / "calls.csv"
        _write(path, rows)
        found = {"CSV read alone": _measured(lambda tick: _read(path, tick))}
        found["taken in, SQLite"] = _measured(lambda tick: _take(_app(folder / "one", ""), path, rows, tick))
        found["again, all known, SQLite"] = _measured(lambda tick: _take(_app(folder / "one", ""), path, 0, tick))
        found["peer: bundle, SQLite"] = _measured(lambda tick: _bundle(_app(folder / "two", ""), path, tick))
        if not chosen.no_postgresql:
            with find_server() as server:
                url = server.url("postgres")
                found["taken in, PostgreSQL"] = _measured(
                    lambda tick: _take(_app(folder / "pg", url), path, rows, tick)
                )
    _tell(found, rows)


def _tell(found: dict[str, Took], rows: int) -> None:
    lines = [
        [name, rate(rows, one.clock), rate(rows, one.processor), f"{one.early:,.0f}", f"{one.late:,.0f}"]
        for name, one in found.items()
    ]
    header = ["way", "rows/s", "rows/s of processor", "MB early", "MB at the end"]
    load = " ".join(f"{one:.1f}" for one in os.getloadavg())
    table(f"{rows:,} rows", header, lines, f"load of the machine: {load}; of PostgreSQL its client's processor alone")


def _measured(act: Callable[[Callable[[], None]], None]) -> Took:
    early: list[float] = []
    begun, processor = time.perf_counter(), time.process_time()
    act(lambda: early.append(_megabytes()) if not early else None)
    took = time.perf_counter() - begun, time.process_time() - processor
    return Took(*took, early[0] if early else _megabytes(), _megabytes())


def _megabytes() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _read(path: Path, tick: Callable[[], None]) -> None:
    for _ in SOURCE.read(path, FileOptions()):
        pass
    tick()


def _take(app: Application, path: Path, new: int, tick: Callable[[], None]) -> None:
    done = 0

    def on_rows(rows: int) -> None:
        nonlocal done
        done += rows
        if done >= max(new, 10) // 10:
            tick()

    files = take_path(app, path, SOURCE, FileOptions(), on_rows)
    if together(files).new != new:
        raise SystemExit(f"not what was written: {together(files)}")
    app.close()


def _bundle(app: Application, path: Path, tick: Callable[[], None]) -> None:
    with open_bundle(path) as (bundle, _), app.writing() as work:
        import_bundle(work, app.model.channels, bundle, lambda rows: tick())
        work.commit()
    app.close()


def _app(home: Path, url: str) -> Application:
    os.environ["TRACER_DATABASE_URL"] = url
    app = build(home, seed=1)
    with app.reading() as work:
        has_numbers = bool(work.numbers.all())
    if not has_numbers:
        with app.writing() as work:
            for number in range(NUMBERS):
                add_number(work, {"number": f"+4420794600{number:02}", "kind": "landline", "extension_digits": "4"})
            work.commit()
    return app


def _write(path: Path, rows: int) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        out = csv.writer(file)
        out.writerow(COLUMNS)
        for i in range(rows):
            when = f"2026-01-{1 + i % 28:02}T{i % 24:02}:{i % 60:02}:00+08:00"
            line = f"+4420794600{i % NUMBERS:02};ext={i % 10_000:04}"
            said = ["张小梦", "courier", "name item", "price", "lost_parcel", "您好，您的快递丢了，给您双倍赔偿", ""]
            out.writerow([f"x{i}", when, "call", line, f"+447700900{i % 1000:03}", *said])


if __name__ == "__main__":
    main()
