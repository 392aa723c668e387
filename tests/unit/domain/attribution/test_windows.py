"""The weeks in which a channel leaked."""

from __future__ import annotations

import re

from tests.factories.campaigns import MODEL, START, Rang, Shown, campaign, report_on
from tracer.domain.attribution.engine import utc_moment
from tracer.domain.fields import Fields
from tracer.domain.report import LeakWindow, Verdict

TELLING = Fields.NAME | Fields.ITEM | Fields.WAYBILL_NO


def leaking(days: range):
    """A shop with an order every second day of 150; those of `days` are called."""
    routes = [[Shown(0, float(n))] for n in range(0, 150, 2)]
    calls = [Rang(place, n + 3.0, TELLING) for place, n in enumerate(range(0, 150, 2)) if n in days]
    (finding,) = report_on(campaign(("merchant",), routes, calls)).channels
    assert finding.verdict is Verdict.IMPLICATED
    return finding


def test_a_spell_is_named_with_its_days() -> None:
    finding = leaking(range(60, 85))
    window = finding.window
    assert isinstance(window, LeakWindow)
    assert window.p > 0.95
    assert utc_moment(START + 52)[:10] <= window.first <= utc_moment(START + 62)[:10]
    assert utc_moment(START + 82)[:10] <= window.last <= utc_moment(START + 94)[:10]
    assert re.search(f"from {window.first} to {window.last}; .* has probability", finding.reason)


def test_a_channel_that_leaks_all_the_time_has_no_window() -> None:
    finding = leaking(range(0, 150, 6))
    assert finding.window is None
    assert "spell" not in finding.reason


def test_the_report_tells_windows_in_its_diagnostics() -> None:
    routes = [[Shown(0, float(n))] for n in range(0, 150, 2)]
    calls = [Rang(place, n + 3.0, TELLING) for place, n in enumerate(range(0, 150, 2)) if 60 <= n < 85]
    report = report_on(campaign(("merchant",), routes, calls))
    (window,) = [finding.window for finding in report.channels]
    assert window is not None
    assert report.diagnostics["leak_windows"] == {
        "merchant-0": {"from": window.first, "until": window.last, "p": window.p}
    }
    assert MODEL.assumptions.burst_share > 0
