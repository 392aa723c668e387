"""Whole worlds drawn from the model: the engine's probabilities must mean what they say."""

from __future__ import annotations

import numpy as np
import pytest

from tests.factories.campaigns import draw_world, fitted_probabilities, report_on
from tracer.domain.report import BACKGROUND, Verdict

KINDS = ("platform", "merchant", "merchant", "merchant", "warehouse", "courier", "courier", "station")


def test_where_nobody_leaks_nobody_is_named() -> None:
    """Eight innocent worlds with background noise; channel or group, at most one may name anybody."""
    named = 0
    for seed in range(8):
        world = draw_world(np.random.default_rng(seed), KINDS, 60, leaky=[], background=0.02)
        assert not world.leaky
        report = report_on(world.evidence, with_sensitivity=False)
        named += any(finding.verdict is Verdict.IMPLICATED for finding in (*report.channels, *report.groups))
        assert sum(call.sources[0].channel_id == BACKGROUND for call in report.calls) > 0.9 * len(report.calls)
    assert named <= 1


@pytest.mark.parametrize("seed", range(3))
def test_a_heavy_leaker_is_found_and_its_calls_are_traced(seed: int) -> None:
    world = draw_world(np.random.default_rng(500 + seed), KINDS, 120, leaky=[4], rate=0.6)
    report = report_on(world.evidence, with_sensitivity=False)
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
