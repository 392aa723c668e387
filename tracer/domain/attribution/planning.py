"""Which orders to place next: the expected information gain of each route, chosen greedily in batches.

Everything rests on K equally likely worlds, the draws of the posterior: who leaks, how often, how
often strangers ring. In world k the order by route s is called with probability π_ks, and what its
outcome tells is EIG = h(mean π_s) - mean h(π_s) bits. Given the world orders are independent, so a
batch gains H(outcomes) - Σ mean h(π): the gain of one order more is its gain averaged over the
posteriors that the outcomes of the orders before it would leave.
Source: project model, "Design of experiments"; Lindley 1956.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import gammaincinv

from tracer.domain.attribution.assumptions import Assumptions
from tracer.domain.attribution.evidence import Bools, Floats, Ints
from tracer.domain.attribution.fit import Fit
from tracer.domain.attribution.sampling import strata

BRANCHES = 512
LEAST_GAIN = 1e-6
MOST_ORDERS = 500
ROUNDING = 1e-9
THRIFT = 0.01


@dataclass(frozen=True, slots=True)
class Worlds:
    """K draws of what is not known.

    leaky       (K, C+1) whether a channel leaks at all; the last is `other`, a party on no route
    rate        (K, C+1) share of its orders that it leaks from now on
    background  (K,) calls a line and day that no leak explains
    """

    leaky: Bools
    rate: Floats
    background: Floats


def draw_worlds(fit: Fit, assumptions: Assumptions, rng: np.random.Generator) -> Worlds:
    """The chains' draws.

    A channel that leaked during a spell leaks on only where the spell reaches the last bin of time.
    """
    draws, rates = fit.draws, fit.prepared.rates
    channels = draws.leaky.shape[2]
    lasting = rates.stop == rates.bins
    leaky = draws.leaky.reshape(-1, channels)
    rate = np.where(lasting[draws.spell], draws.rate, 0.0).reshape(-1, channels).astype(np.float64)
    days = assumptions.background_shape / assumptions.background_mean + fit.background.line_days
    background = gammaincinv(fit.background.mean_rate * days, strata(len(leaky), rng)) / days
    return Worlds(leaky, rate, np.asarray(background))


def entropy(p: Floats) -> Floats:
    """Binary entropy in bits."""
    inside = np.clip(p, 1e-300, 1.0)
    outside = np.clip(1.0 - p, 1e-300, 1.0)
    return np.asarray(np.maximum(-(p * np.log2(inside) + (1.0 - p) * np.log2(outside)), 0.0))


class Outlook:
    """The posteriors that the outcomes of the orders chosen so far may leave, each with its probability.

    share (R,) probability of each set of outcomes; weight (R, K) posterior over the worlds. Up to `most`
    sets are kept: exact for log2(most) orders. Beyond, the likely ones stay and the rest are thinned to
    equal shares without bias. Source of the thinning: Fearnhead & Clifford 2003.
    """

    def __init__(self, worlds: int, most: int = BRANCHES) -> None:
        self.share = np.ones(1)
        self.weight = np.full((1, worlds), 1.0 / worlds)
        self.most = most

    def gain(self, chance: Floats) -> float:
        """Bits that one more order is expected to tell; chance (K,) is P(it is called) in every world."""
        called = self.weight @ chance
        known = self.weight @ entropy(chance)
        return float(self.share @ np.maximum(entropy(called) - known, 0.0))

    def add(self, chance: Floats, rng: np.random.Generator) -> None:
        """Reckon with both outcomes of one more order."""
        called = self.weight @ chance
        share = np.concatenate((self.share * called, self.share * (1.0 - called)))
        weight = np.concatenate((self.weight * chance, self.weight * (1.0 - chance)))
        kept = np.flatnonzero(share > 0.0)
        if len(kept) > self.most:
            kept, share = thinned(share, self.most, float(rng.random()))
        else:
            share = share[kept]
        self.share = share
        self.weight = weight[kept] / weight[kept].sum(axis=1, keepdims=True)


def thinned(share: Floats, most: int, level: float) -> tuple[Ints, Floats]:
    """Which `most` entries to keep, and their new shares: the same total, and every share kept on average.

    Entries above a limit c stay; the others survive with probability share / c and then weigh c.
    """
    falling = np.sort(share)[::-1]
    from_here = np.cumsum(falling[::-1])[::-1][:most]
    room = most - np.arange(most)
    heavy = int(np.argmax(falling[:most] * room <= from_here))
    limit = float(from_here[heavy]) / (most - heavy)
    stays = share > limit
    light = np.flatnonzero(~stays)
    steps = (np.arange(most - int(stays.sum())) + level) * limit
    drawn = light[np.minimum(np.searchsorted(np.cumsum(share[light]), steps), len(light) - 1)]
    kept = np.concatenate((np.flatnonzero(stays), drawn))
    return kept, np.concatenate((share[stays], np.full(len(drawn), limit)))


@dataclass(frozen=True, slots=True)
class Limits:
    """What a plan may not exceed: orders in all, money (None: any), orders a shop and batch, orders a batch."""

    orders: int
    budget: float | None
    most_per_shop: int
    batch: int


@dataclass(frozen=True, slots=True)
class Pick:
    """One chosen order: the place of its route, its batch from 1, and the bits it adds to those before it."""

    route: int
    batch: int
    gain: float


def choose(chance: Floats, cost: Floats, subject: Ints, limits: Limits, seed: int) -> list[Pick]:
    """The next orders out of S routes, best first.

    chance (S, K) is P(called) by route and world, cost (S,) is above 0, subject (S,) is the shop (or
    other party) that notices the order. Of nearly equal gains (to a percent or two) the cheaper route is
    taken, then the earlier. With a budget, gain per cost is what counts; where gain alone comes further,
    that is taken.
    """
    if limits.budget is None:
        return _greedy(chance, cost, subject, limits, seed, per_cost=False)
    plans = [_greedy(chance, cost, subject, limits, seed, per_cost=way) for way in (True, False)]
    return max(plans, key=lambda picks: round(sum(pick.gain for pick in picks), 9))


def _greedy(chance: Floats, cost: Floats, subject: Ints, limits: Limits, seed: int, *, per_cost: bool) -> list[Pick]:
    """Lazy greedy: a gain only shrinks as orders are added, so an old one is a bound for the new."""
    rng = np.random.default_rng(seed)
    outlook = Outlook(chance.shape[1])
    rank = np.argsort(cost, kind="stable")
    chance, cost, subject = chance[rank], cost[rank], subject[rank]
    bound = np.array([outlook.gain(row) for row in chance])
    price = cost if per_cost else cost**THRIFT
    picks: list[Pick] = []
    batch, in_batch, spent = 1, 0, 0.0
    used = np.zeros(int(subject.max(initial=-1)) + 1, dtype=np.int64)
    while len(picks) < limits.orders:
        affordable = cost <= (np.inf if limits.budget is None else limits.budget - spent + ROUNDING)
        free = affordable & (used[subject] < limits.most_per_shop)
        if in_batch and (in_batch == limits.batch or not free.any()):
            batch, in_batch = batch + 1, 0
            used[:] = 0
            free = affordable
        best = _best(outlook, chance, bound, price, free)
        if best is None:
            break
        picks.append(Pick(int(rank[best]), batch, float(bound[best])))
        outlook.add(chance[best], rng)
        spent += float(cost[best])
        used[subject[best]] += 1
        in_batch += 1
    return picks


def _best(outlook: Outlook, chance: Floats, bound: Floats, price: Floats, free: Bools) -> int | None:
    """The free route with the best gain for its price, None where none gains; brings `bound` up to date."""
    fresh = np.zeros(len(bound), dtype=np.bool_)
    while True:
        score = np.where(free & (bound > LEAST_GAIN), bound / price, -np.inf)
        best = int(np.argmax(score)) if len(score) else -1
        if best < 0 or score[best] == -np.inf:
            return None
        if fresh[best]:
            return best
        bound[best] = min(bound[best], outlook.gain(chance[best]))
        fresh[best] = True
