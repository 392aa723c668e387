"""Leak rates on a grid: priors, spells of leaking, and the likelihood of silence.

A leaky channel leaks a share θ ~ Beta(a, b) of the orders it sees, either all the time or during
one spell (a worker's stay, an infected computer). A spell is a range of time bins; spell 0 is
"all the time". θ lives on one grid of nodes, each with the prior mass around it, so that every
conditional below is an exact sum.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import betainc

from tracer.domain.attribution.assumptions import Assumptions
from tracer.domain.attribution.evidence import Bools, Floats, Ints
from tracer.domain.attribution.tasks import HERE, Tasks
from tracer.domain.channel import KindProfile

NODES = 40
LOWEST, HIGHEST = -8.5, 4.2
LONGEST_BINS = 26
SPELL_BINS = (2, 3, 5, 8)
BIN_DAYS = 7.0


@dataclass(frozen=True, slots=True)
class Rates:
    """Grid and priors of C channels, the last of which is `other`.

    nodes      (G,) leak rates; edges (G+1,) of the cells around them
    log_prior  (C, G) log prior mass of each node given leaky
    log_leaky, log_sound  (C,) log π and log(1-π); `other` always leaks at some rate
    begin, stop (J,) bins of each spell; log_spell (C, J) log prior
    origin, width  start day and length in days of the bins
    """

    nodes: Floats
    edges: Floats
    log_prior: Floats
    log_leaky: Floats
    log_sound: Floats
    begin: Ints
    stop: Ints
    log_spell: Floats
    origin: float
    width: float

    @property
    def bins(self) -> int:
        """Number of time bins."""
        return int(self.stop[0])

    def bin_of(self, day: Floats) -> Ints:
        """Time bin of each day."""
        place = np.floor((day - self.origin) / self.width)
        return np.clip(place, 0, self.bins - 1).astype(np.int64)


def rates_of(
    profiles: Sequence[KindProfile], assumptions: Assumptions, span: tuple[float, float], burst_share: float
) -> Rates:
    """Priors of every channel and of `other`; `span` is first to last exposure day.

    With burst_share 0 there are no spells and one bin.
    """
    centre = np.linspace(LOWEST, HIGHEST, NODES)
    nodes = 1.0 / (1.0 + np.exp(-centre))
    edges = np.concatenate(([0.0], 1.0 / (1.0 + np.exp(-0.5 * (centre[1:] + centre[:-1]))), [1.0]))
    shape_a, shape_b = np.array([p.rate_a for p in profiles]), np.array([p.rate_b for p in profiles])
    below = np.vstack((betainc(shape_a[:, None], shape_b[:, None], edges), _other_below(assumptions, edges)))
    mass = np.maximum(np.diff(below, axis=1), 1e-300)
    pi = np.array([p.prior_leaky for p in profiles] + [1.0])
    days = max(span[1] - span[0], 0.0)
    bins = int(np.clip(np.ceil(days / BIN_DAYS), 1, LONGEST_BINS)) if burst_share > 0 else 1
    begin, stop, log_within = _spells(bins)
    share = burst_share if len(begin) > 1 else 0.0
    log_spell = np.full((len(pi), len(begin)), np.log(max(share, 1e-300))) + log_within
    log_spell[:, 0] = np.log1p(-share)
    log_spell[-1, 1:], log_spell[-1, 0] = -np.inf, 0.0
    with np.errstate(divide="ignore"):
        return Rates(
            nodes=nodes,
            edges=edges,
            log_prior=np.log(mass / mass.sum(axis=1, keepdims=True)),
            log_leaky=np.log(pi),
            log_sound=np.log1p(-pi),
            begin=begin,
            stop=stop,
            log_spell=log_spell,
            origin=span[0],
            width=max(days, 1e-9) / bins * (1 + 1e-9),
        )


def _other_below(assumptions: Assumptions, edges: Floats) -> Floats:
    """(G+1,) distribution function of the rate of `other`: mostly rare, sometimes a common thing."""
    rare, strength = assumptions.other_mean, assumptions.other_strength
    common = 1.0 / assumptions.other_common_mean - 1.0
    seldom = betainc(rare * strength, (1.0 - rare) * strength, edges)
    often = betainc(1.0, common, edges)
    return np.asarray((1.0 - assumptions.other_common) * seldom + assumptions.other_common * often)


def _spells(bins: int) -> tuple[Ints, Ints, Floats]:
    """All the time first, then spells of each length at half-length steps; log prior among spells."""
    begin, stop, weight = [0], [bins], [1.0]
    lengths = [n for n in SPELL_BINS if n < bins - 1]
    for length in lengths:
        starts = list(range(0, bins - length + 1, max(1, length // 2)))
        begin += starts
        stop += [s + length for s in starts]
        weight += [1.0 / (len(lengths) * len(starts))] * len(starts)
    return np.array(begin), np.array(stop), np.log(np.array(weight))


def silence_table(
    rates: Rates, channel: Ints, day: Floats, probability: Floats, tasks: Tasks = HERE, parts: int = 1
) -> Floats:
    """(C, bins, G) Σ log(1 - θ·p) over quiet cells; `channel`, `day`, `probability` are per cell.

    Cut into `parts` by channel, so that every sum is added up in the same order: the same to the last bit.
    """
    number = len(rates.log_leaky)
    key = channel * rates.bins + rates.bin_of(day)
    if parts == 1:
        table = _silence(rates.nodes, (key, probability, number * rates.bins))
    else:
        load = np.cumsum(np.bincount(channel, minlength=number))
        edge = np.searchsorted(load, load[-1] * np.arange(1, parts) / parts) + 1
        bound = [0, *(np.minimum(edge, number) * rates.bins).tolist(), number * rates.bins]
        pieces = []
        for first, stop in pairwise(bound):
            inside = (key >= first) & (key < stop)
            pieces.append(((key[inside] - first).astype(np.int32), probability[inside], stop - first))
        table = np.concatenate(tasks.map(_silence, rates.nodes, pieces))
    return table.reshape(number, rates.bins, len(rates.nodes))


def _silence(nodes: Floats, piece: tuple[NDArray[np.integer[Any]], Floats, int]) -> Floats:
    """(keys, G) the sums of one piece: the key and the probability of each cell, and how many keys there are."""
    key, probability, number = piece
    table = np.empty((number, len(nodes)))
    for node, theta in enumerate(nodes):
        table[:, node] = np.bincount(key, np.log(1.0 - theta * probability), minlength=number)
    return table


def over_spells(rates: Rates, binned: Floats) -> Floats:
    """Sum a (C, bins, …) table over the bins of every spell: (C, J, …)."""
    if rates.bins == 1:
        return binned
    total = np.zeros((binned.shape[0], rates.bins + 1, *binned.shape[2:]), dtype=binned.dtype)
    np.cumsum(binned, axis=1, out=total[:, 1:])
    return np.asarray(total[:, rates.stop] - total[:, rates.begin])


def exposure_share(rates: Rates, channel: Ints, day: Floats) -> Floats:
    """(C, J) share of a channel's cells that fall into each spell; 1 where it has none."""
    number = len(rates.log_leaky)
    key = channel * rates.bins + rates.bin_of(day)
    count = np.bincount(key, minlength=number * rates.bins).reshape(number, rates.bins).astype(np.float64)
    inside, total = over_spells(rates, count), count.sum(axis=1, keepdims=True)
    return np.asarray(np.where(total > 0, inside / np.maximum(total, 1.0), 1.0))


def in_spell(rates: Rates, spell: Ints, place: Ints) -> Bools:
    """Whether each time bin lies in the spell given beside it."""
    return np.asarray((place >= rates.begin[spell]) & (place < rates.stop[spell]))


@dataclass(frozen=True, slots=True)
class Conditional:
    """The posterior of some channels given everything else.

    log_odds (…,) of being leaky; joint (…, J, G) posterior of spell and node given leaky.
    """

    log_odds: Floats
    joint: Floats


def conditional(rates: Rates, channels: Ints, log_likelihood: Floats) -> Conditional:
    """Exact conditional from (n, J, k, G) log likelihoods relative to not leaking at all.

    Returns arrays with leading axes (n, k).
    """
    prior = rates.log_spell[channels][:, :, None] + rates.log_prior[channels][:, None, :]
    weight = (log_likelihood + prior[:, :, None, :]).transpose(0, 2, 1, 3)
    top = weight.max(axis=(2, 3), keepdims=True)
    joint = np.exp(weight - top)
    total = joint.sum(axis=(2, 3), keepdims=True)
    odds = (top + np.log(total))[:, :, 0, 0] + (rates.log_leaky - rates.log_sound)[channels][:, None]
    joint /= total
    return Conditional(log_odds=odds, joint=joint)
