"""Chains on their way: all side by side in one process, or a few a task, each task with a generator of its own."""

from __future__ import annotations

from collections.abc import Sequence
from copy import deepcopy
from dataclasses import dataclass, replace
from functools import cached_property, partial
from itertools import pairwise
from typing import Any

import numpy as np

from tracer.domain.attribution.posterior import Problem, Sampler, State
from tracer.domain.attribution.swaps import Swaps
from tracer.domain.attribution.tables import CaseGroup
from tracer.domain.attribution.tally import Tally, side_by_side
from tracer.domain.attribution.tasks import Progress, Tasks

MANY_CASES = 10_000
"""From here on a sweep takes as long as it has chains; below, two chains take little longer than one."""


@dataclass(frozen=True, slots=True)
class Precision:
    """How exact P(leaked) shall be: its Monte-Carlo standard error, and the draws a chain after which to give up."""

    error: float
    most_draws: int


@dataclass(frozen=True, slots=True)
class Wanted:
    """How far to walk: to warm up, then to draw; as many draws again until they are precise, `most` in all."""

    warmup: int
    draws: int
    most: int
    precision: Precision | None

    def more(self, tally: Tally) -> int:
        """How many draws are to follow those of the tally."""
        done = len(tally.leaky)
        if self.precision is None or done >= self.most:
            return 0
        return min(self.draws, self.most - done) if tally.error() > self.precision.error else 0

    def share(self, turns: int) -> float:
        """How much of the longest walk so many sweeps are."""
        return turns / (self.warmup + self.most)


def walk_together(
    problem: Problem, state: State, wanted: Wanted, rng: np.random.Generator, progress: Progress, tasks: Tasks
) -> Tally:
    """All chains at once, here, whatever tasks there are."""
    sampler, swaps, tally = Sampler(problem, state), Swaps(problem), Tally(problem)
    for turn in range(wanted.warmup):
        sampler.sweep(rng)
        swaps.move(sampler, rng)
        progress(wanted.share(turn))
    draws = wanted.draws
    while draws:
        for _ in range(draws):
            _draw(sampler, swaps, tally, rng)
            progress(wanted.share(wanted.warmup + len(tally.leaky)))
        draws = wanted.more(tally)
    return tally


def _draw(sampler: Sampler, swaps: Swaps, tally: Tally, rng: np.random.Generator) -> None:
    tally.begin(len(sampler.state.node))
    sampler.sweep(rng, tally.record)
    swaps.move(sampler, rng)
    tally.keep(sampler)


class Ground:
    """What chains walk on: a problem, and its pairs to swap, which are found where the chains are."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem

    @cached_property
    def swaps(self) -> Swaps:
        """The pairs worth swapping."""
        return Swaps(self.problem)

    def __getstate__(self) -> dict[str, Any]:
        """The problem without what no chain reads; the pairs are found again in less time than they would travel."""
        return {"problem": replace(self.problem, groups=[_bare(group) for group in self.problem.groups])}


def _bare(group: CaseGroup) -> CaseGroup:
    """A group without its calls."""
    none = group.row_case[:0]
    return replace(group, cells=group.cells[:0], row_case=none, row_match=none, ratios=group.ratios[:0])


@dataclass(frozen=True, slots=True)
class Leg:
    """What one task walks: the chains of this state, so many sweeps to warm up and so many draws."""

    state: State
    rng: np.random.Generator
    warmup: int
    draws: int


def walk(ground: Ground, leg: Leg) -> tuple[State, np.random.Generator, Tally]:
    """Walk one leg: where the chains and their generator stand then, and what was kept on the way."""
    state, rng = deepcopy((leg.state, leg.rng))  # a task may be run again from where it began
    sampler, tally = Sampler(ground.problem, state), Tally(ground.problem)
    for _ in range(leg.warmup):
        sampler.sweep(rng)
        ground.swaps.move(sampler, rng)
    for _ in range(leg.draws):
        _draw(sampler, ground.swaps, tally, rng)
    return state, rng, tally


def walk_apart(
    problem: Problem, state: State, wanted: Wanted, rng: np.random.Generator, progress: Progress, tasks: Tasks
) -> Tally:
    """The chains a few a task. How many a task is a matter of the problem, so that the draws are the same anywhere."""
    ground, bound = Ground(problem), _bounds(problem, len(state.node))
    starts = [State(state.node[chains], state.spell[chains]) for chains in bound]
    rngs, kept, tally = rng.spawn(len(bound)), list[Tally](), Tally(problem)
    warmup, draws, before = wanted.warmup, wanted.draws, 0
    while draws:
        legs = [Leg(start, own, warmup, draws) for start, own in zip(starts, rngs, strict=True)]
        walked = tasks.map(walk, ground, legs, partial(_further, progress, wanted, before, warmup + draws))
        starts, rngs = [one[0] for one in walked], [one[1] for one in walked]
        for earlier, one in zip(kept, walked, strict=False):
            earlier.goes_on(one[2])
        kept = kept or [one[2] for one in walked]
        tally = side_by_side(problem, kept)
        before, warmup, draws = before + warmup + draws, 0, wanted.more(tally)
    for chains, end in zip(bound, starts, strict=True):
        state.node[chains], state.spell[chains] = end.node, end.spell
    return tally


def _further(progress: Progress, wanted: Wanted, before: int, turns: int, share: float) -> None:
    """Tell the progress of a leg of so many turns after so many before."""
    progress(wanted.share(before) + share * wanted.share(turns))


def _bounds(problem: Problem, chains: int) -> Sequence[slice]:
    """Which chains go together."""
    cases = sum(len(group.canary) for group in problem.groups)
    tasks = chains if cases > MANY_CASES else min(2, chains)
    edge = np.linspace(0, chains, tasks + 1).round().astype(int).tolist()
    return [slice(first, stop) for first, stop in pairwise(edge)]
