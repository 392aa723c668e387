"""Collapsed griddy Gibbs over the channels' leak rates, with a spike at "does not leak".

Each called case's likelihood is a polynomial in each channel's rate (affine for one cell), got by
folding its table with the other channels' rates; so the conditional of (leaky, spell, rate) of a
channel is an exact sum over a grid. Channels that share no called case are updated together.
Several chains run side by side from different starts. P(leaky) is averaged over the conditionals
(Rao-Blackwell), not over the indicators. Source: project model; griddy Gibbs, Ritter & Tanner 1992.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from tracer.domain.attribution.evidence import Bools, Floats, Ints
from tracer.domain.attribution.grid_sums import Places, places_of, sums_on_grid
from tracer.domain.attribution.rates import Conditional, Rates, conditional, in_spell, over_spells
from tracer.domain.attribution.tables import CaseGroup

TINY = 1e-280


@dataclass(slots=True)
class State:
    """Of every chain (first axis) and channel: node (-1 where it does not leak) and spell."""

    node: Ints
    spell: Ints

    def rate(self, rates: Rates) -> Floats:
        """(chains, C) leak rate inside the spell."""
        return np.asarray(np.where(self.node >= 0, rates.nodes[self.node], 0.0))


@dataclass(frozen=True, slots=True)
class Problem:
    """Everything one run needs.

    groups  called cases; bins  per group (K, D) time bin of each axis
    quiet   (C, J, G) log likelihood of the quiet cells for every spell and node
    blocks  channels of each block with their called axes
    idle    channels without a loud cell: independent of all others
    """

    rates: Rates
    groups: Sequence[CaseGroup]
    bins: Sequence[Ints]
    quiet: Floats
    blocks: Sequence[Block]
    idle: Ints


@dataclass(frozen=True, slots=True)
class Block:
    """Channels of one colour, the (group, axis) pairs they stand on, and where each row belongs.

    `target` (rows,) is the place, channel·bins + bin, that each row of the members adds to; `single` says
    where the rows of axes of one cell go, put one after the other.
    """

    channels: Ints
    members: Sequence[tuple[int, int]]
    target: Ints
    single: Places


@dataclass(slots=True)
class Draws:
    """What a run leaves behind, chains first.

    leaky, rate   (chains, draws, C) indicator, rate inside the spell
    spell         (chains, draws, C) its number
    p_leaky       (C,) Rao-Blackwellised
    joint         (C, J, G) mean posterior of spell and node, times P(leaky)
    subsets       per group (K, 2^d) mean probability of each leaker subset
    error         largest Monte-Carlo standard error of p_leaky: of this run alone, not of what it was given
    """

    leaky: Bools
    rate: NDArray[np.float32]
    spell: NDArray[np.int16]
    p_leaky: Floats
    joint: Floats
    subsets: list[Floats] = field(default_factory=list)
    error: float = 0.0


def build_problem(rates: Rates, groups: Sequence[CaseGroup], binned: Floats, first_day: Floats) -> Problem:
    """Arrange called cases into blocks.

    binned (C, bins, G) silence of the quiet cells; first_day (M,) of each cell.
    """
    bins = [rates.bin_of(first_day[g.cells])[:, np.cumsum((0, *g.sizes[:-1]))] for g in groups]
    standing: dict[int, list[tuple[int, int]]] = {}
    for number, group in enumerate(groups):
        for axis, colour in enumerate(group.colours):
            standing.setdefault(colour, []).append((number, axis))
    blocks = [_block(rates, groups, bins, standing[c]) for c in sorted(standing)]
    busy = np.concatenate([b.channels for b in blocks]) if blocks else np.zeros(0, dtype=np.int64)
    idle = np.setdiff1d(np.arange(len(rates.log_leaky)), busy)
    return Problem(rates, groups, bins, over_spells(rates, binned), blocks, idle)


def _block(rates: Rates, groups: Sequence[CaseGroup], bins: Sequence[Ints], members: list[tuple[int, int]]) -> Block:
    channel = np.concatenate([groups[g].channel[:, a] for g, a in members])
    place = np.concatenate([bins[g][:, a] for g, a in members])
    channels, local = np.unique(channel, return_inverse=True)
    target = local * rates.bins + place
    alone = np.concatenate([np.full(len(groups[g].canary), groups[g].sizes[a] == 1) for g, a in members])
    return Block(channels, members, target, places_of(target[alone], len(channels) * rates.bins))


def axis_weights(theta: Floats, size: int) -> Floats:
    """(…, size+1) θ^j·(1-θ)^(size-j): probability of one set of j leakers among `size` cells."""
    leaks = np.arange(size + 1)
    return np.asarray(theta[..., None] ** leaks * (1.0 - theta[..., None]) ** (size - leaks))


def fold_right(counts: Floats, theta: Sequence[Floats], sizes: Sequence[int]) -> list[Floats]:
    """For every axis i the table folded over the axes after it: (chains, K, n_0·…·n_i)."""
    chains = theta[0].shape[0]
    table = np.broadcast_to(counts, (chains, *counts.shape))
    folded = [table]
    for x, size in zip(reversed(theta[1:]), reversed(sizes[1:]), strict=True):
        table = table.reshape(chains, counts.shape[0], -1, size + 1)
        if size == 1:
            table = _between(table[..., 0], table[..., 1], x)
        else:
            table = np.einsum("ckpn,ckn->ckp", table, axis_weights(x, size))
        folded.append(table)
    return folded[::-1]


def _between(sound: Floats, leaked: Floats, x: Floats) -> Floats:
    """(chains, K, n) of tables where one cell did not leak and did, given that it does with (chains, K) x."""
    found = leaked - sound
    found *= x[:, :, None]
    found += sound
    return found


def fold_left(table: Floats, theta: Sequence[Floats], sizes: Sequence[int]) -> Floats:
    """Fold the leading axes of (chains, K, n_0·…·n_i): what remains is (chains, K, n_i)."""
    chains, cases = table.shape[:2]
    for x, size in zip(theta, sizes, strict=True):
        table = table.reshape(chains, cases, size + 1, -1)
        if size == 1:
            table = _between(table[:, :, 0], table[:, :, 1], x)
        else:
            table = np.einsum("cknp,ckn->ckp", table, axis_weights(x, size))
    return table


class Sampler:
    """Chains over one problem; every method that moves takes the random generator."""

    def __init__(self, problem: Problem, state: State) -> None:
        self.problem = problem
        self.state = state
        rates = problem.rates
        self.rate_of = np.append(rates.nodes, 0.0)  # node -1, "does not leak", is the last
        self.covers = in_spell(rates, np.arange(len(rates.begin))[:, None], np.arange(rates.bins))

    def axis_rate(self, number: int, axis: int) -> Floats:
        """(chains, K) the rate that holds now for the cells of one axis of a group."""
        case = self.problem.groups[number]
        return self._rate(self.state, case.channel[:, axis], self.problem.bins[number][:, axis])

    def axis_rates(self, number: int, rows: Ints | slice = slice(None), state: State | None = None) -> list[Floats]:
        """The same for every axis of a group, gathered at once; of some rows, or in a state that is not this one."""
        channel, place = self.problem.groups[number].channel[rows].T, self.problem.bins[number][rows].T
        return list(self._rate(state or self.state, channel, place).swapaxes(0, 1))

    def _rate(self, state: State, channel: Ints, place: Ints) -> Floats:
        """(chains, …) the rate of each channel in the time bin beside it."""
        theta = self.rate_of[state.node[:, channel]]
        if self.problem.rates.bins > 1:
            theta *= self.covers[state.spell[:, channel], place]
        return theta

    def sweep(self, rng: np.random.Generator, record: Callable[[Ints, Conditional], None] | None = None) -> None:
        """Update every channel that stands in a called case once, block by block."""
        problem = self.problem
        theta = [self.axis_rates(g) for g in range(len(problem.groups))]
        rights = [fold_right(g.counts, x, g.sizes) for g, x in zip(problem.groups, theta, strict=True)]
        for block in problem.blocks:
            folded = []
            for number, axis in block.members:
                sizes = problem.groups[number].sizes[:axis]
                folded.append(fold_left(rights[number][axis], theta[number][:axis], sizes))
            found = self._conditional(block, folded)
            if record is not None:
                record(block.channels, found)
            self._draw(block.channels, found, rng)
            for number, axis in block.members:
                theta[number][axis] = self.axis_rate(number, axis)

    def _conditional(self, block: Block, folded: Sequence[Floats]) -> Conditional:
        """Conditional of a block's channels from their members' folded tables (chains, K, n)."""
        rates, targets = self.problem.rates, len(block.channels) * self.problem.rates.bins
        single = [i for i, table in enumerate(folded) if table.shape[-1] == 2]
        rows = np.cumsum([0, *(table.shape[1] for table in folded)])
        chains = folded[0].shape[0]
        total = np.zeros((targets, chains, len(rates.nodes)))
        if single:
            ratio = np.concatenate([_log_ratio(folded[i]) for i in single], axis=1).T
            total += sums_on_grid(block.single, ratio, rates.nodes)
        for i in set(range(len(folded))) - set(single):
            np.add.at(total, block.target[rows[i] : rows[i + 1]], _log_polynomial(folded[i], rates.nodes))
        binned = total.reshape(len(block.channels), rates.bins, chains, len(rates.nodes))
        likelihood = over_spells(rates, binned) + self.problem.quiet[block.channels][:, :, None, :]
        return conditional(rates, block.channels, likelihood)

    def _draw(self, channels: Ints, found: Conditional, rng: np.random.Generator) -> None:
        shape = found.log_odds.shape
        leaky = np.log(rng.random(shape)) < -np.logaddexp(0.0, -found.log_odds)
        spell = _pick(found.joint.sum(axis=3), rng)
        row = np.take_along_axis(found.joint, spell[:, :, None, None], axis=2)[:, :, 0]
        node = _pick(row, rng)
        self.state.node[:, channels] = np.where(leaky, node, -1).T
        self.state.spell[:, channels] = np.where(leaky, spell, 0).T

    def subset_probabilities(self, number: int) -> Floats:
        """(K, 2^d) P(leaker subset | calls, rates), averaged over the chains."""
        weight = self.subset_weights(number)
        total = np.maximum(weight.sum(axis=2, keepdims=True), TINY)
        return np.asarray((weight / total).mean(axis=0))

    def subset_weights(self, number: int) -> Floats:
        """(chains, K, 2^d) P(leaker subset | rates) times the calls' likelihood, relative to exp(scale)."""
        case = self.problem.groups[number]
        chains, cases = self.state.node.shape[0], len(case.canary)
        prior = np.ones((chains, cases, 1))
        for x, size in zip(self.axis_rates(number), case.sizes, strict=True):
            pair = np.stack((1.0 - x, x), axis=-1)
            for _ in range(size):
                prior = (prior[..., None] * pair[:, :, None, :]).reshape(chains, cases, -1)
        return np.asarray(prior * np.exp(case.log_table - case.scale[:, None]))


def _log_ratio(folded: Floats) -> Floats:
    """(chains, K) log of the likelihood of leaking over that of not leaking, of (chains, K, 2)."""
    floor = np.maximum(folded, TINY)
    return np.asarray(np.log(floor[..., 1]) - np.log(floor[..., 0]))


def _log_polynomial(folded: Floats, nodes: Floats) -> Floats:
    """(K, chains, G) log likelihood at each node relative to rate 0, of (chains, K, n) with several cells."""
    value = folded @ axis_weights(nodes, folded.shape[-1] - 1).T
    log = np.log(np.maximum(value, TINY)) - np.log(np.maximum(folded[..., :1], TINY))
    return np.asarray(log.transpose(1, 0, 2))


def _pick(weight: Floats, rng: np.random.Generator) -> Ints:
    """Draw an index of the last axis in proportion to the weights."""
    ladder = np.cumsum(weight, axis=-1)
    level = rng.random(weight.shape[:-1]) * ladder[..., -1]
    return np.asarray(np.minimum((ladder <= level[..., None]).sum(axis=-1), weight.shape[-1] - 1))


def starting_state(problem: Problem, chains: int, rng: np.random.Generator) -> State:
    """Different starts: nobody leaks, everybody leaks, then random."""
    channels = len(problem.rates.log_leaky)
    middle = int(np.searchsorted(problem.rates.nodes, 0.3))
    node = np.where(rng.random((chains, channels)) < 0.5, middle, -1)
    node[0] = -1
    if chains > 1:
        node[1] = middle
    node[:, -1] = int(np.searchsorted(problem.rates.nodes, 0.005))
    return State(node.astype(np.int64), np.zeros((chains, channels), dtype=np.int64))
