"""How well the chains agree: split R-hat and effective sample size.

Source: Gelman et al., Bayesian Data Analysis (3rd ed.), section 11.4 and 11.5; Geyer 1992.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from tracer.domain.attribution.evidence import Floats

AGREE = 1.05
ENOUGH = 100.0


def split_r_hat(draws: ArrayLike) -> Floats:
    """(C,) split R-hat of (chains, draws, C); 1 where nothing varies, inf where chains disagree for good."""
    halves = _halves(np.asarray(draws, dtype=np.float64))
    length = halves.shape[1]
    if length < 2:
        return np.ones(halves.shape[2])
    within = halves.var(axis=1, ddof=1).mean(axis=0)
    between = length * halves.mean(axis=1).var(axis=0, ddof=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.sqrt((length - 1) / length + between / (length * within))
    flat = np.where(between > 1e-12, np.inf, 1.0)
    return np.asarray(np.where(within > 1e-12, ratio, flat))


def effective_size(draws: ArrayLike) -> Floats:
    """(C,) effective number of independent draws, at most their number; Geyer's initial positive pairs."""
    halves = _halves(np.asarray(draws, dtype=np.float64))
    pieces, length, channels = halves.shape
    if length < 4:
        return np.full(channels, float(pieces * length))
    centred = halves - halves.mean(axis=1, keepdims=True)
    size = 1 << (2 * length - 1).bit_length()
    spectrum = np.abs(np.fft.rfft(centred, size, axis=1)) ** 2
    covariance = np.fft.irfft(spectrum, size, axis=1)[:, :length].mean(axis=0) / length
    within = covariance[0] * length / (length - 1)
    total = within * (length - 1) / length + halves.mean(axis=1).var(axis=0, ddof=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        correlation = 1.0 - (within - covariance) / total
    correlation[0] = 1.0
    pairs = correlation[: length // 2 * 2].reshape(length // 2, 2, channels).sum(axis=1)
    positive = np.cumprod(pairs > 0, axis=0)
    time = np.maximum(2.0 * (pairs * positive).sum(axis=0) - 1.0, 1.0 / np.log10(max(pieces * length, 11)))
    return np.asarray(np.where(total > 1e-12, np.minimum(pieces * length / time, pieces * length), pieces * length))


def _halves(draws: Floats) -> Floats:
    chains, number, channels = draws.shape
    half = number // 2
    if half == 0:
        return draws
    return draws[:, : 2 * half].reshape(2 * chains, half, channels)
