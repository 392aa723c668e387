"""Plots of a report as SVG: written here, element by element, so that text stays text in every language.

No style element and no script: colours are attributes, one set for light and one for dark. Same report, same bytes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from xml.sax.saxutils import escape, quoteattr

from tracer.documents.report_view import ReportView

FONTS = "system-ui, 'PingFang SC', 'Noto Sans SC', 'Noto Sans CJK SC', 'Microsoft YaHei', sans-serif"
WIDTH, ROW, LEFT, TOP = 720, 26, 230, 36
WHOLE, CHANCE, RATE = (LEFT, 690), (LEFT, 430), (480, 690)
MOST_ROWS, MOST_BARS = 30, 40
LABEL_UNITS = 30


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


class Drawing:
    """SVG elements, in order."""

    def __init__(self, ink: Ink, height: float, title: str) -> None:
        self.ink = ink
        self._parts = [
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height:g}" '
            f'viewBox="0 0 {WIDTH} {height:g}" role="img" font-family={quoteattr(FONTS)} font-size="13">',
            f"<title>{escape(title)}</title>",
            f'<rect width="{WIDTH}" height="{height:g}" fill="{ink.ground}"/>',
        ]

    def text(self, x: float, y: float, text: str, anchor: str = "start", colour: str = "", size: int = 13) -> None:
        """A line of text."""
        fill = colour or self.ink.ink
        thick = f' stroke="{fill}" stroke-width="{self.ink.stroke}"' if self.ink.stroke else ""
        self._parts.append(
            f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="{fill}" font-size="{size}"{thick}>'
            f"{escape(_plain(text))}</text>"
        )

    def line(self, x1: float, y1: float, x2: float, y2: float, colour: str, width: float = 1) -> None:
        """A straight line."""
        self._parts.append(
            f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="{colour}" stroke-width="{width}"/>'
        )

    def bar(self, x: float, y: float, width: float, height: float, colour: str) -> None:
        """A filled rectangle."""
        self._parts.append(f'<rect x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}" fill="{colour}"/>')

    def mark(self, x: float, y: float, shape: str, colour: str) -> None:
        """A mark of about ten pixels: circle, square or diamond."""
        if shape == "circle":
            self._parts.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="5" fill="{colour}"/>')
            return
        turn = f' transform="rotate(45 {x:.1f} {y:.1f})"' if shape == "diamond" else ""
        self._parts.append(f'<rect x="{x - 4.5:.1f}" y="{y - 4.5:.1f}" width="9" height="9" fill="{colour}"{turn}/>')

    def done(self) -> str:
        """The SVG."""
        return "\n".join([*self._parts, "</svg>", ""])


def channels_plot(view: ReportView, ink: Ink) -> str:
    """Two panels: P(leaked) of each channel as a mark; its leak rate, a mark for the mean and a line for 90%."""
    said = view.words.said
    seen = [row for row in view.channels if row.orders]
    rows = seen[:MOST_ROWS]
    bottom = TOP + 22 + ROW * max(len(rows), 1)
    drawing = Drawing(ink, bottom + (50 if len(seen) > MOST_ROWS else 28), said("P(leaked) and leak rate by channel"))
    _legend(drawing, view)
    drawing.text(_x(0, CHANCE), TOP + 10, said("P(leaked)"), size=12, colour=ink.soft)
    drawing.text(_x(0, RATE), TOP + 10, said("leak rate and its 90% interval"), size=12, colour=ink.soft)
    _shares(drawing, CHANCE, TOP + 18, bottom)
    _shares(drawing, RATE, TOP + 18, bottom)
    for place, row in enumerate(rows):
        y = TOP + 22 + ROW * (place + 0.5)
        shape, colour = _of_verdict(row.verdict, ink)
        drawing.text(LEFT - 12, y + 4, _short(row.label), "end")
        drawing.mark(_x(row.p, CHANCE), y, shape, colour)
        drawing.line(_x(row.lower, RATE), y, _x(max(row.upper, row.mean), RATE), y, colour, 3)
        drawing.mark(_x(row.mean, RATE), y, shape, colour)
    if len(seen) > MOST_ROWS:
        drawing.text(12, bottom + 40, said("The most probable ones; all are in the table."), colour=ink.soft)
    return drawing.done()


def _legend(drawing: Drawing, view: ReportView) -> None:
    x = 12.0
    for verdict in ("implicated", "unresolved", "bounded"):
        shape, colour = _of_verdict(verdict, drawing.ink)
        drawing.mark(x + 5, 17, shape, colour)
        drawing.text(x + 16, 21, view.verdict_word(verdict))
        x += 36 + 7 * _units(view.verdict_word(verdict))


def calls_plot(view: ReportView, ink: Ink) -> str:
    """Calls over time, by what they most probably came from."""
    said = view.words.said
    kinds, bars = calls_over_time(view)
    colours = dict(zip(("leak", "other", "background"), (ink.strong, ink.middle, ink.line), strict=True))
    bottom, left, most = 250.0, 46.0, max((sum(counts.values()) for _, counts in bars), default=1)
    drawing = Drawing(ink, 300, said("Calls over time"))
    for value in sorted({0, most // 2, most}):
        y = bottom - 190 * value / most
        drawing.line(left, y, WIDTH - 12, y, ink.line)
        drawing.text(left - 8, y + 4, f"{value:,}", "end", ink.soft, 12)
    step = (WIDTH - 12 - left) / max(len(bars), 1)
    labelled = max(1, -(-len(bars) // 8))
    for place, (day, counts) in enumerate(bars):
        y = bottom
        for kind in kinds:
            height = 190 * counts[kind] / most
            y -= height
            if height:
                drawing.bar(left + step * place + 1, y, max(step - 2, 1), height, colours[kind])
        if place % labelled == 0:
            drawing.text(left + step * place, bottom + 18, day, colour=ink.soft, size=11)
    x = left
    for kind, text in call_kinds(view).items():
        drawing.bar(x, 14, 12, 12, colours[kind])
        drawing.text(x + 18, 25, text)
        x += 38 + 7 * _units(text)
    if not bars:
        drawing.text(WIDTH / 2, 150, said("No calls yet."), "middle", ink.soft)
    return drawing.done()


def sensitivity_plot(view: ReportView, ink: Ink) -> str:
    """P(leaked) of the channels near a verdict, under each changed assumption."""
    said = view.words.said
    rows = sensitivity_table(view)
    drawing = Drawing(ink, TOP + ROW * max(len(rows), 1) + 40, said("P(leaked) under changed assumptions"))
    _shares(drawing, WHOLE, TOP - 4, TOP + ROW * max(len(rows), 1))
    for place, (label, base, values) in enumerate(rows):
        y = TOP + ROW * (place + 0.5)
        drawing.text(LEFT - 12, y + 4, _short(label), "end")
        drawing.line(_x(min([base, *values.values()])), y, _x(max([base, *values.values()])), y, ink.soft, 3)
        for value in values.values():
            drawing.mark(_x(value), y, "circle", ink.middle)
        drawing.mark(_x(base), y, "diamond", ink.strong)
    drawing.text(12, 21, said("diamond: as reported · circles: with one assumption changed"), colour=ink.soft, size=12)
    return drawing.done()


PLOTS: Mapping[str, Callable[[ReportView, Ink], str]] = {
    "channels": channels_plot,
    "calls": calls_plot,
    "sensitivity": sensitivity_plot,
}


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


def _x(share: float, panel: tuple[int, int] = WHOLE) -> float:
    left, right = panel
    return left + (right - left) * min(max(share, 0.0), 1.0)


def _shares(drawing: Drawing, panel: tuple[int, int], top: float, bottom: float) -> None:
    """The axis from 0 to 1 with its lines."""
    for part in (0.0, 0.5, 1.0) if panel != WHOLE else (0.0, 0.25, 0.5, 0.75, 1.0):
        x = _x(part, panel)
        drawing.line(x, top, x, bottom, drawing.ink.line)
        drawing.text(x, bottom + 18, f"{part:.0%}", "middle", drawing.ink.soft, 12)


def _of_verdict(verdict: str, ink: Ink) -> tuple[str, str]:
    return {
        "implicated": ("diamond", ink.strong),
        "unresolved": ("circle", ink.middle),
        "bounded": ("square", ink.weak),
    }[verdict]


def _units(text: str) -> float:
    """Its width in Latin letters, about."""
    return sum(2.0 if ord(letter) > 0x2E80 else 1.0 for letter in text)


def _short(text: str) -> str:
    """A label that fits beside the axis."""
    used = 0.0
    for place, letter in enumerate(text):
        used += 2.0 if ord(letter) > 0x2E80 else 1.0
        if used > LABEL_UNITS:
            return text[:place] + "…"
    return text


def _plain(text: str) -> str:
    """Without what XML 1.0 has no place for."""
    return "".join(
        letter
        for letter in text
        if letter >= " " and not 0xD800 <= ord(letter) <= 0xDFFF and letter not in "\ufffe\uffff"
    )
