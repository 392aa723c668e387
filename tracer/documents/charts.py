"""The plots of a report by matplotlib: on a desk's width, and on a phone's with labels above their marks."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import FuncFormatter, MaxNLocator, PercentFormatter

from tracer.documents.plots import MOST_ROWS, Ink, call_kinds, calls_over_time, sensitivity_table
from tracer.documents.report_view import ReportView
from tracer.documents.sheet import DRAWING, SIZE, SMALL, Sheet, legend_height, measured, plain, shortened

DESK, PHONE, EDGE = 720, 360, 12
MARK = 9
SHAPES = {"implicated": "D", "unresolved": "o", "bounded": "s"}
NARROWEST, WIDEST = 90, 270
"""Of the labels beside the marks."""
FEWEST_BARS, TALL = 8, 190


@dataclass(frozen=True)
class Rows:
    """Where the rows of a plot go: labels beside their marks on a desk, above them on a phone."""

    labels: Sequence[str]
    narrow: bool
    top: float
    """Where the first one begins."""

    @property
    def width(self) -> float:
        """Of the sheet."""
        return PHONE if self.narrow else DESK

    @property
    def pitch(self) -> float:
        """From row to row."""
        return 42 if self.narrow else 26

    @property
    def bottom(self) -> float:
        """Where the last one ends."""
        return self.top + self.pitch * max(len(self.labels), 1)

    @cached_property
    def left(self) -> float:
        """Where marks may begin: half a mark and half of `0%` before it lie free."""
        if self.narrow:
            return 20
        return min(WIDEST, max([NARROWEST, *(measured(plain(one)) for one in self.labels)])) + EDGE + 20

    def sheet(self, ink: Ink, title: str, below: str) -> Sheet:
        """A sheet with room for them; `below`: what is said under them, if anything."""
        made = Sheet(ink, self.width, self.bottom + (54 if below else 30), title)
        made.text(EDGE, self.bottom + 42, below, ink.soft)
        return made

    def write(self, sheet: Sheet) -> None:
        """The labels."""
        for place, label in enumerate(self.labels):
            begin = self.top + self.pitch * place
            if self.narrow:
                text = sheet.text(EDGE, begin + 15, shortened(label, PHONE - 2 * EDGE), sheet.ink.ink)
                text.set_bbox({"facecolor": sheet.ink.ground, "edgecolor": "none", "pad": 1})  # no lines through it
            else:
                sheet.text(self.left - 20, begin + 18, shortened(label, WIDEST), sheet.ink.ink, align="right")

    def panel(self, sheet: Sheet, left: float, right: float) -> Axes:
        """Shares from 0 to 100% across, a row a unit down; a row's marks lie at `place + self.middle`."""
        axes = sheet.panel(left, self.top, right, self.bottom)
        axes.set(xlim=(0, 1), ylim=(max(len(self.labels), 1), 0), yticks=[])
        axes.set_xticks([0, 0.5, 1] if right - left < 300 else [0, 0.25, 0.5, 0.75, 1])
        axes.xaxis.set_major_formatter(PercentFormatter(1, decimals=0))
        axes.grid(axis="x", color=sheet.ink.line, linewidth=1, clip_on=False)
        return axes

    @property
    def middle(self) -> float:
        """Where in a row its marks are."""
        return 0.68 if self.narrow else 0.5


def channels_chart(view: ReportView, ink: Ink, narrow: bool) -> str:
    """Two panels: P(leaked) of each channel as a mark; its leak rate, a mark for the mean and a line for 90%."""
    said = view.words.said
    seen = [row for row in view.channels if row.orders]
    shown = seen[: MOST_ROWS // 2 if narrow else MOST_ROWS]
    colours = {"implicated": ink.strong, "unresolved": ink.middle, "bounded": ink.weak}
    key = [_mark(SHAPES[one], colours[one], view.verdict_word(one)) for one in SHAPES]
    rows = Rows([row.label for row in shown], narrow, legend_height(key, PHONE if narrow else DESK) + 24)
    more = said("The most probable ones; all are in the table.") if len(shown) < len(seen) else ""
    sheet = rows.sheet(ink, said("P(leaked) and leak rate by channel"), more)
    sheet.legend(key, EDGE)
    rows.write(sheet)
    middle, end = rows.left + 0.43 * (rows.width - rows.left), rows.width - 24
    chance, rate = rows.panel(sheet, rows.left, middle), rows.panel(sheet, middle + 58, end)
    sheet.text(rows.left - 6, rows.top - 6, said("P(leaked)"), ink.soft, SMALL)
    told, align = said("leak rate and its 90% interval"), "right" if narrow else "left"
    sheet.text(end + 12 if narrow else middle + 52, rows.top - 6, told, ink.soft, SMALL, align)
    for verdict, shape in SHAPES.items():
        these = [(place + rows.middle, row) for place, row in enumerate(shown) if row.verdict == verdict]
        ys, colour = [y for y, _ in these], colours[verdict]
        _dots(ink.ground, chance, [row.p for _, row in these], ys, shape, colour)
        _lines(rate, [(row.lower, max(row.upper, row.mean)) for _, row in these], ys, colour)
        _dots(ink.ground, rate, [row.mean for _, row in these], ys, shape, colour)
    return sheet.done()


def sensitivity_chart(view: ReportView, ink: Ink, narrow: bool) -> str:
    """P(leaked) of the channels near a verdict, under each changed assumption."""
    said = view.words.said
    found = sensitivity_table(view)
    shown = found[: MOST_ROWS // 2] if narrow else found
    key = [_mark("D", ink.strong, said("as reported")), _mark("o", ink.middle, said("with one assumption changed"))]
    rows = Rows([label for label, _, _ in shown], narrow, legend_height(key, PHONE if narrow else DESK) + 6)
    sheet = rows.sheet(
        ink,
        said("P(leaked) under changed assumptions"),
        said("The most probable ones; all are in the table.") if len(shown) < len(found) else "",
    )
    sheet.legend(key, EDGE)
    rows.write(sheet)
    axes = rows.panel(sheet, rows.left, rows.width - 24)
    ys = [place + rows.middle for place in range(len(shown))]
    every = [[base, *values.values()] for _, base, values in shown]
    _lines(axes, [(min(one), max(one)) for one in every], ys, ink.soft)
    changed = [(value, y) for y, one in zip(ys, every, strict=True) for value in one[1:]]
    _dots(ink.ground, axes, [value for value, _ in changed], [y for _, y in changed], "o", ink.middle)
    _dots(ink.ground, axes, [one[0] for one in every], ys, "D", ink.strong)
    return sheet.done()


def calls_chart(view: ReportView, ink: Ink, narrow: bool) -> str:
    """Calls over time, by what they most probably came from."""
    said, width = view.words.said, PHONE if narrow else DESK
    kinds, bars = calls_over_time(view)
    colours = dict(zip(kinds, (ink.strong, ink.middle, ink.line), strict=True))
    most = max((sum(counts.values()) for _, counts in bars), default=1)
    edges = dict(zip(kinds, (ink.ground, ink.ground, ink.soft), strict=True))  # background is faint
    key = [Patch(facecolor=colours[kind], edgecolor=edges[kind], linewidth=0.6, label=plain(text))
           for kind, text in call_kinds(view).items()]  # fmt: skip
    top = legend_height(key, width) + 14
    sheet = Sheet(ink, width, top + TALL + 34, said("Calls over time"))
    day_wide = measured("2026-11-30", SMALL)
    left = max(measured(f"{most:,}", SMALL) + EDGE + 8, day_wide / 2 + 4)
    axes = sheet.panel(left, top, width - 32, top + TALL)
    sheet.legend(key, EDGE)
    for place, kind in enumerate(kinds):
        filled = [(x, counts) for x, (_, counts) in enumerate(bars) if counts[kind]]
        below = [sum(counts[under] for under in kinds[:place]) for _, counts in filled]
        axes.bar([x for x, _ in filled], [counts[kind] for _, counts in filled], 0.86, below, color=colours[kind],
                 edgecolor=edges[kind], linewidth=0.6, clip_on=False)  # fmt: skip
    axes.set(xlim=(-0.5, max(len(bars), FEWEST_BARS) - 0.5), ylim=(0, most * 1.02))
    slot = (width - 32 - left) / max(len(bars), FEWEST_BARS)
    every = math.ceil((day_wide + 10) / slot)
    axes.set_xticks(range(0, len(bars), every), [day for day, _ in bars[::every]])
    axes.tick_params(axis="x", pad=8)
    axes.yaxis.set_major_locator(MaxNLocator(4, integer=True))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}"))
    axes.grid(axis="y", color=ink.line, linewidth=1, clip_on=False)
    if not bars:
        sheet.text(width / 2, top + TALL / 2, said("No calls yet."), ink.soft, SIZE, "center")
    return sheet.done()


def _locked(draw: Callable[[ReportView, Ink, bool], str]) -> Callable[[ReportView, Ink, bool], str]:
    def drawn(view: ReportView, ink: Ink, narrow: bool) -> str:
        with DRAWING:
            return draw(view, ink, narrow)

    return drawn


CHARTS: Mapping[str, Callable[[ReportView, Ink, bool], str]] = {
    "channels": _locked(channels_chart),
    "calls": _locked(calls_chart),
    "sensitivity": _locked(sensitivity_chart),
}


def _mark(shape: str, colour: str, label: str) -> Line2D:
    """A line of a legend."""
    return Line2D([], [], linestyle="none", marker=shape, markersize=_size(shape), markeredgewidth=0, color=colour,
                  label=plain(label))  # fmt: skip


def _dots(ground: str, axes: Axes, xs: Sequence[float], ys: Sequence[float], shape: str, colour: str) -> None:
    axes.plot([_share(x) for x in xs], ys, linestyle="none", marker=shape, markersize=_size(shape), color=colour,
              markeredgecolor=ground, markeredgewidth=0.8, clip_on=False, zorder=3)  # fmt: skip


def _lines(axes: Axes, spans: Sequence[tuple[float, float]], ys: Sequence[float], colour: str) -> None:
    lower, upper = [_share(low) for low, _ in spans], [_share(high) for _, high in spans]
    axes.hlines(ys, lower, upper, colors=colour, linewidths=3, clip_on=False, zorder=2)


def _size(shape: str) -> float:
    return MARK + 1 if shape == "o" else MARK


def _share(value: float) -> float:
    return min(max(value, 0.0), 1.0)
