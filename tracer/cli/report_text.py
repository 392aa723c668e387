"""The report as a person reads it: who is implicated and why, what stays open, what was assumed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from tracer.documents.sentences import basis, course, effect, sealed, together
from tracer.documents.words import ENGLISH, percent
from tracer.domain.report import (
    BACKGROUND,
    CallFinding,
    ChannelFinding,
    GroupFinding,
    Report,
    Verdict,
)

CALLS_SHOWN = 40
OPEN_SHOWN = 12
BOUNDED_IN_WORDS = 4
BOUNDED_SHOWN = 20
SOURCES_SHOWN = 4
LEAST_SHOWN = 0.005
LEAST_NATS = 0.005


def print_report(report: Report, console: Console) -> None:
    """Print the whole report."""
    names = {finding.channel_id: finding.name for finding in report.channels}
    _head(report, console)
    if not report.calls and not any(finding.orders for finding in report.channels):
        console.print(
            "There is nothing to attribute yet: nobody was given a canary, and nobody rang. Start with "
            "`tracer number add`, `tracer channel add` and `tracer canary issue`, or look at `tracer demo`."
        )
        return
    by_verdict = {verdict: [f for f in report.channels if f.verdict is verdict] for verdict in Verdict}
    _implicated(by_verdict[Verdict.IMPLICATED], console)
    _groups(report.groups, names, console)
    _bounded(by_verdict[Verdict.BOUNDED], console)
    _open(by_verdict[Verdict.UNRESOLVED], console)
    _calls(report.calls, names, console)
    _foot(report, console)


def print_explanation(finding: CallFinding, names: Mapping[str, str], console: Console) -> None:
    """Print one call's sources and, for each channel explained, its evidence as a column of factors."""
    console.print(Text(f"Call {finding.call_id}", style="bold"))
    whose = f"canary {finding.canary_id} with probability {percent(finding.match_p)}" if finding.canary_id else "nobody"
    console.print(f"It rang for {whose}. Its knowledge came from:")
    for source in finding.sources:
        if source.p >= LEAST_SHOWN:
            console.print(f"  {percent(source.p):>7}  {ENGLISH.source(source.channel_id, names)}")
    for channel_id in dict.fromkeys(term.channel_id for term in finding.evidence):
        console.print()
        console.print(f"Why {ENGLISH.source(channel_id, names)} rather than background, in powers of e (nats):")
        terms = [term for term in finding.evidence if term.channel_id == channel_id]
        for term in terms:
            if abs(term.log_likelihood_ratio) < LEAST_NATS:
                continue
            console.print(f"  {term.log_likelihood_ratio:+8.2f}  {term.term}")
        total = sum(term.log_likelihood_ratio for term in terms)
        console.print(f"  {total:+8.2f}  together: the log odds against background")


def _head(report: Report, console: Console) -> None:
    console.print(Text("LEAK ATTRIBUTION REPORT", style="bold"))
    first, *others = basis(
        ENGLISH,
        exposed=sum(1 for finding in report.channels if finding.orders),
        calls=len(report.calls),
        leaks=sum(1 for call in report.calls if call.sources and call.sources[0].channel_id != BACKGROUND),
        left_out=report.background.get("legitimate_calls_left_out"),
        converged=bool(report.diagnostics.get("converged", True)),
    )
    for line in (f"As of {report.as_of}. {first}", *others):
        console.print(line)


def _title(text: str, console: Console) -> None:
    console.print()
    console.print(Text(text, style="bold"))


def _indented(text: str, console: Console) -> None:
    console.print(Padding(Text(text), (0, 0, 0, 4)))


def _who(finding: ChannelFinding) -> str:
    shown = finding.channel_id if finding.name == finding.channel_id else f"{finding.name} ({finding.channel_id})"
    return f"{finding.kind} {shown}"


def _implicated(findings: Sequence[ChannelFinding], console: Console) -> None:
    _title("IMPLICATED", console)
    if not findings:
        console.print("  No single channel: the evidence does not suffice to name one.")
    for finding in sorted(findings, key=lambda item: -item.p_leaked):
        rate = finding.leak_rate
        console.print(Text(f"  {_who(finding)}: probability {percent(finding.p_leaked)}", style="bold"))
        _indented(finding.reason, console)
        _indented(
            f"It leaks about {rate.mean:.0%} of its orders (90% interval {rate.lower:.0%} to {rate.upper:.0%}); the "
            f"data make a leak {ENGLISH.times(finding.log_bayes_factor)} more probable than it was before them.",
            console,
        )


def _groups(groups: Sequence[GroupFinding], names: Mapping[str, str], console: Console) -> None:
    if not groups:
        return
    _title("CANNOT BE TOLD APART", console)
    for group in groups:
        members = " / ".join(ENGLISH.source(channel_id, names) for channel_id in group.channel_ids)
        console.print(Text(f"  {members} ({group.verdict.value})", style="bold"))
        _indented(
            f"At least one of them leaked with probability {percent(group.p_any)}, exactly one with "
            f"{percent(group.p_exactly_one)}. {group.separating_order}",
            console,
        )


def _bounded(findings: Sequence[ChannelFinding], console: Console) -> None:
    if not findings:
        return
    _title("BOUNDED", console)
    ranked = sorted(findings, key=lambda item: (item.bound if item.bound is not None else 1.0, item.channel_id))
    if len(ranked) <= BOUNDED_IN_WORDS:
        for finding in ranked:
            console.print(f"  {_who(finding)}: probability {percent(finding.p_leaked)}")
            _indented(finding.reason, console)
        return
    console.print("  With 95% probability each leaks less than the share shown, if it leaks at all.")
    table = _table("  channel", "leaks less than", "P(leaked)", "orders", "silent")
    for finding in ranked[:BOUNDED_SHOWN]:
        bound = f"{finding.bound:.1%}" if finding.bound is not None else "–"
        figures = (bound, percent(finding.p_leaked), f"{finding.orders:,}", f"{finding.silent:,}")
        table.add_row(f"  {_who(finding)}", *figures)
    console.print(table)
    if len(ranked) > BOUNDED_SHOWN:
        console.print(f"  … and {len(ranked) - BOUNDED_SHOWN:,} more, with limits above these.")


def _table(first: str, *figures: str) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    table.add_column(first, overflow="fold")
    for column in figures:
        table.add_column(column, justify="right")
    return table


def _open(findings: Sequence[ChannelFinding], console: Console) -> None:
    if not findings:
        return
    _title("NOT RESOLVED", console)
    ranked = sorted(findings, key=lambda item: (-item.p_leaked, item.channel_id))
    table = _table("  channel", "P(leaked)", "orders", "called", "more orders needed")
    for finding in ranked[:OPEN_SHOWN]:
        more = "–" if finding.more_orders is None else f"about {finding.more_orders}"
        p = percent(finding.p_leaked)
        table.add_row(f"  {_who(finding)}", p, f"{finding.orders:,}", f"{finding.called:,}", more)
    console.print(table)
    if len(ranked) > OPEN_SHOWN:
        console.print(f"  … and {len(ranked) - OPEN_SHOWN:,} more channels, none more probable than the last above.")


def _calls(calls: Sequence[CallFinding], names: Mapping[str, str], console: Console) -> None:
    leaks = [call for call in calls if call.sources and call.sources[0].channel_id != BACKGROUND]
    if not leaks:
        return
    _title("CALLS THAT USED LEAKED DATA", console)
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    for column in ("  call", "canary", "most probably from", "or from"):
        table.add_column(column, overflow="fold")
    for call in leaks[:CALLS_SHOWN]:
        shown = [
            f"{ENGLISH.source(source.channel_id, names)} {percent(source.p)}"
            for source in call.sources[:SOURCES_SHOWN]
            if source.p >= LEAST_SHOWN
        ]
        table.add_row(f"  {call.call_id}", call.canary_id or "?", shown[0], ", ".join(shown[1:]))
    console.print(table)
    if len(leaks) > CALLS_SHOWN:
        console.print(f"  … and {len(leaks) - CALLS_SHOWN:,} more.")
    console.print("  Why, for any call: tracer explain CALL")


def _foot(report: Report, console: Console) -> None:
    names = {finding.channel_id: finding.name for finding in report.channels}
    if report.sensitivity:
        _title("HOW MUCH DEPENDS ON WHAT WAS ASSUMED", console)
        for name, change in report.sensitivity.items():
            _bullet(f"{name.replace('_', ' ').capitalize()}: {effect(ENGLISH, change, names)}", console)
    _title("WHAT WAS ASSUMED", console)
    for assumption in report.assumptions:
        _bullet(assumption, console)
    _title("HOW THE CALCULATION WENT", console)
    told = report.diagnostics
    for line in (*course(ENGLISH, told), *together(ENGLISH, report.background), *sealed(ENGLISH, told)):
        _bullet(line, console)
    console.print()
    console.print(
        "A report says where data surfaced and how probable that is. It convicts nobody, and it gives nobody "
        "a clean bill of health."
    )


def _bullet(text: str, console: Console) -> None:
    grid = Table.grid(padding=(0, 1))
    grid.add_column(width=3, justify="right")
    grid.add_column()
    grid.add_row("-", text)
    console.print(grid)
