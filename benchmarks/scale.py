"""How a report grows: seconds and memory of `tracer report` on campaigns of several sizes, a process for each.

A million orders take a quarter of an hour to import first: python -m benchmarks.scale --orders 10000 100000 1000000
"""

from __future__ import annotations

import argparse
import math
import os
import subprocess
import sys
import tempfile
import time
from datetime import timedelta
from pathlib import Path

from benchmarks.make_bundle import START, write
from benchmarks.tables import seconds, table

CALLS_PER_ORDER = 0.85
AS_OF = START + timedelta(days=200)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--orders", type=int, nargs="+", default=[2_000, 20_000, 200_000])
    chosen = parser.parse_args()
    rows, before = [], None
    for orders in sorted(set(chosen.orders)):
        with tempfile.TemporaryDirectory(prefix="tracer-scale-") as folder:
            write(Path(folder) / "bundle", orders, calls=round(CALLS_PER_ORDER * orders))
            home = Path(folder) / "home"
            imported, _ = tracer(home, "import", str(Path(folder) / "bundle"))
            reported, memory = tracer(home, "report", "--as-of", AS_OF.isoformat(), "--format", "json")
        growth = "–" if before is None else f"{math.log(reported / before[1]) / math.log(orders / before[0]):.2f}"
        rows.append([f"{orders:,}", seconds(imported), seconds(reported), f"{memory:,.0f} MB", growth])
        before = (orders, reported)
    header = ("orders", "import", "report", "peak memory of the report", "growth exponent")
    table(f"{CALLS_PER_ORDER} calls an order", header, rows)


def tracer(home: Path, *arguments: str) -> tuple[float, float]:
    """Seconds and peak memory in MB of a command in a home of its own; its output is thrown away."""
    command = [sys.executable, "-m", "tracer", *arguments]
    start = time.perf_counter()
    with subprocess.Popen(
        command, env={**os.environ, "TRACER_HOME": str(home)}, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    ) as process:
        told = process.stderr.read() if process.stderr else b""
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{' '.join(command)}: exit code {process.returncode}\n{told.decode()}")
    return time.perf_counter() - start, used.ru_maxrss / 1024


if __name__ == "__main__":
    main()
