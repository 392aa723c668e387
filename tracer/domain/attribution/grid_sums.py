"""Sums of log(1 - θ + θ·e^s) over many called cases, at every node of the rate grid.

Terms are multiplied up to DEPTH at a time before a logarithm is taken; s above HIGHEST enters by its
linear part, so that no product overflows. Where many cases fall on few targets they are first sorted
into narrow bins of s by linear weights and the function is evaluated once a bin: the error is below
STEP²/32 a case, because the function's second derivative in s is at most 1/4. Above the bins it is
linear in s, and no case lies below them: s is at least minus the calls that a leak would have drawn.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tracer.domain.attribution.evidence import Floats, Ints

DEPTH = 16
HIGHEST = 40.0
STEP = 1.0 / 16.0
LOWEST_KNOT, HIGHEST_KNOT = -8.0, 20.0
LARGEST_HISTOGRAM = 1 << 23
WORTH_BINS = 4
BLOCK = 1 << 9
KNOTS = np.arange(LOWEST_KNOT, HIGHEST_KNOT + STEP / 2, STEP)


@dataclass(frozen=True, slots=True)
class Places:
    """Which of the T targets each row adds to, cut into pieces of up to DEPTH rows of one target.

    target (rows,); rows (pieces, DEPTH) row numbers, longest pieces first, padded with the number of rows;
    longer (DEPTH,) how many pieces have a row at each depth; order (pieces,) the pieces by target;
    filled, begin   the targets that have rows, and where each begins in that order
    """

    targets: int
    target: Ints
    rows: Ints
    longer: Ints
    order: Ints
    filled: Ints
    begin: Ints


def places_of(target: Ints, targets: int) -> Places:
    """The pieces for (rows,) targets below `targets`."""
    number = len(target)
    rank = np.argsort(target, kind="stable")
    ranked = target[rank]
    start = np.searchsorted(ranked, ranked)
    place = np.arange(number) - start
    first = np.flatnonzero(place % DEPTH == 0)
    piece = np.searchsorted(first, np.arange(number), side="right") - 1
    length = np.bincount(piece, minlength=len(first))
    longest = np.argsort(-length, kind="stable")
    where = np.empty(len(first), dtype=np.int64)
    where[longest] = np.arange(len(first))
    rows = np.full((len(first), DEPTH), number, dtype=np.int64)
    rows[where[piece], place % DEPTH] = rank
    filled, begin = np.unique(ranked[first], return_index=True)
    longer = (length[:, None] > np.arange(DEPTH)).sum(axis=0)
    return Places(targets, target, rows, longer, where, filled, begin)


def sums_on_grid(places: Places, log_ratio: Floats, nodes: Floats) -> Floats:
    """(targets, chains, G) of the (rows, chains) log ratios s of leaking to not, added up by target."""
    rows, chains = log_ratio.shape
    cells = places.targets * len(KNOTS)
    if rows < WORTH_BINS * cells or cells * chains > LARGEST_HISTOGRAM:
        return _by_products(places, log_ratio, nodes)
    return _by_histogram(places, log_ratio, nodes)


def _by_products(places: Places, log_ratio: Floats, nodes: Floats) -> Floats:
    rows, chains = log_ratio.shape
    total = np.zeros((places.targets, chains, len(nodes)))
    if not rows:
        return total
    value = np.zeros((rows + 1, chains))
    np.exp(np.minimum(log_ratio, HIGHEST), out=value[:rows])
    value[:rows] -= 1.0
    product = np.ones((len(places.rows), chains, len(nodes)))
    for start in range(0, len(product), BLOCK):
        part = product[start : start + BLOCK]
        for depth, longer in enumerate(places.longer.tolist()):
            number = min(longer - start, len(part))
            if number <= 0:
                break
            term = value[places.rows[start : start + number, depth], :, None] * nodes
            term += 1.0
            part[:number] *= term
        np.log(part, out=part)
    total[places.filled] = np.add.reduceat(product[places.order], places.begin, axis=0)
    return total + _beyond(places, log_ratio, HIGHEST)


def _beyond(places: Places, log_ratio: Floats, top: float) -> Floats:
    """(targets, chains, 1) what lies above `top`, added up: there the function is linear in s."""
    found = np.zeros((places.targets, log_ratio.shape[1], 1))
    row, chain = np.nonzero(log_ratio > top)
    np.add.at(found[..., 0], (places.target[row], chain), log_ratio[row, chain] - top)
    return found


def _by_histogram(places: Places, log_ratio: Floats, nodes: Floats) -> Floats:
    chains = log_ratio.shape[1]
    place = np.clip((log_ratio - LOWEST_KNOT) / STEP, 0.0, len(KNOTS) - 1.0)
    low = np.minimum(place.astype(np.int64), len(KNOTS) - 2)
    part = (place - low).ravel()
    row = places.target[:, None] * chains + np.arange(chains)
    key = (row * len(KNOTS) + low).ravel()
    size = places.targets * chains * len(KNOTS)
    weight = np.bincount(key, 1.0 - part, minlength=size) + np.bincount(key + 1, part, minlength=size)
    table = np.log1p(np.expm1(KNOTS)[:, None] * nodes)
    total = weight.reshape(places.targets * chains, len(KNOTS)) @ table
    return np.asarray(total.reshape(places.targets, chains, len(nodes)) + _beyond(places, log_ratio, HIGHEST_KNOT))
