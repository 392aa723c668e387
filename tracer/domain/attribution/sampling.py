"""Running the chains: warm-up, draws, and what is kept of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tracer.domain.attribution.diagnostics import effective_size
from tracer.domain.attribution.evidence import Bools, Floats, Ints
from tracer.domain.attribution.posterior import Draws, Problem, Sampler, State
from tracer.domain.attribution.rates import Conditional, conditional
from tracer.domain.attribution.swaps import Swaps

SUBSET_EVERY = 5


@dataclass(frozen=True, slots=True)
class Precision:
    """How exact P(leaked) shall be: its Monte-Carlo standard error, and the draws a chain after which to give up."""

    error: float
    most_draws: int


class _Tally:
    """Running sums of the Rao-Blackwellised posterior, and draws as they come."""

    def __init__(self, problem: Problem) -> None:
        rates = problem.rates
        self.p_leaky = np.zeros(len(rates.log_leaky))
        self.joint = np.zeros((len(rates.log_leaky), len(rates.begin), len(rates.nodes)))
        self.subsets: list[Floats] = [np.zeros_like(g.log_table) for g in problem.groups]
        self.taken = 0
        self.leaky: list[Bools] = []
        self.rate: list[NDArray[np.float32]] = []
        self.spell: list[NDArray[np.int16]] = []
        self.p_now: list[NDArray[np.float32]] = []

    def begin(self, chains: int) -> None:
        """A new draw of every chain."""
        self.p_now.append(np.zeros((chains, len(self.p_leaky)), dtype=np.float32))

    def record(self, channels: Ints, found: Conditional) -> None:
        """The conditional of some channels in this draw."""
        p = np.exp(-np.logaddexp(0.0, -found.log_odds))
        self.p_leaky[channels] += p.mean(axis=1)
        self.joint[channels] += np.einsum("nk,nkjg->njg", p, found.joint) / p.shape[1]
        self.p_now[-1][:, channels] = p.T

    def keep(self, sampler: Sampler) -> None:
        """The state at the end of this draw."""
        state = sampler.state
        self.leaky.append(state.node >= 0)
        self.rate.append(state.rate(sampler.problem.rates).astype(np.float32))
        self.spell.append(state.spell.astype(np.int16))
        if (len(self.leaky) - 1) % SUBSET_EVERY == 0:
            self.taken += 1
            for number, total in enumerate(self.subsets):
                total += sampler.subset_probabilities(number)

    def error(self) -> float:
        """The largest Monte-Carlo standard error of P(leaked) over the channels."""
        draws = np.stack(self.p_now, axis=1).astype(np.float64)
        size = effective_size(draws)
        return float(np.sqrt(draws.var(axis=(0, 1)) / size).max(initial=0.0))


def run(
    problem: Problem,
    state: State,
    warmup: int,
    draws: int,
    rng: np.random.Generator,
    progress: Callable[[float], None] = lambda share: None,
    precision: Precision | None = None,
) -> Draws:
    """Warm up, then draw; channels in no called case get their exact posterior at once.

    With `precision` as many draws again are made, and again, until P(leaked) is as exact as wanted.
    """
    sampler, swaps, tally = Sampler(problem, state), Swaps(problem), _Tally(problem)
    most = draws if precision is None else max(draws, precision.most_draws)
    for turn in range(warmup):
        sampler.sweep(rng)
        swaps.move(sampler, rng)
        progress(turn / (warmup + most))
    wanted = draws
    while len(tally.leaky) < wanted:
        tally.begin(state.node.shape[0])
        sampler.sweep(rng, tally.record)
        swaps.move(sampler, rng)
        tally.keep(sampler)
        done = len(tally.leaky)
        progress((warmup + done) / (warmup + most))
        if precision is not None and done == wanted < most and tally.error() > precision.error:
            wanted = min(wanted + draws, most)
    progress(1.0)
    tally.p_leaky /= wanted
    tally.joint /= wanted
    kept = np.stack(tally.leaky, axis=1), np.stack(tally.rate, axis=1), np.stack(tally.spell, axis=1)
    error = tally.error()
    _settle_idle(problem, tally)
    _draw_idle(problem, tally, kept, rng)
    subsets = [total / tally.taken for total in tally.subsets]
    return Draws(*kept, tally.p_leaky, tally.joint, subsets, error)


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
