"""Swap moves: exchange the whole state of two channels that share called cases.

Where two channels explain the same calls, turning one off and the other on passes through a
state that explains nothing; exchanging them at once does not. Metropolis-Hastings on the exact
likelihood, so the target stays the same. Source: project model, "on/off swap moves".
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tracer.domain.attribution.evidence import Floats, Ints
from tracer.domain.attribution.posterior import Problem, Sampler, State, fold_left
from tracer.domain.attribution.tables import shared_cases

MOST_PAIRS = 400
PAIRS_A_SWEEP = 6
TIGHTNESS = 4.0
OVERLAP = 0.25
CHEAP = 1_000.0
WORK_A_SWEEP = 5_000


@dataclass(frozen=True, slots=True)
class _Pair:
    """Two channels, the share of the rarer one's called cases that they have in common, and the rows of either."""

    low: int
    high: int
    share: float
    rows: dict[int, Ints]


class Swaps:
    """The pairs worth swapping in one problem."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.pairs = _pairs(problem)
        self.low = np.array([p.low for p in self.pairs], dtype=np.int64)
        self.high = np.array([p.high for p in self.pairs], dtype=np.int64)
        cost = np.array([sum(len(rows) for rows in p.rows.values()) for p in self.pairs], dtype=np.float64)
        weight = np.array([p.share for p in self.pairs]) ** TIGHTNESS / (1.0 + cost / CHEAP)
        self.chance = weight / weight.sum() if len(weight) else weight
        work = float(self.chance @ cost) if len(weight) else 1.0
        self.often = min(len(self.pairs), max(1, min(PAIRS_A_SWEEP, int(WORK_A_SWEEP / max(work, 1.0)))))

    def move(self, sampler: Sampler, rng: np.random.Generator) -> int:
        """Propose a few swaps in all chains at once; returns how many were accepted.

        Which pairs come up does not depend on the state, so the moves stay reversible; the tightest come up
        most, those with thousands of cases seldom: so many tell any two apart. A pair in the same state in
        every chain costs nothing.
        """
        node, spell = sampler.state.node, sampler.state.spell
        if not self.pairs:
            return 0
        accepted = 0
        for i in rng.choice(len(self.pairs), self.often, replace=False, p=self.chance):
            low, high = self.low[i], self.high[i]
            if ((node[:, low] != node[:, high]) | (spell[:, low] != spell[:, high])).any():
                accepted += self._swap(sampler, self.pairs[i], rng)
        return accepted

    def _swap(self, sampler: Sampler, pair: _Pair, rng: np.random.Generator) -> int:
        node, spell = sampler.state.node, sampler.state.spell
        chains, both, turned = len(node), [pair.low, pair.high], [pair.high, pair.low]
        ways = State(np.concatenate((node, node)), np.concatenate((spell, spell)))  # as it is, then swapped
        ways.node[chains:, turned], ways.spell[chains:, turned] = node[:, both], spell[:, both]
        target = self._log_target(sampler, ways, pair)
        accept = np.log(rng.random(chains)) < target[chains:] - target[:chains]
        taken = chains + np.flatnonzero(accept)
        node[accept], spell[accept] = ways.node[taken], ways.spell[taken]
        return len(taken)

    def _log_target(self, sampler: Sampler, state: State, pair: _Pair) -> Floats:
        """(chains,) log posterior of a state, up to what the pair does not touch."""
        rates, both = self.problem.rates, np.array((pair.low, pair.high))
        node, spell = state.node[:, both], state.spell[:, both]
        on = rates.log_leaky[both] + rates.log_prior[both, node]
        on = on + rates.log_spell[both, spell] + self.problem.quiet[both, spell, node]
        total = np.where(node >= 0, on, rates.log_sound[both]).sum(axis=1)
        for number, rows in pair.rows.items():
            total += self._cases(sampler, state, number, rows)
        return np.asarray(total)

    def _cases(self, sampler: Sampler, state: State, number: int, rows: Ints) -> Floats:
        """(chains,) log likelihood of some called cases of one group."""
        case, theta = self.problem.groups[number], sampler.axis_rates(number, rows, state)
        table = np.broadcast_to(case.counts[rows], (len(state.node), len(rows), case.counts.shape[1]))
        value = fold_left(table, theta, case.sizes)[..., 0]
        return np.asarray(np.log(np.maximum(value, 1e-280)).sum(axis=1))


def _pairs(problem: Problem) -> list[_Pair]:
    """Pairs that share at least OVERLAP of the rarer one's called cases, most shared first."""
    groups, other = problem.groups, len(problem.rates.log_leaky) - 1
    if not groups:
        return []
    offset = np.cumsum([0] + [len(g.canary) for g in groups])
    case = np.concatenate([np.repeat(offset[i] + np.arange(len(g.canary)), len(g.sizes)) for i, g in enumerate(groups)])
    channel = np.concatenate([g.channel.ravel() for g in groups])
    rank = np.lexsort((channel, case))
    case, channel = case[rank], channel[rank]
    keep = channel != other
    case, channel = case[keep], channel[keep]
    low, high, count = shared_cases(case, channel)
    if len(low) == 0:
        return []
    seen = np.bincount(channel)
    share = count / np.minimum(seen[low], seen[high])
    chosen = np.flatnonzero(share >= OVERLAP)
    chosen = chosen[np.argsort(-(share * np.log1p(count))[chosen], kind="stable")][:MOST_PAIRS]
    by_channel = np.argsort(channel, kind="stable")
    bound = np.searchsorted(channel[by_channel], np.arange(other + 1))
    found = []
    for i in chosen:
        a, b = int(low[i]), int(high[i])
        touched = np.union1d(case[by_channel[bound[a] : bound[a + 1]]], case[by_channel[bound[b] : bound[b + 1]]])
        which = np.searchsorted(offset, touched, side="right") - 1
        found.append(_Pair(a, b, float(share[i]), {int(g): touched[which == g] - offset[g] for g in np.unique(which)}))
    return found
