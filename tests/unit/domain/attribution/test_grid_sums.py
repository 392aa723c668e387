"""Products before logarithms, and the histogram short cut for many cases, against the plain sum."""

from __future__ import annotations

import numpy as np
import pytest

from tracer.domain.attribution import grid_sums
from tracer.domain.attribution.evidence import Floats, Ints
from tracer.domain.attribution.grid_sums import (
    DEPTH,
    HIGHEST_KNOT,
    KNOTS,
    LOWEST_KNOT,
    STEP,
    WORTH_BINS,
    places_of,
    sums_on_grid,
)

NODES = np.geomspace(2e-4, 0.98, 20)


def plain(target: Ints, targets: int, ratio: Floats) -> Floats:
    """Every logarithm, one by one."""
    found = np.zeros((targets, ratio.shape[1], len(NODES)))
    for place, row in zip(target.tolist(), ratio, strict=True):
        found[place] += np.log1p(-NODES) + np.log1p(NODES / (1 - NODES) * np.exp(row)[:, None])
    return found


@pytest.mark.parametrize("rows", [0, 1, 3, DEPTH, DEPTH + 1, 500])
def test_products_are_the_plain_sum(rows: int) -> None:
    rng = np.random.default_rng(rows)
    target, ratio = rng.integers(0, 7, rows), rng.normal(0, 5, (rows, 3))
    found = sums_on_grid(places_of(target, 9), ratio, NODES)
    assert found == pytest.approx(plain(target, 9, ratio), rel=1e-12, abs=1e-12)
    assert np.all(found[7:] == 0)


def test_very_telling_cases_do_not_overflow() -> None:
    ratio = np.full((2 * DEPTH, 1), 300.0)
    target = np.zeros(2 * DEPTH, dtype=np.int64)
    found = sums_on_grid(places_of(target, 1), ratio, NODES)
    assert found[0, 0] == pytest.approx(2 * DEPTH * (300.0 + np.log(NODES)), rel=1e-12)


def test_many_cases_go_through_the_histogram_within_its_bound() -> None:
    rng = np.random.default_rng(4)
    rows = 2 * WORTH_BINS * len(KNOTS)
    ends = [[HIGHEST_KNOT + 30, LOWEST_KNOT], [HIGHEST_KNOT, 0.0]]
    ratio = np.concatenate((rng.normal(0, 4, (rows - 2, 2)).clip(LOWEST_KNOT), ends))
    places = places_of(rng.integers(0, 2, rows), 2)
    exact = grid_sums._by_products(places, ratio, NODES)
    short = sums_on_grid(places, ratio, NODES)
    assert not np.array_equal(short, exact), "this many rows were meant to take the short cut"
    assert np.abs(short - exact).max() < rows * STEP**2 / 32
