"""The engine against independent, slow and exact arithmetic on tiny campaigns."""

from __future__ import annotations

from dataclasses import replace
from itertools import product
from math import exp, log

import numpy as np
import pytest
from scipy.stats import beta, lognorm

from tests.factories.campaigns import BASE, MODEL, QUICK, START, Rang, Shown, campaign
from tracer.domain.attribution.background import learn_background
from tracer.domain.attribution.case_tables import subset_log_table
from tracer.domain.attribution.evidence import Evidence, Floats
from tracer.domain.attribution.fit import Fit, Fitter
from tracer.domain.attribution.posterior import fold_left
from tracer.domain.channel import KindProfile
from tracer.domain.fields import Fields

NO_BURSTS = replace(MODEL.assumptions, burst_share=0.0, masked_share=1e-12)
EVERYTHING = Fields((1 << 9) - 1)
N, P, A, ITEM, R = Fields.NAME, Fields.PHONE, Fields.ADDRESS, Fields.ITEM, Fields.PRICE


def fitted(evidence: Evidence, draws: int) -> Fit:
    fitter = Fitter(evidence, MODEL.other, NO_BURSTS, learn=False)
    return fitter.fit(replace(QUICK, warmup=200, draws=draws, most_draws=draws), np.random.default_rng(3))


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
            likelihood = likelihood * _canary_likelihood(evidence, k, theta, call_rate)
        share = prior * float((likelihood.mean(axis=tuple(range(channels))) * weight).sum())
        everything += share
        total = [sum_ + share * on for sum_, on in zip(total, z, strict=True)]
    return [sum_ / everything for sum_ in total]


def _canary_likelihood(evidence: Evidence, k: int, theta: list[np.ndarray], call_rate: Floats) -> np.ndarray:
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


CAMPAIGNS = {
    "one channel, silence": (("merchant",), [[Shown(0, 3.0 * n)] for n in range(6)], []),
    "one channel, one telling call": (
        ("merchant",),
        [[Shown(0, 3.0 * n)] for n in range(6)],
        [Rang(2, 9.0, N | ITEM | R)],
    ),
    "two channels explain each other away": (
        ("merchant", "courier"),
        [[Shown(0, 2.0 * n), Shown(1, 2.0 * n + 1)] for n in range(5)] + [[Shown(1, 40.0)], [Shown(0, 41.0)]],
        [Rang(0, 4.0, N | P), Rang(3, 9.5, N | A)],
    ),
    "twins that saw the same at the same time": (
        ("merchant", "merchant"),
        [[Shown(0, 2.0 * n), Shown(1, 2.0 * n)] for n in range(6)],
        [Rang(0, 4.0, N | ITEM), Rang(1, 5.0, N | ITEM), Rang(4, 12.0, N | R)],
    ),
    "three kinds, fields decide": (
        ("platform", "merchant", "courier"),
        [[Shown(0, 5.0 * n), Shown(1, 5.0 * n + 0.1), Shown(2, 5.0 * n + 1)] for n in range(4)] + [[Shown(2, 30.0)]],
        [Rang(1, 9.0, N | R | Fields.ACCOUNT), Rang(1, 60.0), Rang(2, 13.0, N | A)],
    ),
    "four channels on shared routes": (
        ("platform", "merchant", "merchant", "courier"),
        [[Shown(0, 5.0 * n), Shown(1 + n % 2, 5.0 * n + 0.1), Shown(3, 5.0 * n + 1)] for n in range(6)],
        [Rang(1, 9.0, N | ITEM), Rang(3, 18.0, N | ITEM | R), Rang(4, 25.0, N | A)],
    ),
}


@pytest.mark.parametrize("name", CAMPAIGNS)
def test_p_leaked_is_the_exact_posterior(name: str) -> None:
    kinds, routes, calls = CAMPAIGNS[name]
    evidence = campaign(kinds, routes, calls)
    fit = fitted(evidence, 600 if len(kinds) < 4 else 2400)
    exact = exact_posterior(evidence, fit.background.call_rate, 24 if len(kinds) < 4 else 12)
    assert fit.draws.p_leaky[: len(kinds)] == pytest.approx(exact, abs=0.02)


ONE_ORDER = {
    "silent": [],
    "one telling call": [Rang(0, 4.0, N | ITEM)],
    "three calls": [Rang(0, 4.0, N | ITEM), Rang(0, 4.5, N | P | R), Rang(0, 60.0, N | A)],
}


@pytest.mark.parametrize("name", ONE_ORDER)
def test_the_likelihood_of_one_order_is_the_sum_over_its_leakers(name: str) -> None:
    """At any rates, to nine digits: tables folded for loud cells, a factor for each quiet one."""
    route = [Shown(0, 1.0), Shown(1, 1.5), Shown(2, 2.5)]
    evidence = campaign(("platform", "merchant", "courier"), [route], ONE_ORDER[name])
    fitter = Fitter(evidence, MODEL.other, NO_BURSTS, learn=False)
    model = fitter.assumed_model()
    background = learn_background(evidence, np.ones(len(evidence.calls.ids)), NO_BURSTS)
    prepared = fitter.prepare(model, background, None)
    for theta in np.random.default_rng(8).uniform(0.01, 0.99, (20, 4)):
        found = float(np.prod(1 - theta[model.cells.channel] * prepared.loud.probability))
        for group in prepared.groups:
            folded = fold_left(group.counts[None], [theta[None, c] for c in group.channel.T], group.sizes)
            found *= float(folded[0, 0, 0] * np.exp(group.scale[0]))
        rates = [np.array([x]) for x in theta]
        assert found == pytest.approx(float(_canary_likelihood(evidence, 0, rates, background.call_rate)[0]), rel=1e-9)


def test_a_table_is_the_sum_over_every_subset() -> None:
    rng = np.random.default_rng(1)
    ratios, expected = rng.gamma(1.0, 5.0, (7, 4)), rng.gamma(1.0, 1.0, (3, 4))
    case = np.array([0, 0, 1, 1, 1, 2, 2])
    table = subset_log_table(ratios, case, expected)
    for k in range(3):
        for place, members in enumerate(product((0, 1), repeat=4)):
            chosen = [j for j in range(4) if members[j]]
            brute = -sum(expected[k, j] for j in chosen)
            brute += sum(log(1 + sum(ratios[i, j] for j in chosen)) for i in np.flatnonzero(case == k))
            assert table[k, place] == pytest.approx(brute, abs=1e-9)


def test_the_first_day_is_where_the_factory_says() -> None:
    evidence = campaign(("merchant",), [[Shown(0, 4.0)]], [])
    assert evidence.exposures.day.tolist() == [START + 4.0]
