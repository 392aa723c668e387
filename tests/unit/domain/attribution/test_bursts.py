"""Hours in which strangers ring many lines at once."""

from __future__ import annotations

import numpy as np
import pytest

from tracer.domain.attribution.bursts import WINDOW, learn_bursts, no_bursts
from tracer.domain.attribution.evidence import Floats, Lines

LINES, DAYS, RATE = 400, 120.0, 0.01


def lines() -> Lines:
    return Lines(np.zeros(LINES), np.full(LINES, DAYS), np.zeros(LINES, dtype=np.int64))


def evenly(seed: int) -> Floats:
    rng = np.random.default_rng(seed)
    return rng.uniform(0, DAYS, rng.poisson(LINES * DAYS * RATE))


def learn(day: Floats):
    return learn_bursts(day, np.ones(len(day)), lines(), np.full(LINES, RATE))


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
    assert span.calls >= 80
    extra = found.extra_days(np.array([0.0, 61.0]), np.array([DAYS, DAYS]))
    assert extra[0] == pytest.approx(80 / (LINES * RATE), rel=0.25)
    assert extra[1] < 1.0, "a line that came later missed it"


def test_a_call_does_not_explain_itself() -> None:
    """One call where a twentieth of one is expected says nothing of a burst to itself, but something to others."""
    few = Lines(np.zeros(20), np.full(20, DAYS), np.zeros(20, dtype=np.int64))
    found = learn_bursts(np.array([50.1]), np.ones(1), few, np.full(20, RATE))
    alone = found.multiple(np.array([50.1]), np.ones(1))[0]
    beside = found.multiple(np.array([50.1]), np.zeros(1))[0]
    assert alone < 1.01 < beside


def test_calls_that_leaks_explain_make_no_burst() -> None:
    day = np.concatenate((evenly(2), np.full(80, 60.1)))
    p = np.concatenate((np.ones(len(day) - 80), np.full(80, 0.01)))
    found = learn_bursts(day, p, lines(), np.full(LINES, RATE))
    assert found.multiple(np.array([60.1]), np.zeros(1))[0] < 1.5


def test_nothing_to_learn_from() -> None:
    none = no_bursts()
    assert none.multiple(np.array([1.0]), np.zeros(1)).tolist() == [1.0]
    assert none.extra_days(np.zeros(1), np.ones(1)).tolist() == [0.0]
    assert learn_bursts(np.zeros(0), np.zeros(0), lines(), np.full(LINES, RATE)).count.size == 0
    outside = learn(evenly(3)).multiple(np.array([-50.0, 500.0]), np.zeros(2))
    assert outside.tolist() == [1.0, 1.0]
