"""One call more: the answer for it from a stored state, without a new run.

The draws of a full run are weighted by how well each foretells what is new: for the canaries that
the call may be for, the likelihood of all their calls over that of the calls already counted.
What callers do is learned on from the counts of the state. Source: importance reweighting of posterior
draws, Gelman et al., Bayesian Data Analysis.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from tracer.domain.attribution.assumptions import Assumptions
from tracer.domain.attribution.background import Background, KnownBackground, first_guess, learn_background
from tracer.domain.attribution.cells import build_cells
from tracer.domain.attribution.evidence import Bools, Evidence, Floats, Matches
from tracer.domain.attribution.explain import CallFindings
from tracer.domain.attribution.fit import Fit, Fitter, Model, Prepared
from tracer.domain.attribution.learning import learn_calls
from tracer.domain.attribution.links import link
from tracer.domain.attribution.posterior import TINY, Draws, Sampler, State
from tracer.domain.attribution.priors import no_moves
from tracer.domain.attribution.rates import in_spell
from tracer.domain.attribution.snapshot import Snapshot
from tracer.domain.attribution.sources import expected_sources
from tracer.domain.channel import KindProfile
from tracer.domain.report import CallFinding

ROUNDS = 3
ENOUGH_DRAWS = 30.0


@dataclass(frozen=True, slots=True)
class Update:
    """The finding for a call, and how many draws of the state still carry it.

    `effective` below ENOUGH_DRAWS: what is new moves the posterior too far for the stored draws.
    """

    finding: CallFinding
    effective: float

    @property
    def holds(self) -> bool:
        """Whether enough draws carry the answer."""
        return self.effective >= ENOUGH_DRAWS


def update(
    evidence: Evidence,
    snapshot: Snapshot,
    counted: Bools,
    call: int,
    other: KindProfile,
    assumptions: Assumptions,
) -> Update:
    """The finding for one call of a small piece of the campaign.

    The evidence holds every canary that the call may be for, with all their exposures and calls;
    `counted` (N,) says which calls the state had seen. All its channels are in the snapshot.
    """
    places = [snapshot.place_of[channel_id] for channel_id in evidence.channel_ids]
    state, rates = snapshot.restricted(places), snapshot.rates(len(places))
    profile = snapshot.profile[[*places, -1]]
    assumed = snapshot.assumed
    learned = snapshot.learned
    profiles = evidence.profiles  # the priors are in the draws already
    cells = build_cells(evidence)
    links = link(evidence, cells, profile)
    model = Model(
        cells, links, profile, assumed, learned.behaviour(assumed), 0.0, learned, no_moves(len(profiles)), profiles
    )
    fitter = Fitter(evidence, other, assumptions, learn=False)
    before = Fitter(_only(evidence, counted), other, assumptions, learn=False)
    earlier = link(before.evidence, cells, profile)
    strangers = KnownBackground(snapshot.kinds, snapshot.bursts, counted)
    background = learn_background(evidence, first_guess(evidence), assumptions, strangers)
    intensity: Floats | None = None
    for _ in range(ROUNDS):
        prepared = fitter.prepare(model, background, intensity, rates)
        known = before.prepare(replace(model, links=earlier), background, None, rates)
        weight = _weights(_log_likelihood(model, prepared, state) - _log_likelihood(model, known, state))
        fit = _explained(model, prepared, background, state, weight)
        intensity = fit.sources.intensity
        background = learn_background(evidence, fit.sources.background, assumptions, strangers)
        model = _learning_on(evidence, snapshot, fit, ~counted)
    return Update(CallFindings(evidence, fit)[call], float(1.0 / (weight @ weight)))


def _learning_on(evidence: Evidence, snapshot: Snapshot, fit: Fit, new: Bools) -> Model:
    """The model with what the new calls teach."""
    model, assumed = fit.model, snapshot.assumed
    more = learn_calls(evidence, model.cells, model.links, fit.sources, model.profile, assumed, model.behaviour, new)
    learned = snapshot.learned + more
    return replace(model, behaviour=learned.behaviour(assumed), learned=learned)


def _only(evidence: Evidence, counted: Bools) -> Evidence:
    """The same without the other calls' claims on canaries."""
    matches = evidence.matches
    kept = counted[matches.call]
    return replace(evidence, matches=Matches(matches.call[kept], matches.canary[kept], matches.log_ratio[kept]))


def _cell_rates(model: Model, prepared: Prepared, state: State) -> Floats:
    """(S, M) the leak rate that holds for each cell under each draw."""
    rates, cells = prepared.rates, model.cells
    theta = state.rate(rates)[:, cells.channel]
    return np.asarray(theta * in_spell(rates, state.spell[:, cells.channel], rates.bin_of(cells.day)))


def _log_likelihood(model: Model, prepared: Prepared, state: State) -> Floats:
    """(S,) log likelihood of calls and silence of all the canaries, up to a constant."""
    theta = _cell_rates(model, prepared, state)
    total = np.log1p(-theta * prepared.loud.probability).sum(axis=1)
    sampler = Sampler(prepared.problem, state)
    for number, group in enumerate(prepared.groups):
        weight = sampler.subset_weights(number).sum(axis=2)
        total += (np.log(np.maximum(weight, TINY)) + group.scale).sum(axis=1)
    return np.asarray(total)


def _weights(log_ratio: Floats) -> Floats:
    weight = np.exp(log_ratio - log_ratio.max())
    return np.asarray(weight / weight.sum())


def _explained(model: Model, prepared: Prepared, background: Background, state: State, weight: Floats) -> Fit:
    """Sources of every call under the weighted draws."""
    sampler = Sampler(prepared.problem, state)
    subsets = []
    for number in range(len(prepared.groups)):
        share = sampler.subset_weights(number)
        share /= np.maximum(share.sum(axis=2, keepdims=True), TINY)
        subsets.append(np.einsum("s,skn->kn", weight, share))
    cell_rate = weight @ _cell_rates(model, prepared, state)
    sources = expected_sources(
        model.cells,
        model.links,
        prepared.strength,
        prepared.loud,
        prepared.groups,
        subsets,
        prepared.outside,
        prepared.mean_calls,
        cell_rate,
        background.call_rate,
    )
    leaky = state.node >= 0
    draws = Draws(
        leaky=leaky[None],
        rate=state.rate(prepared.rates)[None].astype(np.float32),
        spell=state.spell[None].astype(np.int16),
        p_leaky=weight @ leaky,
        joint=np.zeros((0, 0, 0)),
        subsets=subsets,
    )
    return Fit(model, prepared, background, draws, sources, cell_rate)
