"""make bench: names beside Faker, mimesis and rapidfuzz in the same run: issued, stored, and heard again.

Machines are shared and noisy: read the ratios and shares, not the seconds.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from benchmarks import names_heard, names_issued
from benchmarks.tables import seconds
from tracer.domain.codebook.allocate import allocate


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    size = parser.add_mutually_exclusive_group()
    size.add_argument("--quick", action="store_true", help="small sizes, under a minute")
    size.add_argument("--full", action="store_true", help="also 1,000,000 canaries stored over 1,000 numbers")
    chosen = parser.parse_args()
    start = time.perf_counter()
    for locale in ("zh_CN", "en_US"):
        allocate(1, locale, np.random.default_rng(1))  # the word lists are read before the clock runs
    with tempfile.TemporaryDirectory(prefix="tracer-bench-") as folder:
        (_quick if chosen.quick else _usual)(Path(folder))
        if chosen.full:
            names_issued.stored_in_batches(Path(folder), 1_000_000, 100_000)
    print(f"\nAll of this took {seconds(time.perf_counter() - start)}.")


def _quick(folder: Path) -> None:
    names_issued.rates("zh_CN", (1_000, 5_000), rounds=1)
    names_issued.rates("en_US", (1_000,), rounds=1)
    names_issued.spread("zh_CN", 2_000)
    names = names_issued.identities("zh_CN", (10_000, 100_000))
    names_issued.stored(folder, 500, 10)
    names_heard.chinese(calls=20)
    names_heard.whole_registry(names, calls=100)
    names_heard.english(calls=200)


def _usual(folder: Path) -> None:
    names_issued.rates("zh_CN", (1_000, 10_000, 40_000), rounds=3)
    names_issued.rates("en_US", (1_000, 10_000), rounds=3)
    names_issued.ends("zh_CN", most_seconds=120)
    names_issued.spread("zh_CN", 10_000)
    names_issued.spread("en_US", 10_000)
    names = names_issued.identities("zh_CN", (100_000, 1_000_000))
    names_issued.stored(folder, 10_000, 10)
    names_heard.chinese(calls=200)
    names_heard.whole_registry(names, calls=300)
    names_heard.english(calls=2_000)


if __name__ == "__main__":
    sys.exit(main())
