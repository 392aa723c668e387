"""The histogram short cut for many cases against taking every logarithm."""

from __future__ import annotations

import numpy as np
import pytest

from tracer.domain.attribution import grid_sums
from tracer.domain.attribution.grid_sums import HIGHEST, KNOTS, LOWEST, STEP, sums_on_grid

NODES = np.geomspace(2e-4, 0.98, 20)


def test_every_logarithm_is_the_plain_sum() -> None:
    target, ratio = np.array([1, 0, 1]), np.array([[0.3], [-2.0], [5.0]])
    found = sums_on_grid(target, 3, ratio, NODES)
    plain = np.log(1 - NODES + NODES * np.exp(ratio))
    assert found[0, 0] == pytest.approx(plain[1])
    assert found[1, 0] == pytest.approx(plain[0] + plain[2])
    assert np.all(found[2] == 0)


def test_many_cases_go_through_the_histogram_within_its_bound() -> None:
    rng = np.random.default_rng(4)
    rows = len(KNOTS)
    ratio = np.concatenate((rng.normal(0, 4, (rows - 2, 2)).clip(LOWEST), [[HIGHEST + 30, LOWEST], [HIGHEST, 0.0]]))
    target = rng.integers(0, 2, rows)
    exact = grid_sums._every_logarithm(target, 2, ratio, NODES)
    short = sums_on_grid(target, 2, ratio, NODES)
    assert not np.array_equal(short, exact), "this many rows were meant to take the short cut"
    assert np.abs(short - exact).max() < rows * STEP**2 / 32
