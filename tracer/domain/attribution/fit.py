"""Fitting one campaign: alternate between sampling who leaked and learning the nuisances.

A few short rounds (stochastic EM) settle the background rates, the callers' behaviour and, on
shared lines, what the other candidates contribute; then the long run is made with those fixed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from tracer.domain.attribution.assumptions import Assumptions, Sampling
from tracer.domain.attribution.background import Background, first_guess, learn_background
from tracer.domain.attribution.behaviour import Behaviour, behaviour_of
from tracer.domain.attribution.cells import Cells, build_cells, expected_calls
from tracer.domain.attribution.chains import Precision
from tracer.domain.attribution.evidence import Bools, Evidence, Floats, Ints
from tracer.domain.attribution.learning import Learned, learn, nothing_learned
from tracer.domain.attribution.likelihood import intensities
from tracer.domain.attribution.links import Links, link
from tracer.domain.attribution.posterior import Draws, Problem, State, build_problem, starting_state
from tracer.domain.attribution.priors import LeakPriors, Priors, leak_priors, learn_priors, no_moves
from tracer.domain.attribution.rates import Rates, rates_of, silence_table
from tracer.domain.attribution.sampling import run
from tracer.domain.attribution.sources import Sources, expected_sources, mean_rates
from tracer.domain.attribution.tables import (
    QUIET,
    QUIET_AMONG_MANY,
    CaseGroup,
    LoudCells,
    build_groups,
    colour_channels,
    split_loud,
)
from tracer.domain.attribution.tasks import HERE, Progress, Tasks
from tracer.domain.channel import KindProfile

ROUNDS, ROUNDS_OF_LARGE = 4, 3
ROUND_SWEEPS = 15
ROUND_CHAINS = 2
SURE = 0.8
LEARNING = 0.4  # of the time, about
BURST_PSEUDO = 4.0
MANY = 50_000


@dataclass(frozen=True, slots=True)
class Model:
    """All that a likelihood needs besides the evidence itself; `behaviour` is `assumed` after what was `learned`.

    profile   (C+1,) row of each channel in `behaviour`
    profiles  of every channel, with the priors in force: those assumed, moved by `priors`
    """

    cells: Cells
    links: Links
    profile: Ints
    assumed: Behaviour
    behaviour: Behaviour
    burst_share: float
    learned: Learned
    priors: Priors
    profiles: Sequence[KindProfile]


@dataclass(frozen=True, slots=True)
class Prepared:
    """Likelihoods and tables under one model; `strength` is each link's intensity, `outside` is per match row."""

    strength: Floats
    mean_calls: Floats
    outside: Floats
    loud: LoudCells
    groups: list[CaseGroup]
    rates: Rates
    problem: Problem


@dataclass(frozen=True, slots=True)
class Fit:
    """A finished run; cell_rate (M,) is the posterior mean leak rate that holds for each cell."""

    model: Model
    prepared: Prepared
    background: Background
    draws: Draws
    sources: Sources
    cell_rate: Floats

    @property
    def busy(self) -> Bools:
        """(C,) which channels stand in a called case; the others were solved exactly."""
        stands = np.ones(len(self.draws.p_leaky), dtype=np.bool_)
        stands[self.prepared.problem.idle] = False
        return stands

    def leak_priors(self, evidence: Evidence) -> LeakPriors:
        """P(leaks at all) of the channels, as this run took it."""
        return leak_priors(self.model.profiles, evidence.profiles)


class Fitter:
    """One campaign with its assumptions: `fit` does the whole, `rerun` asks what if callers behaved otherwise.

    In a large campaign cells that fit hardly any call are taken as quiet, and spells are left out where no sure
    leaker shows one: so much data leave neither much weight.
    """

    def __init__(
        self,
        evidence: Evidence,
        other: KindProfile,
        assumptions: Assumptions,
        *,
        learn: bool = True,
        tasks: Tasks = HERE,
    ) -> None:
        self.evidence = evidence
        self.other = other
        self.assumptions = assumptions
        self.learn = learn
        self.tasks = tasks
        self.large = max(len(evidence.calls.ids), len(evidence.exposures.canary)) > MANY

    def assumed_model(self) -> Model:
        """The model before anything is learned."""
        behaviour, profile = behaviour_of(self.evidence.profiles, self.other, self.assumptions)
        share = self.assumptions.burst_share
        profiles = self.evidence.profiles
        cells = build_cells(self.evidence)
        links = link(self.evidence, cells, profile)
        return Model(
            cells, links, profile, behaviour, behaviour, share, nothing_learned(), no_moves(len(profiles)), profiles
        )

    def prepare(
        self, model: Model, background: Background, intensity: Floats | None, rates: Rates | None = None
    ) -> Prepared:
        """Strengths, tables and problem; `intensity` is what each link gave in the round before, `rates` the grid."""
        evidence, cells, links = self.evidence, model.cells, model.links
        strength = intensities(evidence, cells, links, model.profile, model.behaviour)
        if intensity is None:
            intensity = self._prior_intensity(model, strength)
        mean_calls = expected_calls(cells, evidence.canaries.end, model.profile, model.behaviour)
        outside = self._outside(links, background, intensity)
        ratio = strength / outside[links.match]
        alone = self._unexplained(links, background, intensity) if self.large else None
        least = QUIET_AMONG_MANY if self.large else QUIET
        loud = split_loud(cells.canary, mean_calls, links.cell, ratio, alone, least)
        channels = len(evidence.channel_ids) + 1
        colour = colour_channels(loud.canary, cells.channel[loud.cell], channels)
        groups = build_groups(
            loud,
            cells.channel,
            colour,
            mean_calls,
            evidence.matches.canary,
            (links.match, links.cell, ratio),
            self.tasks,
        )
        if rates is None:
            shown = cells.day[cells.channel < channels - 1]
            span = (float(shown.min()), float(shown.max())) if len(shown) else (0.0, 0.0)
            rates = rates_of(model.profiles, self.assumptions, span, model.burst_share)
        parts = self.tasks.parts if self.large else 1
        quiet = silence_table(rates, cells.channel, cells.day, loud.probability, self.tasks, parts)
        problem = build_problem(rates, groups, quiet, cells.day)
        return Prepared(strength, mean_calls, outside, loud, groups, rates, problem)

    def _prior_intensity(self, model: Model, strength: Floats) -> Floats:
        prior = [p.prior_leaky * p.rate_a / (p.rate_a + p.rate_b) for p in model.profiles]
        rate = np.array([*prior, self.assumptions.other_mean])
        return np.asarray(rate[model.cells.channel[model.links.cell]] * strength)

    def _outside(self, links: Links, background: Background, intensity: Floats) -> Floats:
        """(match rows,) background plus what the call's other candidates contribute."""
        call = self.evidence.matches.call
        by_match = np.bincount(links.match, intensity, minlength=len(call))
        by_call = np.bincount(call, by_match, minlength=len(self.evidence.calls.ids))
        return np.asarray(background.call_rate[call] + np.maximum(by_call[call] - by_match, 0.0))

    def _unexplained(self, links: Links, background: Background, intensity: Floats) -> Floats:
        """(Q,) the share of each link's call that neither another cell nor another canary explains."""
        total = background.call_rate + np.bincount(links.call, intensity, minlength=len(background.call_rate))
        alone = background.call_rate[links.call]
        return np.asarray(alone / np.maximum(total[links.call] - intensity, alone))

    def explain(self, model: Model, prepared: Prepared, background: Background, draws: Draws) -> Fit:
        """Sources of every call under the draws."""
        rates, cells = prepared.rates, model.cells
        cell_rate = mean_rates(rates, draws.joint)[cells.channel, rates.bin_of(cells.day)]
        sources = expected_sources(
            cells,
            model.links,
            prepared.strength,
            prepared.loud,
            prepared.groups,
            draws.subsets,
            prepared.outside,
            prepared.mean_calls,
            cell_rate,
            background.call_rate,
        )
        return Fit(model, prepared, background, draws, sources, cell_rate)

    def rerun(
        self,
        model: Model,
        background: Background,
        intensity: Floats,
        behaviour: Behaviour,
        sampling: Sampling,
        rng: np.random.Generator,
    ) -> Draws:
        """A run, here, of a fit's model under another behaviour, everything learned kept; starts where it may end."""
        prepared = self.prepare(replace(model, behaviour=behaviour), background, intensity)
        start = starting_state(prepared.problem, sampling.chains, rng)
        return run(prepared.problem, start, sampling.warmup, sampling.draws, rng)

    def fit(self, sampling: Sampling, rng: np.random.Generator, progress: Progress = lambda share: None) -> Fit:
        """Rounds of learning, then the long run; `progress` is told the share done."""
        model = self.assumed_model()
        sweeps = min(ROUND_SWEEPS, max(sampling.warmup // 4, 1))
        background = learn_background(self.evidence, first_guess(self.evidence), self.assumptions)
        state: State | None = None
        intensity: Floats | None = None
        rounds = ROUNDS_OF_LARGE if self.large else ROUNDS
        for turn in range(rounds):
            prepared = self.prepare(model, background, intensity)
            state = state or starting_state(prepared.problem, ROUND_CHAINS, rng)
            draws = run(prepared.problem, state, sweeps, sweeps, rng, tasks=self.tasks)
            found = self.explain(model, prepared, background, draws)
            intensity = found.sources.intensity
            background = learn_background(self.evidence, found.sources.background, self.assumptions)
            if self.learn:
                model = self._learn(found)
            progress(LEARNING * (turn + 1) / rounds)
            if turn == rounds - 1 and self.large and not self._bursts(prepared, draws):
                model = replace(model, burst_share=0.0)
            del prepared, found, draws  # a million orders' worth, before the next of the same size is made
        prepared = self.prepare(model, background, intensity)
        start = starting_state(prepared.problem, sampling.chains, rng)
        draws = run(
            prepared.problem,
            start,
            sampling.warmup,
            sampling.draws,
            rng,
            lambda share: progress(LEARNING + (1 - LEARNING) * share),
            Precision(sampling.error, sampling.most_draws),
            self.tasks,
        )
        return self.explain(model, prepared, background, draws)

    def _learn(self, found: Fit) -> Model:
        prepared, model = found.prepared, found.model
        learned = learn(
            self.evidence,
            model.cells,
            model.links,
            found.sources,
            model.profile,
            model.assumed,
            prepared.mean_calls,
            model.behaviour,
        )
        share = self._burst_share(prepared, found.draws)
        draws, edges = found.draws, prepared.rates.edges
        priors = learn_priors(self.evidence.profiles, model.priors, draws.p_leaky[:-1], draws.joint[:-1], edges)
        return replace(
            model,
            behaviour=learned.behaviour(model.assumed),
            burst_share=share,
            learned=learned,
            priors=priors,
            profiles=priors.moved(self.evidence.profiles),
        )

    def _by_spell(self, prepared: Prepared, draws: Draws) -> Floats:
        """(sure channels, J) posterior over spells of the channels that surely leak."""
        return np.asarray(draws.joint[:-1][draws.p_leaky[:-1] > SURE].sum(axis=2))

    def _bursts(self, prepared: Prepared, draws: Draws) -> bool:
        """Whether some sure leaker is better explained by a spell than by leaking all the time."""
        if len(prepared.rates.begin) == 1:
            return False
        by_spell = self._by_spell(prepared, draws)
        return bool((by_spell[:, 1:].sum(axis=1) > 0.5 * by_spell.sum(axis=1)).any())

    def _burst_share(self, prepared: Prepared, draws: Draws) -> float:
        """Beta-mean of the share of spells among sure leakers, with BURST_PSEUDO pseudo-channels."""
        assumed = self.assumptions.burst_share
        by_spell = self._by_spell(prepared, draws)
        spells, whole = float(by_spell[:, 1:].sum()), float(by_spell.sum())
        return (BURST_PSEUDO * assumed + spells) / (BURST_PSEUDO + whole)
