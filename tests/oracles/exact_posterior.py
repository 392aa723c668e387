"""P(leaked) by independent, slow and exact arithmetic on tiny campaigns: sums over every case, no engine."""

from __future__ import annotations

from dataclasses import replace
from itertools import product
from math import exp, log

import numpy as np
from scipy.stats import beta, lognorm

from tests.factories.campaigns import BASE, MODEL
from tracer.domain.attribution.evidence import Evidence, Floats
from tracer.domain.channel import KindProfile
from tracer.domain.fields import Fields

NO_BURSTS = replace(MODEL.assumptions, burst_share=0.0, masked_share=1e-12)
EVERYTHING = Fields((1 << 9) - 1)


def density(profile: KindProfile, days: float) -> float:
    """Independent delay density: log-normal and uniform tail."""
    d = profile.delay
    fast = lognorm.pdf(days, d.sigma, scale=exp(d.log_median_days))
    slow = 1 / (d.slow_until_days - d.slow_from_days) if d.slow_from_days <= days < d.slow_until_days else 0.0
    spot = 1 / d.early_days if days < d.early_days else 0.0
    return float((1 - d.slow_share - d.early_share) * fast + d.slow_share * slow + d.early_share * spot)


def reached(profile: KindProfile, days: float) -> float:
    d = profile.delay
    slow = min(max((days - d.slow_from_days) / (d.slow_until_days - d.slow_from_days), 0), 1)
    fast = float(lognorm.cdf(days, d.sigma, scale=exp(d.log_median_days)))
    return (1 - d.slow_share - d.early_share) * fast + d.slow_share * slow + d.early_share * min(days / d.early_days, 1)


def said_factor(profile: KindProfile, seen: Fields, known: Fields) -> float:
    """Π_f P(said or not | seen) / P(… | a stranger), with every value either said in full or not at all."""
    epsilon, factor = NO_BURSTS.epsilon, 1.0
    for name in BASE:
        flag = Fields[name.upper()]
        ways = 2 if name == "name" else 3 if name == "phone" else 1  # masked forms are said by chance as well
        chance, silence = epsilon, 1 - ways * epsilon
        if seen & flag:
            q = profile.mention[name]
            total = q + ways * epsilon
            shrink = min(1.0, (1 - epsilon) / total)
            said = (q + epsilon) * shrink
            factor *= said / chance if known & flag else (1 - total * shrink) / silence
    return factor


def exact_posterior(evidence: Evidence, call_rate: Floats, nodes: int = 24) -> list[float]:
    """P(z_c) by summing over every z and over equally weighted quantiles of each rate.

    `other` is rare or common, each with quantiles of its own. call_rate (N,) is the background rate at each call.
    """
    channels = len(evidence.channel_ids)
    middle = (np.arange(nodes) + 0.5) / nodes
    a, b = NO_BURSTS.other_mean * NO_BURSTS.other_strength, (1 - NO_BURSTS.other_mean) * NO_BURSTS.other_strength
    common = NO_BURSTS.other_common
    outside = np.concatenate((beta.ppf(middle, a, b), beta.ppf(middle, 1, 1 / NO_BURSTS.other_common_mean - 1)))
    weight = np.repeat([1 - common, common], nodes) / nodes
    grid = [beta.ppf(middle, p.rate_a, p.rate_b) for p in evidence.profiles] + [outside]
    total, everything = [0.0] * channels, 0.0
    for z in product((0, 1), repeat=channels):
        pairs = zip(evidence.profiles, z, strict=True)
        prior = float(np.prod([p.prior_leaky if on else 1 - p.prior_leaky for p, on in pairs]))
        theta = np.meshgrid(*[grid[c] if on else np.zeros(1) for c, on in enumerate((*z, 1))], indexing="ij")
        likelihood = np.ones(theta[0].shape)
        for k in range(len(evidence.canaries.ids)):
            likelihood = likelihood * canary_likelihood(evidence, k, theta, call_rate)
        share = prior * float((likelihood.mean(axis=tuple(range(channels))) * weight).sum())
        everything += share
        total = [sum_ + share * on for sum_, on in zip(total, z, strict=True)]
    return [sum_ / everything for sum_ in total]


def canary_likelihood(evidence: Evidence, k: int, theta: list[np.ndarray], call_rate: Floats) -> np.ndarray:
    """The likelihood of one canary's calls at the rates, up to what no rate changes: a sum over its leakers."""
    shown, calls, other = evidence.exposures, evidence.calls, len(evidence.channel_ids)
    mine = evidence.matches.call[evidence.matches.canary == k]
    cells = [
        (int(shown.channel[r]), float(shown.day[r]), Fields(int(shown.fields[r])))
        for r in np.flatnonzero(shown.canary == k)
    ]
    cells.append((other, float(evidence.canaries.start[k]), EVERYTHING))
    profiles = [*evidence.profiles, MODEL.other]
    value = np.zeros(theta[0].shape)
    for leakers in product((0, 1), repeat=len(cells)):
        weight, log_term = np.ones(theta[0].shape), 0.0
        for (c, day, _), leaked in zip(cells, leakers, strict=True):
            weight = weight * (theta[c] if leaked else 1 - theta[c])
            watched = float(evidence.canaries.end[k]) - day
            log_term -= leaked * profiles[c].calls_per_leak * reached(profiles[c], watched)
        for call in mine:
            intensity = float(call_rate[call])
            for (c, day, seen), leaked in zip(cells, leakers, strict=True):
                days = float(calls.day[call]) - day
                if leaked and days >= 0:
                    reach = 1.0 if seen & Fields.PHONE else NO_BURSTS.reach_without_phone
                    factor = said_factor(profiles[c], seen, Fields(int(calls.known[call])))
                    intensity += profiles[c].calls_per_leak * density(profiles[c], days) * reach * factor
            log_term += log(intensity / float(call_rate[call]))
        value = value + weight * exp(log_term)
    return value
