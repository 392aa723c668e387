"""A report as files that leave the house: PDF for reading, CSV for a spreadsheet."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tracer.documents.plots import PLOTS, PRINT, draw_plot
from tracer.documents.report_rows import CallRow, ChannelRow
from tracer.documents.report_view import ReportView
from tracer.documents.typeset import printable, typeset

CALLS_PRINTED = 200
CALLS_EXPLAINED, SOURCES_EXPLAINED = 3, 2
CALLS_PLOTTED = 8
"""Fewer calls make no picture of their times."""
STORY_PRINTED = 300
TOLD_AT = 0.02
CSV_COLUMNS = (
    "channel_id",
    "kind",
    "name",
    "verdict",
    "p_leaked",
    "leak_rate_mean",
    "leak_rate_lower_90",
    "leak_rate_upper_90",
    "bound_95",
    "log_bayes_factor",
    "orders",
    "called",
    "silent",
    "reason",
)
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def report_csv(view: ReportView) -> bytes:
    """The channels, the most probable first, for a spreadsheet: a text that would be a formula there is quoted."""
    file = io.StringIO()
    table = csv.writer(file, lineterminator="\r\n")
    table.writerow(CSV_COLUMNS)
    found = {one["channel_id"]: one for one in view.report["channels"]}
    for row in view.channels:
        one = found[row.channel_id]
        rate = one["leak_rate"]
        texts = [_plain(text) for text in (row.channel_id, one["kind"], row.label, row.verdict)]
        figures = (one["p_leaked"], rate["mean"], rate["lower"], rate["upper"], one["bound"], one["log_bayes_factor"])
        shown = ["" if figure is None else repr(float(figure)) for figure in figures]
        table.writerow([*texts, *shown, row.orders, row.called, row.silent, _plain(row.reason)])
    return file.getvalue().encode("utf-8-sig")


def _plain(text: str) -> str:
    return f"'{text}" if text.startswith(_FORMULA) else text


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a report for print: what it is called and says first, and the story it belongs to.

    `story` has (when, what, where it is proved) for each line.
    """

    title: str
    about: Sequence[str]
    story: Sequence[tuple[str, str, str]]


def report_pdf(view: ReportView, part: Part | None = None) -> bytes:
    """The report in print: all of it, or a part, which lists every call and says of few calls why."""
    printed = _printed(view)
    if part is not None:
        printed |= _part(view, part)
    return typeset("report.typ", _clean(printed), datetime.fromisoformat(view.report["as_of"]))


def _part(view: ReportView, part: Part) -> dict[str, Any]:
    said, calls = view.words.said, [one["call_id"] for one in view.report["calls"]]
    found = [one for call_id in calls[:CALLS_PRINTED] if (one := view.call(call_id)) is not None]
    more = len(calls) - CALLS_PRINTED
    reasons = [
        {
            "title": said("Why: call %(call)s from %(source)s", call=row.call_id, source=why.source),
            "terms": [list(term) for term in why.terms],
            "total": why.total,
        }
        for row, whys in found[:CALLS_EXPLAINED]
        for why in whys[:SOURCES_EXPLAINED]
    ]
    return {
        "title": part.title,
        "footer": part.title,
        "head": list(part.about),
        "story": {
            "title": said("What was given to whom, and when the calls came"),
            "columns": [said("Stated time"), said("What happened"), said("Proved by")],
            "lines": [list(line) for line in part.story[:STORY_PRINTED]],
            "more": said("… and more: see the README of the pack.") if len(part.story) > STORY_PRINTED else "",
        },
        "calls": [_call(view, row) for row, _ in found],
        "more_calls": said("… and %(number)s more.", number=f"{more:,}") if more > 0 else "",
        "call_reasons": reasons,
        "total_word": said("together"),
        "few_calls": len(calls) < CALLS_PLOTTED,
    }


def _call(view: ReportView, row: CallRow) -> dict[str, Any]:
    sources = view.words.said(", ").join(f"{label} {p}" for _, label, p in row.sources)
    return {"id": row.call_id, "received": row.received, "sources": sources}


def _headings(view: ReportView) -> dict[str, Any]:
    said = view.words.said
    return {
        "channels": said("Channels"),
        "columns": [said("Channel"), said("P(leaked)"), said("Leak rate, 90%"), said("Verdict"), said("Orders")],
        "reasons": said("Why"),
        "groups": said("Cannot be told apart"),
        "calls": said("Calls over time"),
        "call_columns": [said("Call"), said("Received"), said("Most probably from")],
        "sensitivity": said("How much depends on what was assumed"),
        "background": said("Background"),
        "assumptions": said("What was assumed"),
        "course": said("How the calculation went"),
    }


def _channel(view: ReportView, row: ChannelRow) -> dict[str, Any]:
    return {
        "id": row.channel_id,
        "label": row.label,
        "kind": row.kind,
        "p": row.p_text,
        "interval": f"{row.rate} ({row.interval})",
        "verdict": row.verdict,
        "verdict_word": row.verdict_word,
        "counts": view.words.said(
            "%(orders)s: %(called)s called, %(silent)s silent",
            orders=f"{row.orders:,}",
            called=f"{row.called:,}",
            silent=f"{row.silent:,}",
        ),
        "reason": row.reason,
        "told": row.verdict == "implicated" or row.p >= TOLD_AT,
    }


def _printed(view: ReportView) -> dict[str, Any]:
    said = view.words.said
    calls = view.newest_leaks(CALLS_PRINTED)
    more = len(view.leaks) - CALLS_PRINTED
    title = said("Leak attribution report, as of %(as_of)s", as_of=view.as_of)
    return {
        "title": title,
        "lang": view.words.html[:2],
        "footer": title,
        "head": view.head(),
        "closing": view.closing(),
        "words": _headings(view),
        "channels": [_channel(view, row) for row in view.channels],
        "means": view.verdict_means(),
        "groups": [
            {
                "members": " / ".join(label for _, label in group.members),
                "verdict": group.verdict,
                "verdict_word": group.verdict_word,
                "sentence": group.sentence,
                "separating": group.separating,
            }
            for group in view.groups
        ],
        "calls": [_call(view, row) for row in calls],
        "few_calls": False,
        "call_reasons": [],
        "story": {"lines": []},
        "more_calls": said("… and %(number)s more.", number=f"{more:,}") if more > 0 else "",
        "sensitivity": [f"{change}: {told}" for change, told in view.sensitivity()],
        "background": view.background(),
        "assumptions": view.assumptions(),
        "course": view.course(),
        "plots": {name: draw_plot(name, view, PRINT) for name in PLOTS},
    }


def letter_pdf(text: str, title: str, language: str, footer: str, when: datetime) -> bytes:
    """A letter as its releaser wrote it, in print."""
    lines = [line.rstrip() for line in text.split("\n")]
    data = {"title": title, "lang": language, "footer": footer, "lines": lines}
    return typeset("letter.typ", _clean(data), when)


def _clean(value: Any) -> Any:
    """Every text without what cannot be printed."""
    if isinstance(value, str):
        return printable(value)
    if isinstance(value, dict):
        return {key: _clean(one) for key, one in value.items()}
    return [_clean(one) for one in value] if isinstance(value, list | tuple) else value
