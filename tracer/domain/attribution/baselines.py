"""Simpler ways to answer the same question, for comparison side by side.

Each gives P(leaked) per channel and sources per call in the shapes of a report.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tracer.domain.attribution.evidence import Bools, Evidence, Floats, Ints
from tracer.domain.report import BACKGROUND, Source


@dataclass(frozen=True, slots=True)
class Baseline:
    """p_leaked (C,) and, per call, its sources summing to one."""

    p_leaked: Floats
    sources: list[tuple[Source, ...]]


@dataclass(frozen=True, slots=True)
class _Routes:
    """For every call of a canary the channels that had been shown it before: flat (call, channel)."""

    call: Ints
    channel: Ints
    canary: Ints


def _routes(evidence: Evidence) -> _Routes:
    """Calls × route channels, with the best-matching canary of each call."""
    matches, shown = evidence.matches, evidence.exposures
    rank = np.lexsort((-matches.log_ratio, matches.call))
    call, first = np.unique(matches.call[rank], return_index=True)
    canary = matches.canary[rank[first]]
    order = np.argsort(shown.canary, kind="stable")
    low = np.searchsorted(shown.canary[order], canary)
    size = np.searchsorted(shown.canary[order], canary, side="right") - low
    who = np.repeat(np.arange(len(call)), size)
    row = order[np.repeat(low, size) + np.arange(len(who)) - np.repeat(np.cumsum(size) - size, size)]
    before = shown.day[row] <= evidence.calls.day[call[who]]
    width = len(evidence.channel_ids)
    key = np.unique(call[who[before]] * width + shown.channel[row[before]])
    of_call = np.full(len(evidence.calls.ids), -1, dtype=np.int64)
    of_call[call] = canary
    return _Routes(key // width, key % width, of_call[key // width])


def counting(evidence: Evidence) -> Baseline:
    """Calls over orders per channel; each call is shared by its route in proportion to that."""
    routes, width = _routes(evidence), len(evidence.channel_ids)
    calls = np.bincount(routes.channel, minlength=width)
    orders = np.bincount(evidence.exposures.channel, minlength=width)
    score = calls / np.maximum(orders, 1)
    return Baseline(np.minimum(score, 1.0), _shared(evidence, routes, score[routes.channel], 0.0))


def guilt(evidence: Evidence, guess: float = 0.1) -> Baseline:
    """Papadimitriou & Garcia-Molina: Pr{G_i|S} = 1 - Π over leaked objects of (1 - (1-p)/|V_t|).

    A canary that was called counts as a leaked object t, V_t are the channels that had it, and
    `guess` is p. Source: Data Leakage Detection, IEEE TKDE 23(1), 2011, equation (7).
    """
    routes, width = _routes(evidence), len(evidence.channel_ids)
    key = np.unique(routes.canary * width + routes.channel)
    canary, channel = key // width, key % width
    holders = np.bincount(canary, minlength=len(evidence.canaries.ids))
    innocent = np.bincount(channel, np.log1p(-(1.0 - guess) / holders[canary]), minlength=width)
    return Baseline(-np.expm1(innocent), _shared(evidence, routes, np.ones(len(routes.call)), guess))


def vote(evidence: Evidence) -> Baseline:
    """Every call votes for the route channels that saw the most of what it said.

    P(leaked) is the share of a channel's calls that it wins.
    """
    routes, width = _routes(evidence), len(evidence.channel_ids)
    seen = np.array([int(p.fields) for p in evidence.profiles], dtype=np.int64)[routes.channel]
    known = evidence.calls.known[routes.call]
    fit = _bits(known & seen) - 0.5 * _bits(known & ~seen) - 0.05 * _bits(seen & ~known)
    weight = np.exp(fit)
    total = np.bincount(routes.call, weight, minlength=len(evidence.calls.ids))
    share = weight / total[routes.call]
    won = np.bincount(routes.channel, share, minlength=width)
    calls = np.bincount(routes.channel, minlength=width)
    return Baseline(won / np.maximum(calls, 1), _shared(evidence, routes, weight, 0.0))


def ncomp(evidence: Evidence, silent: float = 0.5, slack: float = 0.5) -> Baseline:
    """Noisy COMP of group testing: a canary is a test of its channels, and a call makes it positive.

    A channel leaks where at least 1 - silent·(1 + slack) of its tests are positive; `silent` is the
    probability that an order of a leaky channel stays silent. Source: Chan, Che, Jaggi & Saligrama,
    Allerton 2011; Aldridge, Johnson & Scarlett, Group Testing, 2019, section 3.4.
    """
    return _group_test(evidence, _candidates(evidence, silent, slack).astype(np.float64))


def definite_defectives(evidence: Evidence, silent: float = 0.5, slack: float = 0.5) -> Baseline:
    """DD of group testing: of the channels that noisy COMP leaves, those alone in some positive test.

    Source: Aldridge, Baldassini & Johnson, IEEE Trans. Inf. Theory 60(6), 2014.
    """
    candidate = _candidates(evidence, silent, slack)
    routes, width = _routes(evidence), len(evidence.channel_ids)
    key = np.unique(routes.canary * width + routes.channel)
    canary, channel = key // width, key % width
    canary, channel = canary[candidate[channel]], channel[candidate[channel]]
    number = np.bincount(canary, minlength=len(evidence.canaries.ids))
    definite = np.zeros(width)
    definite[channel[number[canary] == 1]] = 1.0
    return _group_test(evidence, definite)


def _candidates(evidence: Evidence, silent: float, slack: float) -> Bools:
    """(C,) whether enough of the canaries that a channel was shown were called after it."""
    routes, shown, width = _routes(evidence), evidence.exposures, len(evidence.channel_ids)
    positive = np.bincount(np.unique(routes.canary * width + routes.channel) % width, minlength=width)
    tests = np.bincount(np.unique(shown.canary * width + shown.channel) % width, minlength=width)
    return np.asarray((positive > 0) & (positive >= (1.0 - silent * (1.0 + slack)) * tests))


def _group_test(evidence: Evidence, leaks: Floats) -> Baseline:
    """A call comes from the leakers of its route in equal shares, and from strangers where there are none."""
    routes = _routes(evidence)
    return Baseline(leaks, _shared(evidence, routes, leaks[routes.channel], 0.0))


def _bits(value: Ints) -> Floats:
    return sum(((value >> i) & 1).astype(np.float64) for i in range(12))  # type: ignore[return-value]  # sum() of arrays is one


def _shared(evidence: Evidence, routes: _Routes, weight: Floats, background: float) -> list[tuple[Source, ...]]:
    """Normalise weights per call; a call without a route is background."""
    total = np.bincount(routes.call, weight, minlength=len(evidence.calls.ids))
    sources: list[list[Source]] = [[] for _ in evidence.calls.ids]
    for call, channel, share in zip(routes.call.tolist(), routes.channel.tolist(), weight.tolist(), strict=True):
        if total[call] > 0:
            p = (1.0 - background) * share / float(total[call])
            sources[call].append(Source(evidence.channel_ids[channel], p))
    rest = np.where(total > 0, background, 1.0).tolist()
    return [
        tuple(sorted((*found, Source(BACKGROUND, p)), key=lambda s: -s.p))
        for found, p in zip(sources, rest, strict=True)
    ]
