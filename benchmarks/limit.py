"""What could be known at best: a long run that is told how callers behave and the priors, but not who leaks.

The nuisance values come from a world's truth, as `tracer simulate` writes them; where a world does not tell its
priors the configured ones hold. It knows of no spells and of no campaigns.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

from tracer.domain.attribution.assumptions import Assumptions
from tracer.domain.attribution.background import Background, Kind, KnownBackground, first_guess, learn_background
from tracer.domain.attribution.bursts import no_bursts
from tracer.domain.attribution.campaigns import NONE
from tracer.domain.attribution.confounding import confounded_groups
from tracer.domain.attribution.evidence import Evidence, Floats
from tracer.domain.attribution.explain import CallFindings
from tracer.domain.attribution.fit import Fit, Fitter
from tracer.domain.attribution.model import AttributionModel
from tracer.domain.attribution.posterior import starting_state
from tracer.domain.attribution.sampling import run
from tracer.domain.attribution.verdicts import implicated
from tracer.domain.channel import KindProfile
from tracer.domain.report import CallFinding, Verdict

ROUNDS = 4


@dataclass(frozen=True, slots=True)
class Known:
    """An answer: P(leaked) of every channel, the channels and groups named, and each call's sources."""

    p_leaked: Floats
    named: set[str]
    groups: list[tuple[str, ...]]
    calls: Sequence[CallFinding]


def limit(
    evidence: Evidence, model: AttributionModel, nuisance: Mapping[str, Any], seed: int, draws: int = 1_000
) -> Known:
    """The answer of a long run under the world's own figures."""
    profiles = [_moved(profile, nuisance) for profile in evidence.profiles]
    alone = np.full(len(evidence.calls.ids), NONE)
    told = replace(evidence, profiles=profiles, calls=replace(evidence.calls, campaign=alone))
    assumed = _assumptions(model.assumptions, nuisance)
    other = replace(_moved(model.other, nuisance), calls_per_leak=assumed.other_calls_per_leak)
    with threadpool_limits(limits=1, user_api="blas"):
        fit = _fitted(Fitter(told, other, assumed, learn=False), nuisance, np.random.default_rng(seed), draws)
    priors = fit.leak_priors(told)
    p_leaked = fit.draws.p_leaky[:-1]
    named = implicated(p_leaked, priors, model.thresholds)
    groups = confounded_groups(evidence.channel_ids, {}, fit.model.cells, fit.draws, priors, named, model.thresholds)
    return Known(
        p_leaked=p_leaked,
        named={evidence.channel_ids[i] for i in np.flatnonzero(named)},
        groups=[group.channel_ids for group in groups if group.verdict is Verdict.IMPLICATED],
        calls=CallFindings(told, fit),
    )


def _fitted(fitter: Fitter, nuisance: Mapping[str, Any], rng: np.random.Generator, draws: int) -> Fit:
    """Short rounds that tell background from leaks line by line, then the long run."""
    model, evidence = fitter.assumed_model(), fitter.evidence
    background = _background(fitter, first_guess(evidence), nuisance)
    intensity = None
    for turn in range(ROUNDS + 1):
        prepared = fitter.prepare(model, background, intensity)
        long = turn == ROUNDS
        start = starting_state(prepared.problem, 4, rng)
        found = run(prepared.problem, start, 200 if long else 20, draws if long else 20, rng)
        fit = fitter.explain(model, prepared, background, found)
        if not long:
            intensity = fit.sources.intensity
            background = _background(fitter, fit.sources.background, nuisance)
    return fit


def _background(fitter: Fitter, p_background: Floats, nuisance: Mapping[str, Any]) -> Background:
    known = None
    if "background" in nuisance:
        kind = Kind(float(nuisance["background"]), float(nuisance["background_shape"]))
        kinds = dict.fromkeys(np.unique(fitter.evidence.lines.kind).tolist(), kind)
        known = KnownBackground(kinds, no_bursts(), np.ones(len(p_background), dtype=np.bool_))
    return learn_background(fitter.evidence, p_background, fitter.assumptions, known)


def _moved(profile: KindProfile, nuisance: Mapping[str, Any]) -> KindProfile:
    """A profile with the world's figures."""
    median, sigma = nuisance["fast"]
    delay = replace(profile.delay, log_median_days=median, sigma=sigma, slow_share=nuisance["slow_share"])
    rate = nuisance.get("rate_beta", {}).get(profile.kind, (profile.rate_a, profile.rate_b))
    return replace(
        profile,
        prior_leaky=nuisance.get("prior_leaky", {}).get(profile.kind, profile.prior_leaky),
        rate_a=rate[0],
        rate_b=rate[1],
        calls_per_leak=nuisance["nu"],
        mention=dict(nuisance["mention"]),
        delay=delay,
    )


def _assumptions(assumed: Assumptions, nuisance: Mapping[str, Any]) -> Assumptions:
    a, b = nuisance.get("other_beta", (assumed.other_mean * assumed.other_strength, None))
    strength = assumed.other_strength if b is None else a + b
    return replace(
        assumed,
        epsilon=nuisance["eps"],
        burst_share=0.0,
        other_mean=a / strength,
        other_strength=strength,
        other_common=0.0,
        other_calls_per_leak=nuisance["nu"],
    )
