"""Background calls: a rate per line, shrunk towards the mean of the lines of its kind.

The lines of one kind have gamma-distributed rates; mean and shape are learned from all lines,
controls among them, by empirical Bayes on the expected numbers of background calls. In hours of a
burst every line's rate is that many times higher.
Source: project model; negative binomial marginal of a gamma mixture of Poissons.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from scipy.special import gammaln

from tracer.domain.attribution.assumptions import Assumptions
from tracer.domain.attribution.bursts import Bursts, learn_bursts, no_bursts, own_line
from tracer.domain.attribution.evidence import Bools, Evidence, Floats, Ints

SHAPES = np.geomspace(0.2, 400.0, 40)
SHORTEST_WATCH = 1.0 / 24.0
BURST_ROUNDS = 3
MANY = 20_000
LEAST_BARE = 0.05


class Kind(NamedTuple):
    """The gamma distribution of the rates of the lines of one kind."""

    mean: float
    shape: float


@dataclass(frozen=True, slots=True)
class Background:
    """Calls per day that no leak explains: per line (L,), at each call (N,), over all lines, and what each kind has.

    `call_rate` knows of the bursts; the others are what is usual.
    """

    line_rate: Floats
    call_rate: Floats
    mean_rate: float
    line_days: float
    kinds: Mapping[int, Kind]
    bursts: Bursts


@dataclass(frozen=True, slots=True)
class KnownBackground:
    """What a stored state knows: the kinds, the bursts, and (N,) which calls it had counted."""

    kinds: Mapping[int, Kind]
    bursts: Bursts
    counted: Bools


def learn_background(
    evidence: Evidence, p_background: Floats, assumptions: Assumptions, known: KnownBackground | None = None
) -> Background:
    """Rates given (N,) the probability of each call being background; what is `known` is not learned."""
    lines, calls = evidence.lines, evidence.calls
    days = np.maximum(lines.end - lines.start, SHORTEST_WATCH)
    on_line = np.flatnonzero(calls.line >= 0)
    line, p = calls.line[on_line], p_background[on_line]
    count = np.asarray(np.bincount(line, p, minlength=len(days)), dtype=np.float64)
    bursts = no_bursts() if known is None else known.bursts
    bare = (calls.known[on_line] == 0) & calls.answered[on_line]
    for _ in range(1 if known is not None else BURST_ROUNDS):
        effective = days + bursts.extra_days(lines.start, lines.start + days)
        rate, kinds = _line_rates(count, effective, lines.kind, assumptions, {} if known is None else known.kinds)
        if known is None:
            bursts = learn_bursts(calls.day[on_line], line, p * bare, lines, rate * _share(p, bare))
    total = float(days.sum())
    prior = assumptions.background_shape / assumptions.background_mean
    mean = (assumptions.background_shape + float(count.sum())) / (prior + total)
    call_rate = np.full(len(calls.ids), mean)
    call_rate[on_line] = rate[line]
    counted = p * bare if known is None else p * bare * known.counted[on_line]
    itself = np.zeros(len(calls.ids))
    itself[on_line] = own_line(calls.day[on_line], line, counted)
    call_rate *= bursts.multiple(calls.day, itself)
    return Background(rate, call_rate, mean, total, kinds, bursts)


def _share(p: Floats, bare: Bools) -> float:
    """Share of background calls that were answered and whose caller knew nothing."""
    return float(np.clip((p @ bare + 1.0) / (p.sum() + 1.0), LEAST_BARE, 1.0))


def _line_rates(
    count: Floats, days: Floats, kind_of: Ints, assumptions: Assumptions, known: Mapping[int, Kind]
) -> tuple[Floats, dict[int, Kind]]:
    """(L,) rate of each line, and the distribution of the lines of each kind."""
    rate, kinds = np.zeros(len(days)), dict(known)
    for kind in np.unique(kind_of).tolist():
        here = kind_of == kind
        if kind not in kinds:
            kinds[kind] = _kind_of(count[here], days[here], assumptions)
        mean, shape = kinds[kind]
        rate[here] = (shape + count[here]) / (shape / mean + days[here])
    return rate, kinds


def first_guess(evidence: Evidence) -> Floats:
    """(N,) starting P(background): near 1 for calls that said nothing, low for the others."""
    said: Bools = (evidence.calls.known > 0) & evidence.calls.answered
    return np.where(said, 0.3, 0.95)


def _kind_of(count: Floats, days: Floats, assumptions: Assumptions) -> Kind:
    """Mean and shape of the lines of one kind, by empirical Bayes; the shape from MANY of them at most."""
    prior = assumptions.background_shape / assumptions.background_mean
    mean = (assumptions.background_shape + count.sum()) / (prior + days.sum())
    step = -(-len(count) // MANY)
    count, expected = count[::step], mean * days[::step]
    score = [
        (gammaln(a + count) - gammaln(a) - count * np.log(a + expected) - a * np.log1p(expected / a)).sum()
        for a in SHAPES
    ]
    return Kind(float(mean), float(SHAPES[int(np.argmax(score))]))
