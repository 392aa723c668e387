"""Plots for the docs, as SVG: the same figures give the same bytes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import matplotlib

matplotlib.use("svg")
from matplotlib import pyplot
from matplotlib.figure import Figure
from matplotlib.ticker import NullLocator

MARKS = "oD^vsPX*"
SETTINGS = {"svg.hashsalt": "tracer", "svg.fonttype": "none", "font.size": 9, "font.family": "sans-serif"}

Line = tuple[str, bool, Sequence[int], Sequence[float]]
"""What it is, whether a peer, sizes and seconds."""


def dots(path: Path, groups: Sequence[str], panels: Mapping[str, Mapping[str, Sequence[float]]]) -> None:
    """A panel a measure, a row a group, a dot a series, one a little below the other so that none hides another."""
    with matplotlib.rc_context(SETTINGS):
        figure, axes = pyplot.subplots(
            1, len(panels), figsize=(10, 1.2 + 0.5 * len(groups)), sharey=True, layout="constrained"
        )
        for axis, (title, series) in zip(axes, panels.items(), strict=True):
            for place, (name, values) in enumerate(series.items()):
                lower = (place - (len(series) - 1) / 2) * 0.8 / len(series)
                heights = [row + lower for row in range(len(groups))]
                axis.plot(values, heights, MARKS[place], label=name, markersize=5)
            axis.set_title(title, fontsize=10)
            axis.set_yticks(range(len(groups)), groups)
            axis.set_yticks([row + 0.5 for row in range(len(groups) - 1)], minor=True)
            axis.tick_params(axis="y", which="both", length=0)
            axis.set_xlim(-0.03, 1.03)
            axis.set_ylim(-0.5, len(groups) - 0.5)
            axis.grid(axis="y", which="minor", alpha=0.6)
            axis.grid(axis="x", alpha=0.3)
            axis.spines[["top", "right"]].set_visible(False)
        axes[0].invert_yaxis()
        handles, labels = axes[0].get_legend_handles_labels()
        figure.legend(handles, labels, loc="outside lower center", ncols=len(labels), frameon=False)
        _save(figure, path)


def curves(path: Path, panels: Sequence[tuple[str, Sequence[Line]]]) -> None:
    """A panel for each task, seconds over size on logarithmic axes, peers dashed."""
    rows = -(-len(panels) // 2)
    with matplotlib.rc_context(SETTINGS):
        figure, axes = pyplot.subplots(rows, 2, figsize=(10, 3.8 * rows), layout="constrained")
        for axis, (title, lines) in zip(axes.flat, panels, strict=False):
            for place, (what, is_peer, sizes, seconds) in enumerate(lines):
                axis.loglog(sizes, seconds, ("--" if is_peer else "-") + MARKS[place], label=what, markersize=5)
            ticks = lines[0][2]
            axis.set_xticks(ticks, [f"{size:,}" for size in ticks])
            axis.xaxis.set_minor_locator(NullLocator())
            axis.set_title(title, fontsize=10)
            axis.set_ylabel("seconds")
            axis.grid(alpha=0.3)
            axis.spines[["top", "right"]].set_visible(False)
            axis.legend(fontsize=7, loc="upper center", bbox_to_anchor=(0.5, -0.1), ncols=2, frameon=False)
        for axis in axes.flat[len(panels) :]:
            axis.set_visible(False)
        _save(figure, path)


def _save(figure: Figure, path: Path) -> None:
    figure.savefig(path, metadata={"Date": None, "Creator": None})
    pyplot.close(figure)
