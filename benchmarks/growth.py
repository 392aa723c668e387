"""How times grow with the size of their task: 1×, 10× and 100×, a process for each size, peers at the same sizes."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from benchmarks.figures import Spread, exponent
from benchmarks.plots import curves
from benchmarks.section import Plot, Section
from benchmarks.tables import Table, seconds, times

SIZES = {
    "issuing": (400, 4_000, 40_000),
    "a number": (100, 1_000, 10_000),
    "a registry": (10_000, 100_000, 1_000_000),
    "a campaign": (500, 5_000, 50_000),
}
QUICK = 2
"""How many of the sizes a quick run takes."""
STEEP = 1.15


@dataclass(frozen=True)
class Curve:
    """Seconds of one act at several sizes; `beside` names the peer of the same panel, itself for a peer."""

    panel: str
    what: str
    beside: str
    sizes: tuple[int, ...]
    seconds: tuple[Spread, ...]

    @property
    def exponent(self) -> float:
        """The power over all sizes."""
        return exponent(self.sizes, [one.median for one in self.seconds])

    @property
    def last_step(self) -> float:
        """The power between the two largest sizes, where what does not grow weighs least."""
        return exponent(self.sizes[-2:], [one.median for one in self.seconds[-2:]])


@dataclass(frozen=True)
class Figures:
    """Every curve, and the most memory in MB of the process that imported, listed, sealed and reported, by orders."""

    curves: tuple[Curve, ...]
    memory: dict[int, float]


def measure(quick: bool, folder: Path) -> Figures:
    """A process for each task and size, one after the other."""
    found: dict[tuple[str, str, str], dict[int, Spread]] = {}
    memory: dict[int, float] = {}
    for task, sizes in SIZES.items():
        for size in sizes[:QUICK] if quick else sizes:
            told = _child(task, size, folder / f"{task}-{size}")
            memory |= {size: told.pop("memory")} if "memory" in told else {}
            for panel, acts in told.items():
                for what, (beside, values) in acts.items():
                    found.setdefault((panel, what, beside), {})[size] = Spread(tuple(values))
    return Figures(
        tuple(Curve(*key, tuple(by_size), tuple(by_size.values())) for key, by_size in found.items()), memory
    )


def _child(task: str, size: int, folder: Path) -> dict[str, dict[str, tuple[str, list[float]]]]:
    command = [sys.executable, "-m", "benchmarks.growing", task, str(size), str(folder)]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{' '.join(command)}: exit code {done.returncode}")
    return json.loads(done.stdout)


def section(found: Figures) -> Section:
    """The figures as tables and plots."""
    panels = dict.fromkeys(curve.panel for curve in found.curves)
    steep = [f"{one.what} ({one.last_step:.2f})" for one in found.curves if _ours(one) and one.last_step > STEEP]
    return Section(
        "Growth",
        (
            f"Seconds of the processor at {len(found.curves[0].sizes)} sizes, each ten times the one before: waits for "
            "the disk and other programs' work do not count. *Exponent* is the slope of the straight line through the "
            "logarithms: 1 is in proportion, 0 not at all. Whatever costs the same at any size flattens it, so that "
            "*last step* gives the slope between the two largest sizes alone. A question, a page and a proof are the "
            "middle of several; spreads are least and most.",
            f"Of Tracer, steeper than {STEEP} at the last step: {', '.join(steep) if steep else 'nothing'}. A report "
            "on few orders is less sure and draws longer than one on many; reports on up to a million orders are "
            "measured by "
            "`python -m benchmarks.scale`.",
        ),
        tuple(_table(panel, [one for one in found.curves if one.panel == panel], found.memory) for panel in panels),
        [
            (
                f"{one.panel} ({one.what}): exponent at the last step",
                f"{one.last_step:.2f}",
                peer.what,
                f"{peer.last_step:.2f}",
                "",
            )
            for one in found.curves
            for peer in found.curves
            if one.beside == peer.what != one.what and one.panel == peer.panel
        ],
        (
            Plot(
                "growth",
                "A panel for each table below, seconds over size, both logarithmic; peers are dashed",
                partial(draw, found=found.curves),
            ),
        ),
    )


def _ours(curve: Curve) -> bool:
    return curve.beside != curve.what


def _table(panel: str, found: Sequence[Curve], memory: Mapping[int, float]) -> Table:
    of = {one.what: one for one in found}
    rows = [
        [
            one.what,
            *(taken.text(seconds) for taken in one.seconds),
            f"{one.exponent:.2f}",
            f"{one.last_step:.2f}",
            times(one.seconds[-1].median / of[one.beside].seconds[-1].median) if one.beside in of else "",
        ]
        for one in found
    ]
    header = ("", *(f"{size:,}" for size in found[0].sizes), "exponent", "last step", "time × the peer's")
    told = ", ".join(f"{most:,.0f} MB at {size:,} orders" for size, most in memory.items())
    notes = (f"Most memory of the process that did all this: {told}.",) if panel.startswith("Report") else ()
    return Table(panel, header, rows, notes)


def draw(path: Path, found: Sequence[Curve]) -> None:
    """A panel for each table."""
    curves(path, list(_panels(found)))


def _panels(found: Sequence[Curve]) -> Iterator[tuple[str, list[tuple[str, bool, Sequence[int], list[float]]]]]:
    for panel in dict.fromkeys(one.panel for one in found):
        lines = [
            (one.what, not _ours(one), one.sizes, [taken.median for taken in one.seconds])
            for one in found
            if one.panel == panel
        ]
        yield panel, lines
