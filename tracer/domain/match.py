"""Which canary of a line a call belongs to, from the values that the caller said.

For every candidate: log P(values heard | the caller speaks of this canary) − log P(values heard |
a background caller). A background caller is half the time somebody who knows a random candidate's
values, half the time somebody who speaks of a stranger. A value not said says nothing.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from tracer.domain.codebook.decode import NameIndex
from tracer.domain.errors import InvalidValue
from tracer.domain.heard_values import Heard, OrderTable, OrderValues

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

VERDICT = 0.95
"""Posterior from which on a match is stated as one."""

KEEP, KEEP_WITHIN = 8, 12.0
"""At most so many candidates of a call are kept, none further below the best (nats)."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A canary that the call may be for: any key of the caller's, its name with gender, and its orders."""

    canary: Hashable
    recipient_name: str
    orders: tuple[OrderValues, ...] = ()
    gender: str = ""


class Ranking(NamedTuple):
    """Candidates kept, best first: places in the candidate list (int64) and log ratios (nats)."""

    indices: Ints
    log_ratios: Floats


class WeightedRanking(NamedTuple):
    """A ranking whose log ratios count each candidate's share of the prior; `log_sum` is over all, kept or not."""

    indices: Ints
    log_ratios: Floats
    log_sum: float


class Posterior(NamedTuple):
    """Probabilities of the candidates that were kept and of none of ours, summing to at most one.

    `verdict` is the place of the candidate whose probability reaches 0.95, or None.
    """

    candidates: Floats
    not_ours: float
    verdict: int | None


class LineMatcher:
    """The candidates of one line, prepared for many calls.

    `own_line` says that the line belongs to a single canary (by default: there is one candidate).
    There the line identifies it and the values can only contradict: log ratios are 0 when nothing
    was heard or it fits, down to about −6 for a stranger's name.
    """

    def __init__(self, candidates: Sequence[Candidate], own_line: bool | None = None) -> None:
        self.candidates = tuple(candidates)
        self.own_line = len(self.candidates) == 1 if own_line is None else own_line
        if self.own_line and len(self.candidates) > 1:
            raise InvalidValue("own_line", len(self.candidates), "one candidate on a line of its own")

    @cached_property
    def _names(self) -> NameIndex:
        names = [candidate.recipient_name for candidate in self.candidates]
        return NameIndex(names, [candidate.gender for candidate in self.candidates])

    @cached_property
    def _nameless(self) -> NDArray[np.bool_]:
        """Those whose names were erased: what was heard speaks neither for nor against them."""
        return np.array([not candidate.recipient_name for candidate in self.candidates], dtype=np.bool_)

    @cached_property
    def _orders(self) -> OrderTable:
        return OrderTable([candidate.orders for candidate in self.candidates])

    def log_likelihoods(self, heard: Heard) -> tuple[Floats, float]:
        """log P(heard | canary), shape (n,), and log P(heard | somebody speaks of a stranger)."""
        heard = Heard(*(value.strip() for value in heard))
        ours, stranger = np.zeros(len(self.candidates)), 0.0
        if heard.name:
            ordinary = self._names.log_ordinary(heard.name)
            ours = ours + np.where(self._nameless, ordinary, self._names.log_likelihood(heard.name))
            stranger += ordinary
        if any(heard[1:]):
            ours_of_orders, strange_order = self._orders.log_likelihood(heard)
            ours, stranger = ours + ours_of_orders, stranger + strange_order
        return ours, stranger

    def match(self, heard: Heard, keep: int | None = KEEP, among: Ints | None = None) -> Ranking:
        """Log ratios against the background caller, of the `keep` best within 12 nats of the best.

        `among` keeps to the candidates at those places, such as those alive when the call came. With
        nothing heard on a shared line all are alike; `keep=None` returns every one of them.
        """
        if not self.candidates:
            return Ranking(np.empty(0, dtype=np.int64), np.empty(0))
        if self.own_line:
            return Ranking(np.zeros(1, dtype=np.int64), np.array([self.confirm(heard, 0)]))
        places = np.arange(len(self.candidates)) if among is None else among
        ours, stranger = self.log_likelihoods(heard)
        ours = ours[places]
        anyone = _log_sum(ours) - np.log(len(ours))
        best = best_first(ours - (np.logaddexp(anyone, stranger) - np.log(2)), keep)
        return Ranking(places[best.indices], best.log_ratios)

    def confirm(self, heard: Heard, place: int) -> float:
        """Log ratio of the one candidate that the line identifies: 0 where what was heard fits, below where not."""
        if not any(heard):
            return 0.0
        ours, stranger = self.log_likelihoods(heard)
        return float(min(0.0, ours[place] - stranger))

    def rank(self, heard: Heard, keep: int | None = KEEP, weights: Floats | None = None) -> WeightedRanking:
        """Log ratios against a stranger only: for the question whose name this is.

        `weights` (sum 1, shape (n,)) share the prior out among the candidates; None: alike.
        """
        if not self.candidates:
            return WeightedRanking(np.empty(0, dtype=np.int64), np.empty(0), -np.inf)
        ours, stranger = self.log_likelihoods(heard)
        shares = np.log(weights) if weights is not None else -np.log(len(self.candidates))
        weighted = ours - stranger + shares
        return WeightedRanking(*best_first(weighted, keep), _log_sum(weighted))


def _log_sum(values: Floats) -> float:
    return float(np.logaddexp.reduce(values))


def best_first(log_ratios: Floats, keep: int | None) -> Ranking:
    """At most `keep` places of the largest values, largest first, none further below the first than 12 nats."""
    # Stable: ties keep the order of the candidates, so the same call always gives the same list.
    top = np.argsort(-log_ratios, kind="stable")[:keep]
    kept = top[log_ratios[top] >= log_ratios[top[0]] - KEEP_WITHIN]
    return Ranking(kept.astype(np.int64), log_ratios[kept])


def match_probabilities(ranking: WeightedRanking, prior_ours: float) -> Posterior:
    """Posterior over the candidates of a ranking and "not ours", with the prior in (0, 1) that one of ours is meant.

    Raises InvalidValue for a prior outside.
    """
    if not 0.0 < prior_ours < 1.0:
        raise InvalidValue("prior_ours", prior_ours, "a probability between 0 and 1, both excluded")
    if not len(ranking.indices):
        return Posterior(np.empty(0), 1.0, None)
    everything = np.logaddexp(ranking.log_sum + np.log(prior_ours), np.log1p(-prior_ours))
    p = np.exp(ranking.log_ratios + np.log(prior_ours) - everything)
    not_ours = float(np.exp(np.log1p(-prior_ours) - everything))
    return Posterior(p, not_ours, 0 if p[0] >= VERDICT else None)
