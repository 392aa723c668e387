"""How many orders show a leak: against simulation, and monotone."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.stats import beta, binom

from tests.factories.campaigns import MODEL
from tracer.domain.attribution.behaviour import behaviour_of
from tracer.domain.attribution.mention import EVERY_FIELD
from tracer.domain.attribution.power import (
    MOST_ORDERS,
    background_called,
    kind_power,
    kinds_power,
    noticed,
    orders_to_implicate,
    power_curve,
    telling,
)
from tracer.domain.channel import KindProfile
from tracer.domain.fields import Fields

MERCHANT = MODEL.channels.kind("merchant")
SEEN, NOISE = 0.7, 0.03


def posterior(profile: KindProfile, called: int, orders: int, factor: float = 1.0) -> float:
    """P(leaks | so many of its orders were called), by quadrature over the rate."""

    def likelihood(rate: float) -> float:
        return float(binom.pmf(called, orders, NOISE + (1 - NOISE) * rate * SEEN) * beta.pdf(rate, *shape))

    shape = (profile.rate_a, profile.rate_b)
    leaky = profile.prior_leaky * factor * quad(likelihood, 0, 1, limit=200)[0]
    return leaky / (leaky + (1 - profile.prior_leaky * factor) * float(binom.pmf(called, orders, NOISE)))


@pytest.mark.parametrize("orders", [1, 4, 15, 40])
def test_the_least_number_of_called_orders_is_where_the_posterior_passes_both_thresholds(orders: int) -> None:
    limits = MODEL.thresholds
    least = int(orders_to_implicate(MERCHANT, SEEN, limits, NOISE, orders)[orders])
    named = [
        posterior(MERCHANT, x, orders) >= limits.implicated and posterior(MERCHANT, x, orders, 0.5) >= limits.robust
        for x in range(orders + 1)
    ]
    assert least == (named.index(True) if any(named) else orders + 1)


def test_the_power_is_what_simulated_campaigns_show() -> None:
    rng, orders, rate, runs = np.random.default_rng(2), 25, 0.3, 20_000
    leaked = rng.random((runs, orders)) < rate
    called = (leaked & (rng.random((runs, orders)) < SEEN)) | (rng.random((runs, orders)) < NOISE)
    needed = next(
        x
        for x in range(orders + 1)
        if posterior(MERCHANT, x, orders) >= MODEL.thresholds.implicated
        and posterior(MERCHANT, x, orders, 0.5) >= MODEL.thresholds.robust
    )
    simulated = float((called.sum(axis=1) >= needed).mean())
    least = orders_to_implicate(MERCHANT, SEEN, MODEL.thresholds, NOISE, orders)
    assert power_curve(least, rate, SEEN, NOISE)[-1] == pytest.approx(simulated, abs=4 * 0.5 / runs**0.5)


def test_the_power_grows_with_the_number_of_orders_and_with_the_rate() -> None:
    least = orders_to_implicate(MERCHANT, SEEN, MODEL.thresholds, NOISE, 300)
    curves = np.array([power_curve(least, rate, SEEN, NOISE) for rate in (0.02, 0.1, 0.3, 0.6, 0.95)])
    assert (np.diff(curves, axis=1) >= 0).all()
    assert (np.diff(curves, axis=0) >= -1e-12).all()
    assert (np.diff(least) >= -1).all()


def test_fewer_orders_suffice_for_more_leaks_less_certainty_less_noise_and_alone() -> None:
    def needed(rate: float = 0.3, sure: float = 0.9, noise: float = NOISE) -> tuple[int, int]:
        found = kind_power(MERCHANT, SEEN, noise, 0.05, rate, sure, MODEL.thresholds)
        assert found.alone is not None
        assert found.on_routes is not None
        return found.alone, found.on_routes

    plain = needed()
    assert plain[0] < plain[1]
    for better in (needed(rate=0.5), needed(sure=0.7), needed(noise=0.001)):
        assert better[0] <= plain[0]
        assert better[1] <= plain[1]


def test_every_kind_has_its_line_and_the_blind_ones_are_out_of_reach() -> None:
    found = {one.kind: one for one in kinds_power(MODEL, 0.005, 0.3, 0.9, 30.0)}
    assert list(found) == list(MODEL.channels.kinds)
    assert found["station"].alone is None
    merchant = found["merchant"]
    assert merchant.alone is not None
    assert merchant.on_routes is not None
    assert merchant.alone < merchant.on_routes < MOST_ORDERS
    tiny = kinds_power(MODEL, 0.005, 1e-4, 0.9, 30.0)
    assert all(one.alone is None and one.called_alone is None for one in tiny)


def test_what_is_noticed_of_a_leak() -> None:
    behaviour, rows = behaviour_of([MERCHANT], MODEL.other, MODEL.assumptions)
    row, days = rows[:1], np.zeros(1)
    every = np.array([EVERY_FIELD])
    said = telling(behaviour, row, every)[0]
    assert 0.95 < said < 1
    reached = behaviour.delay_reached(row, np.array([30.0]))[0]
    expected = 1 - np.exp(-MERCHANT.calls_per_leak * reached * said)
    assert noticed(behaviour, row, every, days, 30.0)[0] == pytest.approx(expected)
    masked = np.array([int(Fields.NAME_MASKED | Fields.PHONE_LAST4)])
    assert noticed(behaviour, row, masked, days, 30.0)[0] < 0.05
    alias = np.array([int(Fields.NAME | Fields.ITEM | Fields.PHONE_ALIAS)])
    by_life = [noticed(behaviour, row, alias, np.array([life]), 30.0)[0] for life in (0.0, 2.0, 15.0, np.inf)]
    assert by_life == sorted(by_life)
    assert by_life[0] < 0.05 < by_life[1]
    by_watch = [noticed(behaviour, row, every, days, watch)[0] for watch in (0.5, 5.0, 30.0, 200.0)]
    assert by_watch == sorted(by_watch)


def test_a_stranger_seldom_hits_on_something() -> None:
    behaviour, _ = behaviour_of([MERCHANT], MODEL.other, MODEL.assumptions)
    rate = np.array([0.0, 0.001, 0.01])
    called = background_called(behaviour, rate, 30.0)
    assert called[0] == 0
    assert (np.diff(called) > 0).all()
    assert (called[1:] < -np.expm1(-rate[1:] * 30.0) / 5).all()
