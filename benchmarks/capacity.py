"""How many names there can really be: issues until refused. docs/how-many-names.md has the results.

The ends of one shared number take seconds; with --registry also those of a whole registry: minutes.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence

import numpy as np

from benchmarks.tables import seconds, table
from tracer.domain.codebook import allocate
from tracer.domain.codebook.allocate import Allocator, IssuedName
from tracer.domain.codebook.capacity import LINE_CAPACITY, REGISTRY_CAPACITY
from tracer.domain.errors import CapacityExhausted

BATCH = {"line": 500, "registry": 100_000}


class Count:
    """A registry that has every name free, and counts those it gave."""

    def __init__(self) -> None:
        self.names = self.first = 0

    def __call__(self, names: Sequence[IssuedName]) -> list[bool]:
        """Free, all of them."""
        self.names += len(names)
        return [True] * len(names)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--registry", action="store_true", help="also the ends of whole registries (minutes)")
    parser.add_argument("--locale", choices=list(LINE_CAPACITY), action="append", help="only this one")
    chosen = parser.parse_args()
    allocate.LINE_CAPACITY = dict.fromkeys(LINE_CAPACITY, sys.maxsize)  # what is declared must not end it
    for what in ("line", "registry") if chosen.registry else ("line",):
        declared = LINE_CAPACITY if what == "line" else REGISTRY_CAPACITY
        rows, said = [], ""
        for locale in chosen.locale or list(LINE_CAPACITY):
            found, first, half, taken, said = until_refused(locale, what == "line")
            rows.append([locale, f"{first:,}", f"{declared[locale]:,}", f"{found:,}", seconds(half), seconds(taken)])
        header = ("", "differ in every part", "declared", "measured end", "to the declared", "to the end")
        table(f"Names of one {what}", header, rows, said)


def until_refused(locale: str, shared: bool) -> tuple[int, int, float, float, str]:
    """Names given, how many of them differ in every part, seconds to the declared number and to the end, last words."""
    count = Count()
    allocator = Allocator(locale, np.random.default_rng(1), free=count)
    line = allocator.line() if shared else None
    declared = (LINE_CAPACITY if shared else REGISTRY_CAPACITY)[locale]
    start, half, first = time.perf_counter(), 0.0, 0
    while True:
        try:
            first += sum(name.first for name in allocator.issue(BATCH["line" if shared else "registry"], line))
        except CapacityExhausted as refusal:
            return count.names, first, half, time.perf_counter() - start, str(refusal)
        if not half and count.names >= declared:
            half = time.perf_counter() - start


if __name__ == "__main__":
    sys.exit(main())
