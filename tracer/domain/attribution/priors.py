"""What a campaign teaches of its own priors: how many channels leak, and how alike the leaky ones are.

Empirical Bayes within bounds around the configured priors; all kinds move together, because what
differs between campaigns is the trade in data that they look at. A campaign that teaches nothing
leaves the priors where they are.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy.special import betainc

from tracer.domain.attribution.evidence import Floats
from tracer.domain.channel import KindProfile

SPREAD = 0.7
WIDEST = float(np.log(4.0))
SHIFTS = np.linspace(-2.0, 2.0, 81)
MEAN_SPREAD, ALIKE_SPREAD = 0.4, 0.5
MEANS = np.linspace(-0.8, 0.8, 9)
ALIKE = np.geomspace(0.5, 4.0, 10)
MOST_CERTAIN = 30.0
MOST_LIKELY = 0.999
LEAST_MASS = 1e-12


@dataclass(frozen=True, slots=True)
class LeakPriors:
    """(C,) P(leaks at all) before a channel's own data.

    cautious  a doubter's: half of what is in force, and no more than was configured, so that nobody is named
    only for what others did
    """

    in_force: Floats
    cautious: Floats

    def scaled(self, factor: float) -> LeakPriors:
        """Both times `factor`, never certain."""
        return LeakPriors(*(np.minimum(prior * factor, MOST_LIKELY) for prior in (self.in_force, self.cautious)))


def leak_priors(in_force: Sequence[KindProfile], configured: Sequence[KindProfile]) -> LeakPriors:
    """The priors of channels whose profiles were moved from what is configured."""
    now, before = (np.array([p.prior_leaky for p in profiles], dtype=np.float64) for profiles in (in_force, configured))
    return LeakPriors(now, np.minimum(now / 2.0, before))


@dataclass(frozen=True, slots=True)
class Priors:
    """Moves of the configured priors.

    leaky   (C,) shift of the log odds of "leaks at all", for each channel what the others teach
    mean    shift of the log odds of the mean leak rate; alike  factor on the strength a + b of its beta
    """

    leaky: Floats
    mean: float = 0.0
    alike: float = 1.0

    def moved(self, profiles: Sequence[KindProfile]) -> list[KindProfile]:
        """The profiles of the C channels with their priors as they are in this campaign."""
        found = []
        for profile, shift in zip(profiles, self.leaky.tolist(), strict=True):
            a, b = beta_shape(profile, self.mean, self.alike)
            prior = float(_shifted(profile.prior_leaky, shift))
            found.append(replace(profile, prior_leaky=prior, rate_a=a, rate_b=b))
        return found


def no_moves(channels: int) -> Priors:
    """The configured priors of so many channels."""
    return Priors(np.zeros(channels))


def beta_shape(profile: KindProfile, mean: float, alike: float) -> tuple[float, float]:
    """(a, b) of the moved beta of a kind's leak rates."""
    strength = profile.rate_a + profile.rate_b
    centre = float(_shifted(profile.rate_a / strength, mean))
    return centre * strength * alike, (1.0 - centre) * strength * alike


def learn_priors(
    profiles: Sequence[KindProfile], current: Priors, p_leaky: Floats, joint: Floats, edges: Floats
) -> Priors:
    """The priors after a run under `current`: p_leaky (C,), joint (C, J, G) times P(leaky), of the channels alone.

    edges (G+1,) of the rate grid.
    """
    if not len(profiles):
        return current
    configured = np.array([profile.prior_leaky for profile in profiles])
    mean, alike = _rate_shape(profiles, current, p_leaky, joint.sum(axis=1), edges)
    return Priors(leaky=_leaky_shifts(configured, current.leaky, p_leaky), mean=mean, alike=alike)


def _leaky_shifts(configured: Floats, current: Floats, p_leaky: Floats) -> Floats:
    """(C,) the shifts to the mean prior over the posterior of the common shift, given the other channels.

    They are taken from where the mean lies before any data, so that a campaign that teaches nothing moves nothing.
    Each channel enters by its Bayes factor, and is left out for itself: the mean prior times its own factor is
    then what averaging over the common shift gives, where channels share no called case; those that explain the
    same calls lift each other a little.
    """
    factor = np.clip(_log_odds(p_leaky) - _log_odds(_shifted(configured, current)), -MOST_CERTAIN, MOST_CERTAIN)
    pi = _shifted(configured[:, None], SHIFTS[None, :])
    told = np.log1p(pi * np.expm1(factor)[:, None])
    before = -0.5 * (SHIFTS / SPREAD) ** 2
    shift = _expected(pi, told.sum(axis=0) - told + before) - _expected(pi, before[None, :])
    return np.asarray(np.clip(shift, -WIDEST, WIDEST))


def _expected(pi: Floats, log_weight: Floats) -> Floats:
    """(C,) log odds of the mean of (C, S) probabilities."""
    weight = np.exp(log_weight - log_weight.max(axis=1, keepdims=True))
    return _log_odds((weight * pi).sum(axis=1) / weight.sum(axis=1))


def _rate_shape(
    profiles: Sequence[KindProfile], current: Priors, p_leaky: Floats, by_node: Floats, edges: Floats
) -> tuple[float, float]:
    """Posterior mode of (mean, alike) on a grid, from the channels' posteriors by node (C, G), times P(leaky).

    A channel's likelihood under other rates is its posterior reweighted by new prior over current: one that
    nobody used says nothing, however many there are.
    """
    shapes = sorted({(profile.rate_a, profile.rate_b) for profile in profiles})
    which = np.array([shapes.index((profile.rate_a, profile.rate_b)) for profile in profiles])
    example = [next(p for p in profiles if (p.rate_a, p.rate_b) == shape) for shape in shapes]
    now = [_mass(profile, current.mean, current.alike, edges) for profile in example]
    best, found = -np.inf, (0.0, 1.0)
    for mean in MEANS.tolist():
        for alike in ALIKE.tolist():
            score = -0.5 * (mean / MEAN_SPREAD) ** 2 - 0.5 * (np.log(alike) / ALIKE_SPREAD) ** 2
            for number, profile in enumerate(example):
                here = which == number
                told = by_node[here] @ (_mass(profile, mean, alike, edges) / now[number])
                score += float(np.log(np.maximum(1.0 - p_leaky[here] + told, 1e-300)).sum())
            if score > best:
                best, found = score, (mean, alike)
    return found


def _mass(profile: KindProfile, mean: float, alike: float, edges: Floats) -> Floats:
    return np.maximum(np.diff(betainc(*beta_shape(profile, mean, alike), edges)), LEAST_MASS)


def _log_odds(p: Floats) -> Floats:
    clipped = np.clip(p, 1e-15, 1.0 - 1e-15)
    return np.asarray(np.log(clipped) - np.log1p(-clipped))


def _shifted(p: Floats | float, shift: Floats | float) -> Floats:
    """A probability with its log odds shifted."""
    odds = np.asarray(p) / (1.0 - np.asarray(p)) * np.exp(shift)
    return np.asarray(odds / (1.0 + odds))
