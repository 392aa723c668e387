"""Everything beside its peers in one run; writes docs/benchmarks.md, its plots and its figures.

python -m benchmarks --date 2026-11-28, or `make bench`. Machines are shared and noisy: read the ratios.
"""

from __future__ import annotations

import argparse
import gc
import os
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.document import SECTIONS, Run, read_run, write
from benchmarks.machine import this_machine

PAGE = Path(__file__).parents[1] / "docs" / "benchmarks.md"


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--date", default="", help="the day of the run, as the page shall have it")
    parser.add_argument("--quick", action="store_true", help="small sizes: three minutes, printed only")
    parser.add_argument("--only", nargs="+", choices=list(SECTIONS), metavar="SECTION", help=", ".join(SECTIONS))
    parser.add_argument("--page", type=Path, help="where the page goes; docs/benchmarks.md after a whole run")
    parser.add_argument("--again", action="store_true", help="write the page from the figures of the last whole run")
    chosen = parser.parse_args()
    if chosen.again:
        page = chosen.page or PAGE
        write(read_run(page.with_suffix(".json")), page)
        return
    whole = not chosen.quick and not chosen.only
    page = chosen.page or (PAGE if whole else None)
    if page is not None and not chosen.date:
        parser.error("a page needs --date YYYY-MM-DD")
    run = measured(chosen.only or list(SECTIONS), chosen.quick, chosen.date)
    if page is not None:
        write(run, page)
        print(f"\nWritten: {page}")


def measured(names: list[str], quick: bool, date: str) -> Run:
    """Every section in turn, each in a folder of its own; prints it when it is measured."""
    machine, start = this_machine(), time.perf_counter()
    os.environ.pop("TRACER_DATABASE_URL", None)
    gc.freeze()  # as `tracer import` does
    gc.set_threshold(200_000, 20, 100)
    found = {}
    for name in names:
        module, begun = SECTIONS[name], time.perf_counter()
        with tempfile.TemporaryDirectory(prefix="tracer-bench-") as folder:
            found[name] = module.measure(quick, Path(folder))
        section = module.section(found[name])
        print(f"\n{section.title} ({time.perf_counter() - begun:,.0f} s)")
        for table in section.tables:
            table.show()
        sys.stdout.flush()
    return Run(date, quick, (time.perf_counter() - start) / 60, machine, **found)


if __name__ == "__main__":
    main()
