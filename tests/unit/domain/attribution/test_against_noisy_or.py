"""The sampler on the binary reduction against pyAgrum, whose noisy-or networks are code of other hands.

Each order is only called or silent: P(silent) = (1 - noise) · Π (1 - z_c·θ_c·p_oc), with every θ_c known.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass, replace

import numpy as np
import pytest

from tests.factories.campaigns import MODEL
from tracer.domain.attribution.case_tables import count_table, subset_matrix
from tracer.domain.attribution.evidence import Floats, Ints
from tracer.domain.attribution.posterior import build_problem, starting_state
from tracer.domain.attribution.rates import Rates, rates_of, silence_table
from tracer.domain.attribution.sampling import run
from tracer.domain.attribution.tables import CaseGroup, colour_channels

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # its binding warns on import, and breaks where warnings are errors
    import pyagrum


@dataclass(frozen=True)
class Binary:
    """prior, rate (C,); orders as {channel: detection}; which were called; P(called for no reason)."""

    prior: Floats
    rate: Floats
    orders: list[dict[int, float]]
    called: list[bool]
    noise: float


def rates_known(world: Binary) -> tuple[Binary, Rates]:
    """The world with its rates moved to nodes of the grid, and rates that know them."""
    profile = MODEL.channels.kind("merchant")
    profiles = [replace(profile, prior_leaky=float(p)) for p in world.prior]
    rates = rates_of(profiles, MODEL.assumptions, (0.0, 1.0), 0.0)
    node = np.abs(rates.nodes[None, :] - world.rate[:, None]).argmin(axis=1)
    log_prior = np.full(rates.log_prior.shape, -np.inf)
    log_prior[np.arange(len(node)), node] = 0.0
    log_prior[-1] = rates.log_prior[-1]
    return replace(world, rate=rates.nodes[node]), replace(rates, log_prior=log_prior)


def by_sampler(world: Binary, rates: Rates) -> Floats:
    """P(z) by the engine's own tables, blocks, sweeps and swaps."""
    cells = [(o, c, p) for o, order in enumerate(world.orders) for c, p in order.items()]
    channel = np.array([c for _, c, _ in cells])
    loud = np.array([world.called[o] for o, _, _ in cells])
    order = np.array([o for o, _, _ in cells])
    detection = np.array([p for _, _, p in cells])
    day = np.zeros(len(cells))
    colour = colour_channels(order[loud], channel[loud], len(world.prior) + 1)
    alike: dict[tuple[int, ...], list[Ints]] = {}
    for o in np.flatnonzero(world.called):
        mine = np.flatnonzero(order == o)
        mine = mine[np.lexsort((channel[mine], colour[channel[mine]]))]
        alike.setdefault(tuple(colour[channel[mine]].tolist()), []).append(mine)
    groups = [_group(np.array(cells), colours, world, channel, detection, order) for colours, cells in alike.items()]
    quiet = silence_table(rates, channel, day, np.where(loud, 0.0, detection))
    problem = build_problem(rates, groups, quiet, day)
    rng = np.random.default_rng(7)
    return run(problem, starting_state(problem, 4, rng), 50, 500, rng).p_leaky[:-1]


def _group(
    cells: Ints, colours: tuple[int, ...], world: Binary, channel: Ints, detection: Floats, order: Ints
) -> CaseGroup:
    """Called orders of one structure; instead of a call's ratios the chance of being called at all."""
    sizes, none = (1,) * len(colours), np.zeros(0, dtype=np.int64)
    missed = np.exp(np.log1p(-detection[cells]) @ subset_matrix(len(sizes)))
    log_table = np.log(1 - (1 - world.noise) * missed)
    counts, scale = count_table(log_table, sizes)
    return CaseGroup(
        canary=order[cells[:, 0]],
        cells=cells,
        channel=channel[cells],
        sizes=sizes,
        colours=colours,
        log_table=log_table,
        counts=counts,
        scale=scale,
        row_case=none,
        row_match=none,
        ratios=np.zeros((0, len(sizes))),
    )


def by_pyagrum(world: Binary) -> Floats:
    """P(z) by lazy propagation in a noisy-or network."""
    net = pyagrum.BayesNet()
    for c, prior in enumerate(world.prior):
        net.add(pyagrum.LabelizedVariable(f"z{c}", "", 2))
        net.cpt(f"z{c}").fillWith([1 - float(prior), float(prior)])
    for o, order in enumerate(world.orders):
        net.addNoisyORNet(pyagrum.LabelizedVariable(f"o{o}", "", 2), world.noise)
        for c, p in order.items():
            net.addWeightedArc(f"z{c}", f"o{o}", float(world.rate[c] * p))
    found = pyagrum.LazyPropagation(net)
    found.setEvidence({f"o{o}": int(called) for o, called in enumerate(world.called)})
    return np.array([found.posterior(f"z{c}")[1] for c in range(len(world.prior))])


def drawn(seed: int) -> Binary:
    rng = np.random.default_rng(seed)
    channels, orders = int(rng.integers(4, 9)), int(rng.integers(8, 15))
    prior, rate = rng.uniform(0.05, 0.4, channels), rng.uniform(0.1, 0.9, channels)
    leaky = rng.random(channels) < 0.35
    routes, called, noise = [], [], float(rng.uniform(0.005, 0.1))
    for _ in range(orders):
        route = {int(c): float(rng.uniform(0.3, 0.95)) for c in rng.choice(channels, int(rng.integers(1, 5)), False)}
        silent = (1 - noise) * np.prod([1 - leaky[c] * rate[c] * p for c, p in route.items()])
        routes.append(route)
        called.append(bool(rng.random() > silent))
    return Binary(prior, rate, routes, called, noise)


def tied(channels: int, rate: float) -> Binary:
    """Channels that only ever stand together, and one beside them: half the orders called."""
    together = dict.fromkeys(range(channels), 0.8)
    routes = [together, together, together, {**together, channels: 0.6}, together, {channels: 0.6}]
    prior = np.array([0.06] * channels + [0.2])
    return Binary(prior, np.full(channels + 1, rate), routes, [True, True, False, True, False, False], 0.02)


WORLDS = {
    **{f"drawn {seed}": drawn(seed) for seed in range(6)},
    "two tied": tied(2, 0.6),
    "two tied, rarely leaking": tied(2, 0.1),
    "three tied": tied(3, 0.7),
    "four tied": tied(4, 0.5),
}


@pytest.mark.parametrize("name", WORLDS)
def test_p_leaked_is_that_of_the_noisy_or_network(name: str) -> None:
    world, rates = rates_known(WORLDS[name])
    assert by_sampler(world, rates) == pytest.approx(by_pyagrum(world), abs=0.02)


def test_the_worlds_are_not_all_easy() -> None:
    doubtful = [p for world in WORLDS.values() for p in by_pyagrum(rates_known(world)[0]) if 0.1 < p < 0.9]
    assert len(doubtful) > 10
