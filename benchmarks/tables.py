"""A table of figures, for the terminal and for a page, and how figures are written in it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from textwrap import wrap
from unicodedata import east_asian_width

WIDTH = 119


@dataclass(frozen=True)
class Table:
    """Rows under a header, the `left` first columns to the left and the others to the right, and notes below."""

    title: str
    header: Sequence[str]
    rows: Sequence[Sequence[str]]
    notes: Sequence[str] = ()
    left: int = 1

    def show(self) -> None:
        """Print it."""
        widths = [max(_width(row[i]) for row in (self.header, *self.rows)) for i in range(len(self.header))]
        print(f"\n{self.title}")
        for row in (self.header, *self.rows):
            gaps = [" " * (width - _width(cell)) for cell, width in zip(row, widths, strict=True)]
            cells = [c + gap if i < self.left else gap + c for i, (c, gap) in enumerate(zip(row, gaps, strict=True))]
            print("  " + "  ".join(cells).rstrip())
        for note in self.notes:
            print(f"  {note}")

    def markdown(self) -> list[str]:
        """The lines of it in Markdown."""
        marks = ["---" if i < self.left else "---:" for i in range(len(self.header))]
        rows = (self.header, marks, *self.rows)
        notes = [
            line for note in self.notes for line in wrap(note, WIDTH, subsequent_indent="  " * note.startswith("- "))
        ]
        notes = ["", *notes] if notes else []
        return [f"**{self.title}**", "", *("| " + " | ".join(row) + " |" for row in rows), *notes]


def table(title: str, header: Sequence[str], rows: Sequence[Sequence[str]], *notes: str, left: int = 1) -> None:
    """Print a table."""
    Table(title, header, rows, notes, left).show()


def whole(value: float) -> str:
    """To three figures, without decimals."""
    return f"{float(f'{value:.3g}'):,.0f}"


def seconds(value: float) -> str:
    """As people say it: in milliseconds or microseconds below a second."""
    if value < 0.000995:
        return f"{value * 1e6:.3g} µs"
    if value < 0.0995:
        return f"{value * 1e3:.3g} ms"
    return f"{value:,.2f} s" if value < 10 else f"{value:,.0f} s"


def times(value: float) -> str:
    """A ratio to two or three figures."""
    if value < 0.0095:
        return f"{float(f'{value:.2g}'):f}".rstrip("0") + "×"
    return f"{value:,.0f}×" if value >= 9.95 else f"{value:.1f}×" if value >= 0.995 else f"{value:.2f}×"


def share(value: float) -> str:
    """A share in per cent."""
    return f"{value:.1%}"


def _width(text: str) -> int:
    return sum(2 if east_asian_width(c) in "WF" else 1 for c in text)
