"""What a campaign teaches of how many channels leak and how alike they are."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import numpy as np
import pytest
from scipy.stats import beta

from tests.factories.campaigns import MODEL
from tracer.domain.attribution.evidence import Floats
from tracer.domain.attribution.priors import Priors, leak_priors, learn_priors, no_moves
from tracer.domain.attribution.rates import rates_of
from tracer.domain.channel import KindProfile

SHOP = MODEL.channels.kind("merchant")
RATES = rates_of([SHOP], MODEL.assumptions, (0.0, 1.0), 0.0)


def peaked(rates: Floats) -> Floats:
    """(n, 1, G) posteriors that know each rate well."""
    place = np.searchsorted(RATES.edges, rates) - 1
    joint = np.zeros((len(rates), 1, len(RATES.nodes)))
    joint[np.arange(len(rates)), 0, place] = 1.0
    return joint


def learnt(p: Floats, joint: Floats | None = None, current: Priors | None = None) -> Priors:
    profiles: list[KindProfile] = [SHOP] * len(p)
    flat = np.exp(RATES.log_prior[:1])[:, None, :].repeat(len(p), axis=0)
    told = flat * p[:, None, None] if joint is None else joint
    return learn_priors(profiles, current or no_moves(len(p)), p, told, RATES.edges)


def test_channels_that_say_nothing_leave_the_prior_where_it_is() -> None:
    assert learnt(np.full(40, SHOP.prior_leaky)).leaky == pytest.approx(0.0, abs=1e-9)
    none = learn_priors([], no_moves(0), np.zeros(0), np.zeros((0, 1, 40)), RATES.edges)
    assert (none.leaky.size, none.mean, none.alike) == (0, 0.0, 1.0)


def test_many_leakers_raise_it_many_silent_ones_lower_it_within_bounds() -> None:
    leaky, silent = np.full(30, 1 - 1e-12), np.full(30, 1e-9)
    mixed = learnt(np.concatenate((leaky[:10], silent))).leaky
    assert ((mixed > 0.7) & (mixed <= np.log(4))).all()
    assert ((learnt(leaky).leaky > 1.3) & (learnt(leaky).leaky <= np.log(4))).all()
    lower = [learnt(silent[:n]).leaky.mean() for n in (2, 5, 30)]
    assert 0 > lower[0] > lower[1] > lower[2] >= -np.log(4)


def test_a_channel_teaches_the_others_and_not_itself() -> None:
    one_leaks = learnt(np.array([1 - 1e-12, *[SHOP.prior_leaky] * 5])).leaky
    assert one_leaks[0] == pytest.approx(0.0, abs=1e-9)
    assert (one_leaks[1:] > 0.2).all()


def test_odds_are_those_of_averaging_over_the_common_shift() -> None:
    """Three channels with known Bayes factors, summed over who leaks and over the shift."""
    factor, prior = np.array([20.0, 3.0, 0.4]), SHOP.prior_leaky
    odds = prior / (1 - prior) * factor
    shifts = learnt(odds / (1 + odds)).leaky
    found = prior / (1 - prior) * np.exp(shifts) * factor
    grid = np.linspace(-2, 2, 4001)
    weight = np.exp(-0.5 * (grid / 0.7) ** 2)
    before = (weight / (1 + (1 - prior) / prior * np.exp(-grid))).sum() / weight.sum()
    pi = 1 / (1 + (1 - prior) / prior * np.exp(-grid) * (before / (1 - before)) * ((1 - prior) / prior))
    leaked, total = np.zeros(3), 0.0
    for z in product((0, 1), repeat=3):
        on = np.array(z)[:, None]
        p = float(np.where(on, pi * factor[:, None], 1 - pi).prod(axis=0) @ weight)
        leaked += np.where(z, p, 0.0)
        total += p
    assert found / (1 + found) == pytest.approx(leaked / total, abs=0.003)


def test_the_share_is_learned_from_bayes_factors_not_from_the_prior_itself() -> None:
    """A second round under the moved prior, with the same evidence, gives the same shift."""
    factor = np.concatenate((np.full(4, 1e9), np.full(20, 0.05)))

    def posterior(prior: float | Floats) -> Floats:
        odds = prior / (1 - prior) * factor
        return np.asarray(odds / (1 + odds))

    first = learnt(posterior(SHOP.prior_leaky))
    moved = np.array([one.prior_leaky for one in first.moved([SHOP] * len(factor))])
    again = learnt(posterior(moved), current=first)
    assert again.leaky == pytest.approx(first.leaky, abs=1e-6)


@pytest.mark.parametrize(("a", "b"), [(1.0, 1.5), (4.0, 6.0), (4.0, 14.0)])
def test_the_rates_of_many_leakers_teach_their_distribution(a: float, b: float) -> None:
    rates = beta.ppf((np.arange(300) + 0.5) / 300, a, b)
    moved = learnt(np.ones(300), peaked(rates)).moved([SHOP] * 300)[0]
    strength = moved.rate_a + moved.rate_b
    assert moved.rate_a / strength == pytest.approx(a / (a + b), abs=0.06)
    assert strength == pytest.approx(a + b, rel=0.45)


def test_a_few_leakers_teach_little() -> None:
    found = learnt(np.ones(2), peaked(np.array([0.39, 0.41])))
    assert 1.0 <= found.alike < 2.0


def test_a_doubter_halves_the_prior_and_goes_no_higher_than_configured() -> None:
    moved = [replace(SHOP, prior_leaky=p) for p in (0.2, 0.1, 0.02)]
    priors = leak_priors(moved, [SHOP] * 3)
    assert priors.in_force.tolist() == [0.2, 0.1, 0.02]
    assert priors.cautious == pytest.approx([SHOP.prior_leaky, 0.05, 0.01])
    assert priors.scaled(2.0).cautious == pytest.approx([2 * SHOP.prior_leaky, 0.1, 0.02])


@pytest.mark.parametrize("unused", [0, 100, 1000])
def test_channels_that_nobody_used_do_not_hold_the_rates_where_they_are(unused: int) -> None:
    flat = np.exp(RATES.log_prior[0]) * SHOP.prior_leaky
    joint = np.concatenate((peaked(np.full(10, 0.4)), np.broadcast_to(flat, (unused, 1, len(flat)))))
    p = np.concatenate((np.ones(10), np.full(unused, SHOP.prior_leaky)))
    assert learnt(p, joint).alike > 2.0
