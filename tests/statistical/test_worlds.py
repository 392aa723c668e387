"""Whole worlds drawn from the model: the engine's probabilities must mean what they say."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tests.factories.campaigns import MODEL, draw_world, fitted_probabilities, report_on
from tracer.domain.report import BACKGROUND, Verdict

KINDS = ("platform", "merchant", "merchant", "merchant", "warehouse", "courier", "courier", "station")


def test_where_nobody_leaks_nobody_is_named() -> None:
    """Eight innocent worlds with background noise; channel or group, at most one may name anybody."""
    named = 0
    for seed in range(8):
        world = draw_world(np.random.default_rng(seed), KINDS, 60, leaky=[], background=0.02)
        assert not world.leaky
        report = report_on(world.evidence)
        named += any(finding.verdict is Verdict.IMPLICATED for finding in (*report.channels, *report.groups))
        assert sum(call.sources[0].channel_id == BACKGROUND for call in report.calls) > 0.9 * len(report.calls)
    assert named <= 1


def test_probabilities_of_channels_are_calibrated() -> None:
    """30 worlds from a prior of 0.35: among channels given p, a share p leaked (binomial, 3.5 sigma, 4 bins)."""
    kinds = {name: replace(profile, prior_leaky=0.35) for name, profile in MODEL.channels.kinds.items()}
    model = replace(MODEL, channels=replace(MODEL.channels, kinds=kinds))
    said, true = [], []
    for seed in range(30):
        rng = np.random.default_rng(100 + seed)
        chosen = [i for i in range(6) if rng.random() < 0.35]
        world = draw_world(rng, KINDS[:6], 18, leaky=chosen)
        evidence = replace(world.evidence, profiles=[kinds[profile.kind] for profile in world.evidence.profiles])
        for channel_id, p in fitted_probabilities(evidence, model=model).items():
            said.append(p)
            true.append(channel_id in world.leaky)
    p, z = np.array(said), np.array(true, dtype=np.float64)
    for low, high in ((0.0, 0.1), (0.1, 0.4), (0.4, 0.8), (0.8, 1.01)):
        inside = (p >= low) & (p < high)
        assert inside.sum() >= 6, "the worlds must test every bin"
        sigma = np.sqrt((p[inside] * (1 - p[inside])).sum())
        assert abs((p[inside] - z[inside]).sum()) < 3.5 * max(float(sigma), 1.0)


@pytest.mark.parametrize("seed", range(3))
def test_a_heavy_leaker_is_found_and_its_calls_are_traced(seed: int) -> None:
    world = draw_world(np.random.default_rng(500 + seed), KINDS, 120, leaky=[4], rate=0.6)
    report = report_on(world.evidence)
    assert [f.channel_id for f in report.channels if f.verdict is Verdict.IMPLICATED] == ["warehouse-4"]
    leaks = [call for call in report.calls if world.source[call.call_id] == "warehouse-4"]
    right = sum(call.sources[0].channel_id == "warehouse-4" for call in leaks)
    assert len(leaks) > 10
    assert right >= 0.85 * len(leaks)


def test_it_beats_counting_and_guilt_on_the_same_worlds() -> None:
    from tracer.domain.attribution.baselines import counting, guilt, vote

    error = dict.fromkeys(("ours", "counting", "guilt", "vote"), 0.0)
    for seed in range(4):
        world = draw_world(np.random.default_rng(900 + seed), KINDS, 80, leaky=[1, 5], rate=0.4)
        truth = np.array([channel_id in world.leaky for channel_id in world.evidence.channel_ids], dtype=np.float64)
        ours = fitted_probabilities(world.evidence)
        error["ours"] += float(((np.array([ours[c] for c in world.evidence.channel_ids]) - truth) ** 2).mean())
        for name, method in (("counting", counting), ("guilt", guilt), ("vote", vote)):
            error[name] += float(((method(world.evidence).p_leaked - truth) ** 2).mean())
    assert error["ours"] < 0.25 * min(error["counting"], error["guilt"], error["vote"])
