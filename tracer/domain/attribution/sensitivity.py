"""How far the answer depends on what was assumed.

The prior is changed exactly, by its odds. Calls per leak, ε and the delay are changed by short
runs of their own, left out for campaigns above LARGEST_RERUN calls or exposures.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from tracer.domain.attribution.assumptions import Sampling, Thresholds
from tracer.domain.attribution.background import Background
from tracer.domain.attribution.behaviour import Behaviour
from tracer.domain.attribution.evidence import Evidence, Floats
from tracer.domain.attribution.fit import Fit, Fitter, Model
from tracer.domain.attribution.priors import LeakPriors
from tracer.domain.attribution.tasks import Progress
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
    for name, changed in zip(CHANGES, _reruns(fitter, fit, rng, progress), strict=True):
        found[name] = _entry(evidence, near, changed, named, implicated(changed, priors, thresholds))
    return found


def _reruns(fitter: Fitter, fit: Fit, rng: np.random.Generator, progress: Progress) -> list[Floats]:
    """P(leaked) under each changed assumption: one after the other here, or each a task with its own generator."""
    behaviours = [change(fit.model.behaviour) for change in CHANGES.values()]
    rngs = rng.spawn(len(behaviours)) if fitter.tasks.apart else [rng] * len(behaviours)
    items = list(zip(behaviours, rngs, strict=True))
    return fitter.tasks.map(_rerun, Again(fitter, fit.model, fit.background, fit.sources.intensity), items, progress)


@dataclass(frozen=True, slots=True)
class Again:
    """What a rerun needs of a fit: who fitted, the model, and what was learned."""

    fitter: Fitter
    model: Model
    background: Background
    intensity: Floats

    def __reduce__(self) -> tuple[Any, ...]:
        """To other processes: without the ids of channels, canaries and calls, and to be worked out there."""
        evidence = self.fitter.evidence
        bare = replace(
            evidence,
            channel_ids=_nameless(evidence.channel_ids),
            canaries=replace(evidence.canaries, ids=_nameless(evidence.canaries.ids)),
            calls=replace(evidence.calls, ids=_nameless(evidence.calls.ids)),
        )
        fitter = Fitter(bare, self.fitter.other, self.fitter.assumptions)
        return Again, (fitter, self.model, self.background, self.intensity)


def _nameless(ids: Sequence[str]) -> Sequence[str]:
    return ("",) * len(ids)


def _rerun(again: Again, item: tuple[Behaviour, np.random.Generator]) -> Floats:
    """(C,) P(leaked) under another behaviour."""
    behaviour, rng = item
    draws = again.fitter.rerun(again.model, again.background, again.intensity, behaviour, SHORT, rng)
    return draws.p_leaky[:-1]


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
