"""Running the chains: warm-up, draws, and what is kept of them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tracer.domain.attribution.chains import Precision, Wanted, walk_apart, walk_together
from tracer.domain.attribution.evidence import Bools, Floats
from tracer.domain.attribution.posterior import Draws, Problem, State
from tracer.domain.attribution.rates import conditional
from tracer.domain.attribution.tally import Tally
from tracer.domain.attribution.tasks import HERE, Progress, Tasks


def run(
    problem: Problem,
    state: State,
    warmup: int,
    draws: int,
    rng: np.random.Generator,
    progress: Progress = lambda share: None,
    precision: Precision | None = None,
    tasks: Tasks = HERE,
) -> Draws:
    """Warm up, then draw; channels in no called case get their exact posterior at once. `state` moves along.

    With `precision` as many draws again are made, and again, until P(leaked) is as exact as wanted. Where `tasks`
    are apart, so are the chains, with generators spawned from `rng`.
    """
    wanted = Wanted(warmup, draws, draws if precision is None else max(draws, precision.most_draws), precision)
    walk = walk_apart if tasks.apart else walk_together
    tally = walk(problem, state, wanted, rng, progress, tasks)
    progress(1.0)
    number = len(tally.leaky)
    tally.p_leaky /= number
    tally.joint /= number
    kept = np.stack(tally.leaky, axis=1), np.stack(tally.rate, axis=1), np.stack(tally.spell, axis=1)
    error = tally.error()
    _settle_idle(problem, tally)
    _draw_idle(problem, tally, kept, rng)
    subsets = [total / tally.taken for total in tally.subsets]
    return Draws(*kept, tally.p_leaky, tally.joint, subsets, error)


def _settle_idle(problem: Problem, tally: Tally) -> None:
    """The exact posterior of channels that no called case touches."""
    for start in range(0, len(problem.idle), 256):
        idle = problem.idle[start : start + 256]
        found = conditional(problem.rates, idle, problem.quiet[idle][:, :, None, :])
        p = np.exp(-np.logaddexp(0.0, -found.log_odds))[:, 0]
        tally.p_leaky[idle] = p
        tally.joint[idle] = found.joint[:, 0] * p[:, None, None]


def _draw_idle(
    problem: Problem,
    tally: Tally,
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
