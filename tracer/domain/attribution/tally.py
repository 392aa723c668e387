"""What is kept of the draws while chains run, and how what several chains kept is put together."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from tracer.domain.attribution.diagnostics import effective_size
from tracer.domain.attribution.evidence import Bools, Floats, Ints
from tracer.domain.attribution.posterior import Problem, Sampler
from tracer.domain.attribution.rates import Conditional

S = TypeVar("S", bound="np.generic[Any]")
SUBSET_EVERY = 5


class Tally:
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

    def goes_on(self, later: Tally) -> None:
        """Add what the same chains kept afterwards."""
        self.p_leaky += later.p_leaky
        self.joint += later.joint
        self.taken += later.taken
        for total, more in zip(self.subsets, later.subsets, strict=True):
            total += more
        self.leaky += later.leaky
        self.rate += later.rate
        self.spell += later.spell
        self.p_now += later.p_now


def side_by_side(problem: Problem, tallies: Sequence[Tally]) -> Tally:
    """One tally of chains that ran apart for equally many draws: sums are means over all the chains."""
    whole = Tally(problem)
    chains = [len(tally.leaky[0]) for tally in tallies]
    for tally, number in zip(tallies, chains, strict=True):
        share = number / sum(chains)
        whole.p_leaky += share * tally.p_leaky
        whole.joint += share * tally.joint
        for total, more in zip(whole.subsets, tally.subsets, strict=True):
            total += share * more
    whole.taken = tallies[0].taken
    whole.leaky = _beside([tally.leaky for tally in tallies])
    whole.rate = _beside([tally.rate for tally in tallies])
    whole.spell = _beside([tally.spell for tally in tallies])
    whole.p_now = _beside([tally.p_now for tally in tallies])
    return whole


def _beside(columns: Sequence[list[NDArray[S]]]) -> list[NDArray[S]]:
    """Per draw the rows of all chains."""
    return [np.concatenate(rows) for rows in zip(*columns, strict=True)]
