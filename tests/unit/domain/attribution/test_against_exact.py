"""The engine against independent, slow and exact arithmetic on tiny campaigns."""

from __future__ import annotations

from dataclasses import replace
from itertools import product
from math import log

import numpy as np
import pytest

from tests.factories.campaigns import MODEL, QUICK, START, Rang, Shown, campaign
from tests.oracles.exact_posterior import NO_BURSTS, canary_likelihood, exact_posterior
from tracer.domain.attribution.background import learn_background
from tracer.domain.attribution.case_tables import subset_log_table
from tracer.domain.attribution.evidence import Evidence
from tracer.domain.attribution.fit import Fit, Fitter
from tracer.domain.attribution.posterior import fold_left
from tracer.domain.fields import Fields

N, P, A, ITEM, R = Fields.NAME, Fields.PHONE, Fields.ADDRESS, Fields.ITEM, Fields.PRICE


def fitted(evidence: Evidence, draws: int) -> Fit:
    fitter = Fitter(evidence, MODEL.other, NO_BURSTS, learn=False)
    return fitter.fit(replace(QUICK, warmup=200, draws=draws, most_draws=draws), np.random.default_rng(3))


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
        assert found == pytest.approx(float(canary_likelihood(evidence, 0, rates, background.call_rate)[0]), rel=1e-9)


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
