"""Hours in which strangers ring many lines at once."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tests.factories.campaigns import MODEL, Rang, Shown, campaign, report_on
from tracer.domain.attribution.background import first_guess, learn_background
from tracer.domain.attribution.bursts import WINDOW, Bursts, learn_bursts, no_bursts, own_line
from tracer.domain.attribution.evidence import Floats, Ints, Lines
from tracer.domain.fields import Fields

LINES, DAYS, RATE = 400, 120.0, 0.01


def lines() -> Lines:
    return Lines(np.zeros(LINES), np.full(LINES, DAYS), np.zeros(LINES, dtype=np.int64))


def evenly(seed: int) -> Floats:
    rng = np.random.default_rng(seed)
    return rng.uniform(0, DAYS, rng.poisson(LINES * DAYS * RATE))


def apart(number: int) -> Ints:
    """Each call on another line, as far as there are lines."""
    return np.arange(number) * 7 % LINES


def learn(day: Floats) -> Bursts:
    return learn_bursts(day, apart(len(day)), np.ones(len(day)), lines(), np.full(LINES, RATE))


@pytest.mark.parametrize("seed", range(5))
def test_even_calls_are_no_burst(seed: int) -> None:
    day = evenly(seed)
    found = learn(day)
    multiple = found.multiple(day, np.ones(len(day)))
    assert multiple.mean() < 1.02
    assert np.quantile(multiple, 0.98) < 1.2
    assert found.extra_days(np.zeros(1), np.array([DAYS]))[0] < 1.0
    assert len(found.spans(3.0)) <= 1, "chance alone brings seven calls for one expected in one of 480 windows"


def test_a_campaign_on_eighty_lines_is_one_burst_at_its_time() -> None:
    rng = np.random.default_rng(1)
    campaign = 60.0 + rng.uniform(0.01, 0.2, 80)
    day = np.concatenate((evenly(1), campaign))
    found = learn(day)
    multiple = found.multiple(day, np.ones(len(day)))
    usual = LINES * RATE * WINDOW
    assert multiple[-80:] == pytest.approx(80 / usual, rel=0.25)
    assert np.median(multiple[:-80]) == pytest.approx(1.0, abs=0.02)
    (span,) = found.spans(3.0)
    assert span.start <= 60.0 < span.end
    assert span.lines >= 80
    extra = found.extra_days(np.array([0.0, 61.0]), np.array([DAYS, DAYS]))
    assert extra[0] == pytest.approx(80 / (LINES * RATE), rel=0.25)
    assert extra[1] < 1.0, "a line that came later missed it"


def test_a_call_does_not_explain_itself() -> None:
    """One call where a twentieth of one is expected says nothing of a burst to itself, but something to others."""
    few = Lines(np.zeros(20), np.full(20, DAYS), np.zeros(20, dtype=np.int64))
    found = learn_bursts(np.array([50.1]), np.zeros(1, dtype=np.int64), np.ones(1), few, np.full(20, RATE))
    alone = found.multiple(np.array([50.1]), np.ones(1))[0]
    beside = found.multiple(np.array([50.1]), np.zeros(1))[0]
    assert alone < 1.01 < beside


def test_calls_that_leaks_explain_make_no_burst() -> None:
    day = np.concatenate((evenly(2), np.full(80, 60.1)))
    p = np.concatenate((np.ones(len(day) - 80), np.full(80, 0.01)))
    found = learn_bursts(day, apart(len(day)), p, lines(), np.full(LINES, RATE))
    assert found.multiple(np.array([60.1]), np.zeros(1))[0] < 1.5


def test_nothing_to_learn_from() -> None:
    none = no_bursts()
    assert none.multiple(np.array([1.0]), np.zeros(1)).tolist() == [1.0]
    assert none.extra_days(np.zeros(1), np.ones(1)).tolist() == [0.0]
    empty = np.zeros(0)
    assert learn_bursts(empty, np.zeros(0, dtype=np.int64), empty, lines(), np.full(LINES, RATE)).count.size == 0
    outside = learn(evenly(3)).multiple(np.array([-50.0, 500.0]), np.zeros(2))
    assert outside.tolist() == [1.0, 1.0]


def test_who_redials_one_line_makes_no_burst() -> None:
    """Few lines, where a call a window is rare: eight calls on one of them are one line, on eight of them a burst."""
    few = Lines(np.zeros(20), np.full(20, DAYS), np.zeros(20, dtype=np.int64))
    day = 50.0 + np.arange(8) / 100
    for line, low, high in ((np.zeros(8, dtype=np.int64), 1.0, 6.0), (np.arange(8), 50.0, 500.0)):
        found = learn_bursts(day, line, np.ones(8), few, np.full(20, RATE))
        elsewhere = found.multiple(np.array([50.05]), np.zeros(1))[0]
        assert low <= elsewhere < high
    redialled = own_line(day, np.zeros(8, dtype=np.int64), np.linspace(0.1, 0.8, 8))
    assert redialled.tolist() == [0.8] * 8


def test_single_calls_on_few_lines_are_no_spans() -> None:
    few = Lines(np.zeros(3), np.full(3, DAYS), np.zeros(3, dtype=np.int64))
    found = learn_bursts(np.array([10.0, 50.0, 90.0]), np.arange(3), np.ones(3), few, np.full(3, RATE))
    assert found.spans(3.0) == []


def bare_beside(answered: bool) -> float:
    """The background rate at a call that knew much, beside calls on other lines whose callers said nothing."""
    routes = [[Shown(0, 1.0)] for _ in range(20)]
    calls = [Rang(7, 12.0, Fields.NAME | Fields.ITEM)]
    calls += [Rang(n, 12.0 + n / 200, answered=answered) for n in range(8, 16)]
    evidence = campaign(("merchant",), routes, calls)
    found = learn_background(evidence, first_guess(evidence), MODEL.assumptions)
    return float(found.call_rate[list(evidence.calls.ids).index("c0")])


def test_unanswered_calls_make_no_burst() -> None:
    """Who bought the data may have rung them: they say nothing of what their caller knew."""
    assert bare_beside(answered=True) > 5 * bare_beside(answered=False)


def test_a_line_rung_after_it_was_given_up_breaks_no_report() -> None:
    evidence = campaign(("merchant",), [[Shown(0, 1.0)]], [Rang(0, 5.0)])
    given_up = Lines(evidence.lines.start + 8.0, evidence.lines.start + 2.0, evidence.lines.kind)
    report = report_on(replace(evidence, lines=given_up))
    assert len(report.calls) == 1
