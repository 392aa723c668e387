"""Fitting one campaign: alternate between sampling who leaked and learning the nuisances.

A few short rounds (stochastic EM) settle the background rates, the callers' behaviour and, on
shared lines, what the other candidates contribute; then the long run is made with those fixed.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from tracer.domain.attribution.assumptions import Assumptions, Sampling
from tracer.domain.attribution.background import Background, first_guess, learn_background
from tracer.domain.attribution.behaviour import Behaviour
from tracer.domain.attribution.cells import Cells, expected_calls
from tracer.domain.attribution.evidence import Evidence, Floats, Ints
from tracer.domain.attribution.learning import learn_behaviour
from tracer.domain.attribution.likelihood import Pairs, pair_likelihoods
from tracer.domain.attribution.posterior import Draws, Problem, State, build_problem, starting_state
from tracer.domain.attribution.rates import Rates, rates_of, silence_table
from tracer.domain.attribution.sampling import run
from tracer.domain.attribution.sources import Sources, expected_sources, mean_rates
from tracer.domain.attribution.tables import CaseGroup, LoudCells, build_groups, colour_channels, split_loud
from tracer.domain.channel import KindProfile

ROUNDS = 4
ROUND_SWEEPS = (15, 15)
SURE = 0.8


@dataclass(frozen=True, slots=True)
class Model:
    """All that a likelihood needs besides the evidence itself."""

    cells: Cells
    profile: Ints
    assumed: Behaviour
    behaviour: Behaviour
    burst_share: float


@dataclass(frozen=True, slots=True)
class Prepared:
    """Likelihoods and tables under one model; `outside` is per match row."""

    pairs: Pairs
    mean_calls: Floats
    outside: Floats
    loud: LoudCells
    groups: list[CaseGroup]
    rates: Rates
    problem: Problem


@dataclass(frozen=True, slots=True)
class Fit:
    """A finished run."""

    model: Model
    prepared: Prepared
    background: Background
    draws: Draws
    sources: Sources


class Fitter:
    """One campaign with its assumptions; `fit` does the whole, `refit` a short run under another model."""

    def __init__(self, evidence: Evidence, other: KindProfile, assumptions: Assumptions, *, learn: bool = True) -> None:
        self.evidence = evidence
        self.other = other
        self.assumptions = assumptions
        self.learn = learn

    def prepare(self, model: Model, background: Background, intensity: Floats | None) -> Prepared:
        """Pairs, tables and problem; `intensity` is what each pair gave in the round before."""
        evidence, cells = self.evidence, model.cells
        pairs = pair_likelihoods(evidence, cells, model.profile, model.behaviour)
        if intensity is None:
            intensity = self._prior_intensity(model, pairs)
        mean_calls = expected_calls(cells, evidence.canaries.end, model.profile, model.behaviour)
        outside = self._outside(pairs, background, intensity)
        ratio = np.exp(pairs.log_intensity) / outside[pairs.match]
        loud = split_loud(cells.canary, mean_calls, pairs.cell, ratio)
        channels = len(evidence.channel_ids) + 1
        colour = colour_channels(loud.canary, cells.channel[loud.cell], channels)
        groups = build_groups(
            loud, cells.channel, colour, mean_calls, evidence.matches.canary, (pairs.match, pairs.cell, ratio)
        )
        shown = cells.day[cells.channel < channels - 1]
        span = (float(shown.min()), float(shown.max())) if len(shown) else (0.0, 0.0)
        rates = rates_of(evidence.profiles, self.assumptions, span, model.burst_share)
        quiet = silence_table(rates, cells.channel, cells.day, loud.probability)
        problem = build_problem(rates, groups, quiet, cells.day)
        return Prepared(pairs, mean_calls, outside, loud, groups, rates, problem)

    def _prior_intensity(self, model: Model, pairs: Pairs) -> Floats:
        prior = [p.prior_leaky * p.rate_a / (p.rate_a + p.rate_b) for p in self.evidence.profiles]
        rate = np.array([*prior, self.assumptions.other_mean])
        return np.asarray(rate[model.cells.channel[pairs.cell]] * np.exp(pairs.log_intensity))

    def _outside(self, pairs: Pairs, background: Background, intensity: Floats) -> Floats:
        """(match rows,) background plus what the call's other candidates contribute."""
        call = self.evidence.matches.call
        by_match = np.bincount(pairs.match, intensity, minlength=len(call))
        by_call = np.bincount(call, by_match, minlength=len(self.evidence.calls.ids))
        return np.asarray(background.call_rate[call] + np.maximum(by_call[call] - by_match, 0.0))

    def explain(self, model: Model, prepared: Prepared, background: Background, draws: Draws) -> Sources:
        """Sources of every call under the draws."""
        rates, cells = prepared.rates, model.cells
        by_bin = mean_rates(rates, draws.joint)
        return expected_sources(
            cells,
            prepared.pairs,
            prepared.loud,
            prepared.groups,
            draws.subsets,
            prepared.outside,
            prepared.mean_calls,
            by_bin[cells.channel, rates.bin_of(cells.day)],
            background.call_rate,
        )

    def fit(
        self, model: Model, sampling: Sampling, rng: np.random.Generator, progress: Callable[[float], None] | None
    ) -> Fit:
        """Rounds of learning, then the long run."""
        background = learn_background(self.evidence, first_guess(self.evidence), self.assumptions)
        state: State | None = None
        intensity: Floats | None = None
        for _ in range(ROUNDS):
            prepared = self.prepare(model, background, intensity)
            state = state or starting_state(prepared.problem, 2, rng)
            draws = run(prepared.problem, state, *ROUND_SWEEPS, rng)
            sources = self.explain(model, prepared, background, draws)
            intensity = sources.intensity
            background = learn_background(self.evidence, sources.background, self.assumptions)
            if self.learn:
                model = self._learn(model, prepared, sources, draws)
        prepared = self.prepare(model, background, intensity)
        start = starting_state(prepared.problem, sampling.chains, rng)
        draws = run(prepared.problem, start, sampling.warmup, sampling.draws, rng, progress)
        return Fit(model, prepared, background, draws, self.explain(model, prepared, background, draws))

    def _learn(self, model: Model, prepared: Prepared, sources: Sources, draws: Draws) -> Model:
        behaviour = learn_behaviour(
            self.evidence,
            model.cells,
            prepared.pairs,
            sources,
            model.profile,
            model.assumed,
            prepared.mean_calls,
            model.behaviour,
        )
        return replace(model, behaviour=behaviour, burst_share=self._burst_share(prepared, draws))

    def _burst_share(self, prepared: Prepared, draws: Draws) -> float:
        """Beta-mean of the share of spells among channels that surely leak, 4 pseudo-channels.

        0 where no sure leaker is better explained by a spell than by leaking all the time.
        """
        rates, assumed = prepared.rates, self.assumptions.burst_share
        if assumed <= 0 or len(rates.begin) == 1:
            return 0.0
        sure = draws.p_leaky[:-1] > SURE
        by_spell = draws.joint[:-1][sure].sum(axis=2)
        spells, whole = by_spell[:, 1:].sum(axis=1), by_spell.sum(axis=1)
        if not (spells > 0.5 * whole).any():
            return 0.0
        return float((4.0 * assumed + spells.sum()) / (4.0 + whole.sum()))
