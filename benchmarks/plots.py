"""Plots for the docs, as SVG: the same figures give the same bytes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import matplotlib

matplotlib.use("svg")
from matplotlib import pyplot

MARKS = "oD^vsPX*"


def dots(path: Path, groups: Sequence[str], panels: Mapping[str, Mapping[str, Sequence[float]]]) -> None:
    """A panel a measure, a row a group, a dot a series; each series has a mark and a colour of its own."""
    settings = {"svg.hashsalt": "tracer", "svg.fonttype": "none", "font.size": 9, "font.family": "sans-serif"}
    with matplotlib.rc_context(settings):
        figure, axes = pyplot.subplots(
            1, len(panels), figsize=(10, 1.2 + 0.34 * len(groups)), sharey=True, layout="constrained"
        )
        for axis, (title, series) in zip(axes, panels.items(), strict=True):
            for place, (name, values) in enumerate(series.items()):
                axis.plot(values, range(len(groups)), MARKS[place], label=name, alpha=0.85, markersize=6)
            axis.set_title(title, fontsize=10)
            axis.set_yticks(range(len(groups)), groups)
            axis.set_xlim(-0.03, 1.03)
            axis.grid(axis="y", alpha=0.3)
            axis.spines[["top", "right"]].set_visible(False)
        axes[0].invert_yaxis()
        handles, labels = axes[0].get_legend_handles_labels()
        figure.legend(handles, labels, loc="outside lower center", ncols=len(labels), frameon=False)
        figure.savefig(path, metadata={"Date": None, "Creator": None})
        pyplot.close(figure)
