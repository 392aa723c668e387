"""Running the chains: warm-up, draws, and what is kept of them."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from tracer.domain.attribution.evidence import Bools, Floats, Ints
from tracer.domain.attribution.posterior import Draws, Problem, Sampler, State
from tracer.domain.attribution.rates import Conditional, conditional
from tracer.domain.attribution.swaps import Swaps

SUBSET_EVERY = 5


class _Tally:
    """Running sums of the Rao-Blackwellised posterior."""

    def __init__(self, problem: Problem) -> None:
        rates = problem.rates
        self.p_leaky = np.zeros(len(rates.log_leaky))
        self.joint = np.zeros((len(rates.log_leaky), len(rates.begin), len(rates.nodes)))
        self.rounds = 0

    def record(self, channels: Ints, found: Conditional) -> None:
        p = np.exp(-np.logaddexp(0.0, -found.log_odds))
        self.p_leaky[channels] += p.mean(axis=1)
        self.joint[channels] += np.einsum("nk,nkjg->njg", p, found.joint) / p.shape[1]


def run(
    problem: Problem,
    state: State,
    warmup: int,
    draws: int,
    rng: np.random.Generator,
    progress: Callable[[float], None] = lambda share: None,
) -> Draws:
    """Warm up, then draw; channels in no called case get their exact posterior at once."""
    sampler, swaps, tally = Sampler(problem, state), Swaps(problem), _Tally(problem)
    chains, channels = state.node.shape
    leaky = np.zeros((chains, draws, channels), dtype=bool)
    rate = np.zeros((chains, draws, channels), dtype=np.float32)
    spell = np.zeros((chains, draws, channels), dtype=np.int16)
    subsets: list[Floats] = [np.zeros_like(g.log_table) for g in problem.groups]
    for turn in range(warmup + draws):
        kept = turn - warmup
        sampler.sweep(rng, tally.record if kept >= 0 else None)
        swaps.move(sampler, rng)
        if kept >= 0:
            leaky[:, kept], rate[:, kept] = state.node >= 0, state.rate(problem.rates)
            spell[:, kept] = state.spell
        if kept >= 0 and kept % SUBSET_EVERY == 0:
            for number, total in enumerate(subsets):
                total += sampler.subset_probabilities(number)
        progress((turn + 1) / (warmup + draws))
    tally.p_leaky /= draws
    tally.joint /= draws
    taken = (draws + SUBSET_EVERY - 1) // SUBSET_EVERY
    _settle_idle(problem, tally)
    _draw_idle(problem, tally, (leaky, rate, spell), rng)
    return Draws(leaky, rate, spell, tally.p_leaky, tally.joint, [s / taken for s in subsets])


def _settle_idle(problem: Problem, tally: _Tally) -> None:
    """The exact posterior of channels that no called case touches."""
    for start in range(0, len(problem.idle), 256):
        idle = problem.idle[start : start + 256]
        found = conditional(problem.rates, idle, problem.quiet[idle][:, :, None, :])
        p = np.exp(-np.logaddexp(0.0, -found.log_odds))[:, 0]
        tally.p_leaky[idle] = p
        tally.joint[idle] = found.joint[:, 0] * p[:, None, None]


def _draw_idle(
    problem: Problem,
    tally: _Tally,
    draws: tuple[Bools, NDArray[np.float32], NDArray[np.int16]],
    rng: np.random.Generator,
) -> None:
    """Draws of the channels that no called case touches, independent of all others, from what was found."""
    leaky, rate, spell = draws
    chains, number = leaky.shape[:2]
    nodes = problem.rates.nodes
    for channel in problem.idle.tolist():
        level = strata(chains * number, rng).reshape(chains, number)
        ladder = np.cumsum(tally.joint[channel].ravel())
        place = np.minimum(np.searchsorted(ladder, level, side="right"), len(ladder) - 1)
        leaks = level < tally.p_leaky[channel]
        leaky[:, :, channel] = leaks
        rate[:, :, channel] = np.where(leaks, nodes[place % len(nodes)], 0.0)
        spell[:, :, channel] = np.where(leaks, place // len(nodes), 0)


def strata(size: int, rng: np.random.Generator) -> Floats:
    """Evenly spread levels in (0, 1) in random order: draws made from them have next to no noise."""
    return np.asarray((rng.permutation(size) + 0.5) / size)
