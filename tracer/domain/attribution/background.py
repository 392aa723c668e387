"""Background calls: a rate per line, shrunk towards the mean of the lines of its kind.

The lines of one kind have gamma-distributed rates; mean and shape are learned from all lines,
controls among them, by empirical Bayes on the expected numbers of background calls.
Source: project model; negative binomial marginal of a gamma mixture of Poissons.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from scipy.special import gammaln

from tracer.domain.attribution.assumptions import Assumptions
from tracer.domain.attribution.evidence import Bools, Evidence, Floats

SHAPES = np.geomspace(0.2, 400.0, 40)
SHORTEST_WATCH = 1.0 / 24.0


class Kind(NamedTuple):
    """The gamma distribution of the rates of the lines of one kind."""

    mean: float
    shape: float


@dataclass(frozen=True, slots=True)
class Background:
    """Calls per day that no leak explains: per line (L,), per call (N,), over all lines, and what each kind has."""

    line_rate: Floats
    call_rate: Floats
    mean_rate: float
    line_days: float
    kinds: Mapping[int, Kind]


def learn_background(
    evidence: Evidence, p_background: Floats, assumptions: Assumptions, known: Mapping[int, Kind] | None = None
) -> Background:
    """Rates given (N,) the probability of each call being background; kinds that are `known` are not learned."""
    lines, calls = evidence.lines, evidence.calls
    days = np.maximum(lines.end - lines.start, SHORTEST_WATCH)
    on_line = calls.line >= 0
    count = np.bincount(calls.line[on_line], p_background[on_line], minlength=len(days))
    rate = np.zeros(len(days))
    kinds = dict(known or {})
    for kind in np.unique(lines.kind).tolist():
        here = lines.kind == kind
        if kind not in kinds:
            kinds[kind] = _kind_of(count[here], days[here], assumptions)
        mean, shape = kinds[kind]
        rate[here] = (shape + count[here]) / (shape / mean + days[here])
    total = float(days.sum())
    prior = assumptions.background_shape / assumptions.background_mean
    mean = (assumptions.background_shape + float(count.sum())) / (prior + total)
    call_rate = np.full(len(calls.ids), mean)
    call_rate[on_line] = rate[calls.line[on_line]]
    return Background(rate, call_rate, mean, total, kinds)


def first_guess(evidence: Evidence) -> Floats:
    """(N,) starting P(background): near 1 for calls that said nothing, low for the others."""
    said: Bools = (evidence.calls.known > 0) & evidence.calls.answered
    return np.where(said, 0.3, 0.95)


def _kind_of(count: Floats, days: Floats, assumptions: Assumptions) -> Kind:
    """Mean and shape of the lines of one kind, by empirical Bayes."""
    prior = assumptions.background_shape / assumptions.background_mean
    mean = (assumptions.background_shape + count.sum()) / (prior + days.sum())
    expected = mean * days
    score = [
        (gammaln(a + count) - gammaln(a) - count * np.log(a + expected) - a * np.log1p(expected / a)).sum()
        for a in SHAPES
    ]
    return Kind(float(mean), float(SHAPES[int(np.argmax(score))]))
