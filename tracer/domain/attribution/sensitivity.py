"""How far the answer depends on what was assumed.

The prior is changed exactly, by its odds. Calls per leak, ε and the delay are changed by short
runs of their own, left out for campaigns above LARGEST_RERUN calls or exposures.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

import numpy as np

from tracer.domain.attribution.assumptions import Sampling, Thresholds
from tracer.domain.attribution.behaviour import Behaviour
from tracer.domain.attribution.evidence import Evidence, Floats
from tracer.domain.attribution.fit import Fit, Fitter, Progress
from tracer.domain.attribution.priors import LeakPriors
from tracer.domain.attribution.verdicts import implicated, with_prior

LARGEST_RERUN = 50_000
NEAR = 0.5
SHORT = Sampling(chains=2, warmup=30, draws=60)
CHANGES: Mapping[str, Callable[[Behaviour], Behaviour]] = {
    "calls_per_leak_halved": lambda b: replace(b, calls=b.calls * 0.5),
    "calls_per_leak_doubled": lambda b: replace(b, calls=b.calls * 2.0),
    "epsilon_halved": lambda b: replace(b, epsilon=b.epsilon * 0.5),
    "epsilon_doubled": lambda b: replace(b, epsilon=b.epsilon * 2.0),
    "delay_median_doubled": lambda b: replace(b, log_median=b.log_median + np.log(2.0)),
}


def sensitivity(
    evidence: Evidence,
    fitter: Fitter,
    fit: Fit,
    priors: LeakPriors,
    thresholds: Thresholds,
    rng: np.random.Generator,
    progress: Progress,
) -> Mapping[str, object]:
    """P(leaked) of the channels near a verdict, and changed verdicts, under each changed assumption."""
    p = fit.draws.p_leaky[:-1]
    named = implicated(p, priors, thresholds)
    near = np.flatnonzero(named | (p >= NEAR))
    found: dict[str, object] = {}
    for name, factor in (("prior_halved", 0.5), ("prior_doubled", 2.0)):
        other = priors.scaled(factor)
        changed = with_prior(p, priors.in_force, other.in_force)
        verdicts = implicated(changed, other, thresholds)
        found[name] = _entry(evidence, near, changed, named, verdicts)
    if max(len(evidence.calls.ids), len(evidence.exposures.canary)) > LARGEST_RERUN:
        found["not_run"] = (
            f"calls per leak, epsilon and delay were not varied: more than {LARGEST_RERUN} calls or exposures"
        )
        return found
    for done, (name, change) in enumerate(CHANGES.items(), start=1):
        changed = fitter.rerun(fit, change(fit.model.behaviour), SHORT, rng).p_leaky[:-1]
        found[name] = _entry(evidence, near, changed, named, implicated(changed, priors, thresholds))
        progress(done / len(CHANGES))
    return found


def _entry(
    evidence: Evidence,
    near: np.ndarray[tuple[int], np.dtype[np.int64]],
    p: Floats,
    before: np.ndarray[tuple[int], np.dtype[np.bool_]],
    after: np.ndarray[tuple[int], np.dtype[np.bool_]],
) -> Mapping[str, object]:
    return {
        "p_leaked": {evidence.channel_ids[i]: float(p[i]) for i in near.tolist()},
        "no_longer_implicated": [evidence.channel_ids[i] for i in np.flatnonzero(before & ~after).tolist()],
        "newly_implicated": [evidence.channel_ids[i] for i in np.flatnonzero(~before & after).tolist()],
    }
