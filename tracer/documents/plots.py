"""The plots of a report: what is in each, in figures for the tables beside them, and drawn as SVG.

matplotlib draws (`charts`, `sheet`), and is loaded when the first plot is asked for: a command line that draws none
does not wait for it. Same report, same bytes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from tracer.documents.report_view import ReportView

PLOTS = ("channels", "calls", "sensitivity")
MOST_ROWS, MOST_BARS = 30, 40


@dataclass(frozen=True, slots=True)
class Ink:
    """Colours that are told apart by lightness too, not by hue alone."""

    ground: str
    ink: str
    soft: str
    line: str
    strong: str
    middle: str
    weak: str
    stroke: float = 0.0
    """How much letters are thickened: typst sets text in a drawing in the thinnest weight of a variable font."""


LIGHT = Ink("#ffffff", "#1c2422", "#56625f", "#d9dcd6", "#9c2a1a", "#8a6100", "#3c7a68")
PRINT = replace(LIGHT, stroke=0.35)
DARK = Ink("#1b2220", "#e8ece9", "#a5b1ad", "#36403d", "#ff9c8c", "#f0c05a", "#7fd0b8")


def draw_plot(name: str, view: ReportView, ink: Ink, *, narrow: bool = False) -> str:
    """One of PLOTS as SVG, 720 units wide; `narrow`: 360, for a phone, with labels above their marks."""
    from tracer.documents.charts import CHARTS  # loads matplotlib, half a second the first time

    return CHARTS[name](view, ink, narrow)


def load_plotting() -> None:
    """Load what draws, so that the first reader does not wait for it."""
    import tracer.documents.charts  # noqa: F401  # loaded is all that is wanted


def call_kinds(view: ReportView) -> Mapping[str, str]:
    """What calls most probably came from, in words."""
    said = view.words.said
    return {
        "leak": said("from a channel of the route"),
        "other": said("from somebody on no route"),
        "background": said("background"),
    }


def calls_over_time(view: ReportView) -> tuple[Sequence[str], Sequence[tuple[str, Mapping[str, int]]]]:
    """(kinds, [(first day, calls by kind)]): days, weeks or longer, at most MOST_BARS of them."""
    kinds = ("leak", "other", "background")
    dated: list[tuple[datetime, str]] = []
    for call in view.report["calls"]:
        when, source = view.received.get(call["call_id"]), call["sources"][0]["channel_id"]
        if when is not None:
            dated.append((when, source if source in kinds else "leak"))
    if not dated:
        return kinds, []
    days = [when.date() for when, _ in dated]
    first, last = min(days), max(days)
    span = (last - first).days + 1
    step = next(width for width in (1, 7, 28, 91, 364, 10_000) if span <= width * MOST_BARS)
    counts: list[Counter[str]] = [Counter() for _ in range(-(-span // step))]
    for day, (_, kind) in zip(days, dated, strict=True):
        counts[(day - first).days // step][kind] += 1
    return kinds, [((first + timedelta(days=step * place)).isoformat(), one) for place, one in enumerate(counts)]


def sensitivity_table(view: ReportView) -> Sequence[tuple[str, float, Mapping[str, float]]]:
    """(channel, P as reported, P by changed assumption), the most probable first."""
    changes = {name: one["p_leaked"] for name, one in view.report["sensitivity"].items() if isinstance(one, Mapping)}
    near = [row for row in view.channels if any(row.channel_id in found for found in changes.values())]
    return [
        (row.label, row.p, {name: found[row.channel_id] for name, found in changes.items() if row.channel_id in found})
        for row in near[:MOST_ROWS]
    ]
