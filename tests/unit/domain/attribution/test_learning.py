"""What is learned of callers' behaviour stays near the assumptions, and goes to the truth with data."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tests.factories.campaigns import MODEL, QUICK, draw_world
from tracer.domain.attribution.evidence import Evidence
from tracer.domain.attribution.fit import Fit, Fitter

KINDS = ("merchant", "merchant", "warehouse", "courier")
SHORT = replace(QUICK, warmup=60, draws=40, most_draws=40)


def fit(evidence: Evidence) -> Fit:
    return Fitter(evidence, MODEL.other, MODEL.assumptions).fit(SHORT, np.random.default_rng(2))


def test_without_leaks_the_behaviour_stays_as_assumed() -> None:
    model = fit(draw_world(np.random.default_rng(1), KINDS, 60, leaky=[], background=0.02).evidence).model
    assert model.behaviour.calls == pytest.approx(model.assumed.calls, rel=0.1)
    assert model.behaviour.mention == pytest.approx(model.assumed.mention, abs=0.05)
    assert model.behaviour.log_median == pytest.approx(model.assumed.log_median, abs=0.1)


def test_with_many_leaks_from_the_assumed_model_it_does_not_drift() -> None:
    model = fit(draw_world(np.random.default_rng(2), KINDS, 300, leaky=[0, 3], rate=0.5).evidence).model
    assert model.behaviour.calls == pytest.approx(model.assumed.calls, rel=0.2)
    assert model.behaviour.mention == pytest.approx(model.assumed.mention, abs=0.12)
    assert model.behaviour.log_median == pytest.approx(model.assumed.log_median, abs=0.25)
    assert 0.5 * model.assumed.epsilon <= model.behaviour.epsilon <= 2.0 * model.assumed.epsilon


def test_background_rates_are_found() -> None:
    world = draw_world(np.random.default_rng(3), KINDS, 200, leaky=[], background=0.03)
    found = fit(world.evidence)
    assert found.background.mean_rate == pytest.approx(0.03, rel=0.15)
    assert found.sources.background.mean() > 0.97


def test_what_a_large_campaign_leaves_out_changes_little() -> None:
    """More quiet cells, three rounds of learning and no spells: the same channels, nearly as probable."""
    evidence = draw_world(np.random.default_rng(9), KINDS, 150, leaky=[1, 3], rate=0.5, background=0.05).evidence
    found = []
    for large in (False, True):
        fitter = Fitter(evidence, MODEL.other, MODEL.assumptions)
        fitter.large = large
        found.append(fitter.fit(replace(QUICK, draws=300, most_draws=300), np.random.default_rng(2)))
    small, big = found
    assert len(big.prepared.loud.cell) < 0.8 * len(small.prepared.loud.cell)
    assert big.draws.p_leaky == pytest.approx(small.draws.p_leaky, abs=0.06)
    assert big.sources.background == pytest.approx(small.sources.background, abs=0.06)
