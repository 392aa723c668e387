"""R-hat and effective sample size on chains whose answers are known."""

from __future__ import annotations

import numpy as np
import pytest

from tracer.domain.attribution.diagnostics import effective_size, split_r_hat


def test_independent_draws_agree_and_count_in_full() -> None:
    draws = np.random.default_rng(1).normal(size=(4, 400, 3))
    assert split_r_hat(draws).max() < 1.02
    assert effective_size(draws).min() > 1000


def test_chains_that_stay_apart_are_told() -> None:
    draws = np.random.default_rng(2).normal(size=(4, 200, 1))
    draws[0] += 4.0
    assert split_r_hat(draws)[0] > 1.3
    stuck = np.zeros((2, 50, 1))
    stuck[1] = 1.0
    assert np.isinf(split_r_hat(stuck)[0])


def test_a_sticky_chain_counts_for_less() -> None:
    rng, rho = np.random.default_rng(3), 0.9
    draws = np.zeros((4, 2000, 1))
    for t in range(1, 2000):
        draws[:, t] = rho * draws[:, t - 1] + rng.normal(size=(4, 1))
    assert effective_size(draws)[0] == pytest.approx(8000 * (1 - rho) / (1 + rho), rel=0.35)


def test_what_never_varies_is_settled() -> None:
    assert split_r_hat(np.ones((2, 20, 1)))[0] == 1.0
    assert effective_size(np.ones((2, 20, 1)))[0] == 40
