"""Hours in which strangers ring far more lines than usual: one campaign of theirs is one event, not many.

Lines count, not calls: who redials one line makes no burst. And only calls that were answered and whose
caller knew nothing do: those who buy data ring in campaigns as well.
Time is cut into windows of some hours. In most of them background calls come at the lines' own rates;
in a few, whose share is learned, at a multiple of them. A call is judged by the *other* lines of its
window, so that no call explains itself. Source: project domain, "background comes in bursts";
a Poisson rate with a spike at the usual and a log-uniform multiple beside it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import expit

from tracer.domain.attribution.evidence import Floats, Ints, Lines

WINDOW = 0.25
MULTIPLES = np.geomspace(2.0, 500.0, 21)
SHARE, FIRMNESS = 0.01, 50.0
ROUNDS = 10
BLOCK = 1 << 16
FEWEST = 3


@dataclass(frozen=True, slots=True)
class Span:
    """Some windows one after the other: days, lines that strangers rang in them, and how many times what is usual."""

    start: float
    end: float
    lines: float
    multiple: float


@dataclass(frozen=True, slots=True)
class Bursts:
    """W windows of WINDOW days from `origin`: lines that strangers rang, counted and expected, and P(a burst)."""

    origin: float
    count: Floats
    expected: Floats
    share: float

    def multiple(self, day: Floats, without: Floats) -> Floats:
        """(N,) posterior mean of how many times the usual rate strangers rang at each `day`; 1 outside all windows.

        `without` (N,) is how much of its window's count each call's own line is.
        """
        place = np.floor((day - self.origin) / WINDOW)
        inside = (place >= 0) & (place < len(self.count))
        found = np.ones(len(day))
        if inside.any():
            at = place[inside].astype(np.int64)
            rest = np.maximum(self.count[at] - without[inside], 0.0)
            found[inside] = _means(rest, self.expected[at], self.share)
        return found

    def window_multiples(self) -> Floats:
        """(W,) the same for every window as a whole."""
        return _means(self.count, self.expected, self.share)

    def spans(self, least: float) -> list[Span]:
        """Runs of windows in which strangers rang at least `least` times as many lines as usual, most lines first.

        Each of them FEWEST lines or more.
        """
        high = np.append((self.window_multiples() >= least) & (self.count >= FEWEST), False)
        edge = np.flatnonzero(np.diff(high, prepend=False))
        found = []
        for first, stop in edge.reshape(-1, 2).tolist():
            lines, usual = float(self.count[first:stop].sum()), float(self.expected[first:stop].sum())
            start, end = self.origin + WINDOW * first, self.origin + WINDOW * stop
            found.append(Span(start, end, lines, lines / max(usual, 1e-12)))
        return sorted(found, key=lambda span: -span.lines)

    def extra_days(self, start: Floats, end: Floats) -> Floats:
        """(L,) by how much watching between two days counts more than its length, for the bursts in it."""
        if len(self.count) == 0:
            return np.zeros(len(start))
        edges = self.origin + WINDOW * np.arange(len(self.count) + 1)
        grown = np.append(0.0, np.cumsum((self.window_multiples() - 1.0) * WINDOW))
        return np.asarray(np.interp(end, edges, grown) - np.interp(start, edges, grown))


def no_bursts() -> Bursts:
    """Strangers ring evenly."""
    none = np.zeros(0)
    return Bursts(0.0, none, none, 0.0)


def own_line(day: Floats, line: Ints, weight: Floats) -> Floats:
    """(N,) what the line of each call counts for in its window: the largest weight of a call on it there."""
    window = np.floor(day / WINDOW).astype(np.int64)
    window -= window.min(initial=0)
    key = line * (int(window.max(initial=0)) + 1) + window
    different, which = np.unique(key, return_inverse=True)
    most = np.zeros(len(different))
    np.maximum.at(most, which, weight)
    return np.asarray(most[which])


def learn_bursts(day: Floats, line: Ints, weight: Floats, lines: Lines, line_rate: Floats) -> Bursts:
    """Count the windows; day, line, weight (N,) of the calls, a weight being P(a stranger who knew nothing).

    line_rate (L,) such calls a day on each line without bursts.
    """
    if len(line_rate) == 0 or len(day) == 0:
        return no_bursts()
    origin = float(np.floor(lines.start.min() / WINDOW) * WINDOW)
    windows = int(np.ceil((np.maximum(lines.end, lines.start).max() - origin) / WINDOW)) + 1
    edges: Floats = np.asarray(origin + WINDOW * np.arange(windows + 1), dtype=np.float64)
    expected = np.diff(_grown(edges, lines, line_rate))
    place = np.floor((day - origin) / WINDOW).astype(np.int64)
    inside = (place >= 0) & (place < windows)
    weight = _once(day, line, weight)
    count = np.asarray(np.bincount(place[inside], weight[inside], minlength=windows), dtype=np.float64)
    share = SHARE
    for _ in range(ROUNDS):
        share = (SHARE * FIRMNESS + float(_burst_odds(count, expected, share)[0].sum())) / (FIRMNESS + windows)
    return Bursts(origin, count, expected, share)


def _once(day: Floats, line: Ints, weight: Floats) -> Floats:
    """The weights with only the first of the largest kept of each line and window."""
    kept = np.zeros(len(weight))
    order = np.lexsort((-weight, np.floor(day / WINDOW), line))
    new = np.append(True, (np.diff(line[order]) != 0) | (np.diff(np.floor(day[order] / WINDOW)) != 0))
    kept[order[new]] = weight[order[new]]
    return kept


def _grown(days: Floats, lines: Lines, rate: Floats) -> Floats:
    """(D,) calls expected on all lines up to each day."""

    def since(moments: Floats) -> Floats:
        rank = np.argsort(moments, kind="stable")
        place = np.searchsorted(moments[rank], days)
        total = np.append(0.0, np.cumsum(rate[rank]))[place]
        weighted = np.append(0.0, np.cumsum((rate * moments)[rank]))[place]
        return np.asarray(days * total - weighted)

    return np.asarray(since(lines.start) - since(np.maximum(lines.end, lines.start)))


def _means(count: Floats, expected: Floats, share: float) -> Floats:
    found = np.empty(len(count))
    for start in range(0, len(count), BLOCK):
        part = slice(start, start + BLOCK)
        p, mean = _burst_odds(count[part], expected[part], share)
        found[part] = 1.0 - p + p * mean
    return found


def _burst_odds(count: Floats, expected: Floats, share: float) -> tuple[Floats, Floats]:
    """(W,) P(burst) and the mean multiple if there is one, given each window's count and expectation."""
    told = count[:, None] * np.log(MULTIPLES) - expected[:, None] * (MULTIPLES - 1.0)
    top = told.max(axis=1, keepdims=True)
    weight = np.exp(told - top)
    total = weight.sum(axis=1)
    odds = np.log(share) - np.log1p(-share) + top[:, 0] + np.log(total / len(MULTIPLES))
    return np.asarray(expit(odds)), np.asarray(weight @ MULTIPLES / total)
