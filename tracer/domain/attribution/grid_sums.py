"""Sums of log(1 - θ + θ·e^s) over many called cases, at every node of the rate grid.

For few cases every logarithm is taken. For many, cases are first sorted into narrow bins of s by
linear weights and the function is evaluated once a bin: the error is below STEP²/32 a case, because
the function's second derivative in s is at most 1/4. Above the bins it is linear in s, and no
case lies below them: s is at least minus the calls that a leak would have drawn.
"""

from __future__ import annotations

import numpy as np

from tracer.domain.attribution.evidence import Floats, Ints

STEP = 1.0 / 16.0
LOWEST, HIGHEST = -8.0, 20.0
LARGEST_HISTOGRAM = 1 << 23
KNOTS = np.arange(LOWEST, HIGHEST + STEP / 2, STEP)


def sums_on_grid(target: Ints, targets: int, log_ratio: Floats, nodes: Floats) -> Floats:
    """(targets, chains, G) of the (rows, chains) log ratios s of leaking to not, added up by target (rows,)."""
    rows, chains = log_ratio.shape
    cells = targets * len(KNOTS)
    if rows * 8 < cells or cells * chains > LARGEST_HISTOGRAM:
        return _every_logarithm(target, targets, log_ratio, nodes)
    return _by_histogram(target, targets, log_ratio, nodes)


def _every_logarithm(target: Ints, targets: int, log_ratio: Floats, nodes: Floats) -> Floats:
    rows, chains = log_ratio.shape
    value = np.expm1(np.minimum(log_ratio, 600.0))
    log = np.log1p(np.maximum(value[..., None] * nodes, -1.0 + 1e-15)).reshape(rows, chains * len(nodes))
    rank = np.argsort(target, kind="stable")
    begin = np.flatnonzero(np.diff(target[rank], prepend=-1))
    total = np.zeros((targets, chains * len(nodes)))
    if rows:
        total[target[rank][begin]] = np.add.reduceat(log[rank], begin, axis=0)
    return total.reshape(targets, chains, len(nodes))


def _by_histogram(target: Ints, targets: int, log_ratio: Floats, nodes: Floats) -> Floats:
    chains = log_ratio.shape[1]
    place = np.clip((log_ratio - LOWEST) / STEP, 0.0, len(KNOTS) - 1.0)
    low = np.minimum(place.astype(np.int64), len(KNOTS) - 2)
    part = (place - low).ravel()
    row = target[:, None] * chains + np.arange(chains)
    key = (row * len(KNOTS) + low).ravel()
    size = targets * chains * len(KNOTS)
    weight = np.bincount(key, 1.0 - part, minlength=size) + np.bincount(key + 1, part, minlength=size)
    table = np.log1p(np.expm1(KNOTS)[:, None] * nodes)
    total = weight.reshape(targets * chains, len(KNOTS)) @ table
    beyond = np.bincount(row.ravel(), np.maximum(log_ratio - HIGHEST, 0.0).ravel(), minlength=targets * chains)
    return np.asarray((total + beyond[:, None]).reshape(targets, chains, len(nodes)))
