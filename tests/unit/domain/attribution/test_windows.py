"""The weeks in which a channel leaked."""

from __future__ import annotations

import re

import numpy as np
import pytest

from tests.factories.campaigns import MODEL, START, Rang, Shown, campaign, report_on
from tracer.domain.attribution.engine import utc_moment
from tracer.domain.attribution.rates import rates_of
from tracer.domain.attribution.windows import likely_spells
from tracer.domain.fields import Fields
from tracer.domain.report import LeakWindow, Verdict

TELLING = Fields.NAME | Fields.ITEM | Fields.WAYBILL_NO


def leaking(days: range):
    """Two shops with an order each every second day of 150; those of the first one and of `days` are called.

    The other shop's silence tells that it is not somebody outside the routes.
    """
    routes = [[Shown(0, float(n))] for n in range(0, 150, 2)] + [[Shown(1, float(n))] for n in range(1, 150, 2)]
    calls = [Rang(place, n + 3.0, TELLING) for place, n in enumerate(range(0, 150, 2)) if n in days]
    finding, _ = report_on(campaign(("merchant", "merchant"), routes, calls)).channels
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


def test_the_window_is_that_of_the_spell_and_not_of_leaking_all_the_time() -> None:
    rates = rates_of([MODEL.channels.kind("merchant")], MODEL.assumptions, (0.0, 140.0), 0.2)
    by_spell = np.zeros(len(rates.begin))
    late = [j for j in range(len(rates.begin)) if (rates.begin[j], rates.stop[j]) == (14, 19)]
    early = [j for j in range(len(rates.begin)) if (rates.begin[j], rates.stop[j]) == (0, 2)]
    by_spell[0], by_spell[late], by_spell[early] = 0.45, 0.49, 0.06
    joint = by_spell[None, :, None] * np.full((1, 1, len(rates.nodes)), 1 / len(rates.nodes))
    (spell,) = likely_spells(rates, joint, np.ones(1))
    assert spell is not None
    assert spell.p == pytest.approx(0.55)
    assert (spell.start, spell.end) == pytest.approx((14 * rates.width, 19 * rates.width))


def test_the_report_tells_windows_in_its_diagnostics() -> None:
    routes = [[Shown(0, float(n))] for n in range(0, 150, 2)]
    calls = [Rang(place, n + 3.0, TELLING) for place, n in enumerate(range(0, 150, 2)) if 60 <= n < 85]
    report = report_on(campaign(("merchant",), routes, calls))
    (window,) = [finding.window for finding in report.channels]
    assert window is not None
    assert report.diagnostics["leak_windows"] == {
        "merchant-0": {"from": window.first, "until": window.last, "p": window.p}
    }
