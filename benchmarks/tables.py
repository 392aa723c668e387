"""Tables on the terminal and the clock, for the benchmarks."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from unicodedata import east_asian_width


def table(title: str, header: Sequence[str], rows: Sequence[Sequence[str]], *notes: str, left: int = 1) -> None:
    """Print a table, the `left` first columns to the left and the others to the right."""
    widths = [max(_width(row[i]) for row in (header, *rows)) for i in range(len(header))]
    print(f"\n{title}")
    for row in (header, *rows):
        gaps = [" " * (width - _width(cell)) for cell, width in zip(row, widths, strict=True)]
        cells = [c + gap if i < left else gap + c for i, (c, gap) in enumerate(zip(row, gaps, strict=True))]
        print("  " + "  ".join(cells).rstrip())
    for note in notes:
        print(f"  {note}")


def _width(text: str) -> int:
    return sum(2 if east_asian_width(c) in "WF" else 1 for c in text)


def timed(act: Callable[[], object]) -> float:
    """Seconds that it takes."""
    start = time.perf_counter()
    act()
    return time.perf_counter() - start


def rate(count: int, seconds: float) -> str:
    """So many a second, to three figures."""
    return f"{float(f'{count / seconds:.3g}'):,.0f}"


def seconds(value: float) -> str:
    return f"{value:,.2f} s" if value < 10 else f"{value:,.0f} s"
