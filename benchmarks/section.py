"""A section of the page: what its module makes of the figures it measured."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.tables import Table

Short = tuple[str, str, str, str, str]
"""A line of the summary: what, Tracer's figure, the peer, its figure, the ratio."""


@dataclass(frozen=True)
class Plot:
    """A plot of a section: the end of its file's name, what it shows in words, and who draws it."""

    name: str
    words: str
    draw: Callable[[Path], None]


@dataclass(frozen=True)
class Section:
    """A heading, a few sentences on how to read what follows, tables, the summary's lines, plots."""

    title: str
    words: Sequence[str]
    tables: Sequence[Table]
    short: Sequence[Short]
    plots: Sequence[Plot] = ()
