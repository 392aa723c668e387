"""Rates on their grid: priors by quadrature, spells bin by bin, and every table against its plain sum."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import beta

from tests.factories.campaigns import MODEL
from tracer.domain.attribution.evidence import Floats
from tracer.domain.attribution.rates import (
    BIN_DAYS,
    HIGHEST,
    LONGEST_BINS,
    LOWEST,
    NODES,
    Rates,
    conditional,
    exposure_share,
    in_spell,
    over_spells,
    rates_of,
    silence_table,
)

SHOP, COURIER = MODEL.channels.kind("merchant"), MODEL.channels.kind("courier")
ASSUMED = replace(MODEL.assumptions, other_mean=0.02, other_strength=5.0, other_common=0.25, other_common_mean=0.2)
PROFILES = [replace(SHOP, rate_a=0.8, rate_b=4.0, prior_leaky=0.2), replace(COURIER, rate_a=2.0, rate_b=3.0)]


def rates(days: float = 70.0, burst_share: float = 0.3) -> Rates:
    return rates_of(PROFILES, ASSUMED, (100.0, 100.0 + days), burst_share)


def test_the_grid_is_even_in_the_logit_and_its_cells_meet_half_way() -> None:
    found = rates()
    logit = np.log(found.nodes / (1 - found.nodes))
    assert logit == pytest.approx(np.linspace(LOWEST, HIGHEST, NODES))
    assert (found.edges[0], found.edges[-1], len(found.edges)) == (0.0, 1.0, NODES + 1)
    inner = found.edges[1:-1]
    assert np.log(inner / (1 - inner)) == pytest.approx((logit[1:] + logit[:-1]) / 2)


def test_each_node_has_the_prior_mass_of_its_cell() -> None:
    found = rates()
    for row, profile in enumerate(PROFILES):
        mass = np.diff(beta.cdf(found.edges, profile.rate_a, profile.rate_b))
        assert np.exp(found.log_prior[row]) == pytest.approx(mass, abs=1e-12)
    seldom, often = beta.cdf(found.edges, 0.02 * 5, 0.98 * 5), beta.cdf(found.edges, 1.0, 4.0)
    assert np.exp(found.log_prior[2]) == pytest.approx(np.diff(0.75 * seldom + 0.25 * often), abs=1e-12)
    assert np.isfinite(found.log_prior).all()
    assert np.exp(found.log_leaky) == pytest.approx([0.2, COURIER.prior_leaky, 1.0])
    assert np.exp(found.log_sound) == pytest.approx([0.8, 1 - COURIER.prior_leaky, 0.0])


def test_a_cell_beyond_all_mass_keeps_a_trace_of_it() -> None:
    narrow = rates_of([replace(SHOP, rate_a=900.0, rate_b=100.0)], ASSUMED, (0.0, 1.0), 0.0)
    assert np.isfinite(narrow.log_prior).all()
    assert narrow.log_prior.min() == pytest.approx(np.log(1e-300))


@pytest.mark.parametrize(
    ("days", "share", "bins"),
    [
        (70.0, 0.3, 10),
        (70.1, 0.3, 11),
        (BIN_DAYS, 0.3, 1),
        (0.0, 0.3, 1),
        (-5.0, 0.3, 1),
        (5000.0, 0.3, LONGEST_BINS),
        (70.0, 0.0, 1),
    ],
)
def test_time_is_cut_into_bins_of_a_week(days: float, share: float, bins: int) -> None:
    found = rates(days, share)
    assert (found.bins, found.origin) == (bins, 100.0)
    assert found.width * bins == pytest.approx(max(days, 0.0), rel=1e-8, abs=1e-8)
    assert found.width > 0
    ends = found.bin_of(np.array([0.0, 100.0, 100.0 + max(days, 0.0), 1e6]))
    assert ends.tolist() == [0, 0, bins - 1, bins - 1]
    if bins > 1:
        assert found.bin_of(100.0 + found.width * np.array([0.999, 1.001])).tolist() == [0, 1]


def test_spells_are_all_the_time_and_ranges_at_steps_of_half_their_length() -> None:
    found = rates(70.0)
    spells = list(zip(found.begin.tolist(), found.stop.tolist(), strict=True))
    assert spells[0] == (0, 10)
    assert spells[1:] == [
        *((n, n + 2) for n in range(9)),
        *((n, n + 3) for n in range(8)),
        *((n, n + 5) for n in range(0, 6, 2)),
        *((n, n + 8) for n in range(0, 3, 4)),
    ]
    assert [stop - begin for begin, stop in zip(rates(28.0).begin, rates(28.0).stop, strict=True)] == [4, 2, 2, 2]
    assert len(rates(21.0).begin) == 1, "a spell that is nearly all the time is none"


def test_each_length_is_as_likely_and_other_has_no_spells() -> None:
    found = rates(70.0)
    share = np.exp(found.log_spell)
    assert share.sum(axis=1) == pytest.approx(1.0)
    for row in range(2):
        assert share[row, 0] == pytest.approx(0.7)
        assert share[row, 1:10] == pytest.approx(0.3 / 4 / 9)
        assert share[row, 21:] == pytest.approx(0.3 / 4)
    assert share[2].tolist() == [1.0, *[0.0] * (len(found.begin) - 1)]
    assert np.exp(rates(14.0).log_spell) == pytest.approx(np.ones((3, 1))), "where none fits, all the time is certain"
    assert np.exp(rates(70.0, 0.0).log_spell) == pytest.approx(np.ones((3, 1)))


def test_a_day_lies_in_the_spells_that_hold_its_bin() -> None:
    found = rates()
    spell, place = np.array([0, 0, 1, 1, 1, 2]), np.array([0, 9, 0, 1, 2, 0])
    assert in_spell(found, spell, place).tolist() == [True, True, True, True, False, False]


@pytest.fixture
def cells() -> tuple[np.ndarray, Floats, Floats]:
    """Channel, day and probability of forty cells of the first two channels; the third has none."""
    rng = np.random.default_rng(3)
    return rng.integers(0, 2, 40), rng.uniform(100.0, 170.0, 40), rng.uniform(0.1, 0.9, 40)


@pytest.mark.parametrize("share", [0.3, 0.0])
def test_silence_and_exposure_are_their_plain_sums(cells: tuple[np.ndarray, Floats, Floats], share: float) -> None:
    found = rates(70.0, share)
    channel, day, probability = cells
    table = over_spells(found, silence_table(found, channel, day, probability))
    shares = exposure_share(found, channel, day)
    place = found.bin_of(day)
    assert table.shape == (3, len(found.begin), NODES)
    assert shares.shape == (3, len(found.begin))
    for row in range(3):
        for spell, (begin, stop) in enumerate(zip(found.begin, found.stop, strict=True)):
            inside = (channel == row) & (place >= begin) & (place < stop)
            plain = np.log(1 - found.nodes[None, :] * probability[inside, None]).sum(axis=0)
            assert table[row, spell] == pytest.approx(plain, abs=1e-9)
            whole = (channel == row).sum()
            assert shares[row, spell] == pytest.approx(inside.sum() / whole if whole else 1.0)


def test_the_conditional_is_bayes_rule_on_the_grid() -> None:
    found, rng = rates(), np.random.default_rng(5)
    channels = np.array([1, 0])
    likelihood = rng.normal(-1000.0, 2.0, (2, len(found.begin), 3, NODES))
    given = conditional(found, channels, likelihood)
    assert given.log_odds.shape == (2, 3)
    assert given.joint.shape == (2, 3, len(found.begin), NODES)
    for n, channel in enumerate(channels):
        prior = np.exp(found.log_spell[channel])[:, None] * np.exp(found.log_prior[channel])[None, :]
        for k in range(3):
            weight = prior * np.exp(likelihood[n, :, k] + 1000.0)
            assert given.joint[n, k] == pytest.approx(weight / weight.sum(), rel=1e-9, abs=1e-15)
            odds = found.log_leaky[channel] - found.log_sound[channel]
            assert given.log_odds[n, k] == pytest.approx(np.log(weight.sum()) - 1000.0 + odds)
