"""Expected information gain against brute force, and plans that keep to their limits."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import pairwise, product
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.factories.campaigns import MODEL, QUICK, Rang, Shown, campaign
from tracer.domain.attribution.evidence import Evidence, Floats
from tracer.domain.attribution.fit import Fitter
from tracer.domain.attribution.planning import Limits, Outlook, choose, draw_worlds, entropy, thinned
from tracer.domain.attribution.proposals import Plan, costs_of, propose
from tracer.domain.attribution.routes import RouteKind, last_shown, routes_to_try, seen_routes
from tracer.domain.channel import Channel
from tracer.domain.errors import InvalidValue
from tracer.domain.fields import Fields

MANY = Limits(orders=100, budget=None, most_per_shop=100, batch=100)


def outcome_entropy(chance: Floats) -> float:
    """H(outcomes) of orders (n, K), by enumerating every outcome, in bits."""
    total = 0.0
    for outcome in product((True, False), repeat=len(chance)):
        worlds = np.prod([row if called else 1 - row for row, called in zip(chance, outcome, strict=True)], axis=0)
        p = float(worlds.mean())
        total -= p * np.log2(p) if p > 0 else 0.0
    return total


def joint_gain(chance: Floats) -> float:
    """I(outcomes; world) of orders (n, K): H(outcomes) minus what chance alone leaves open."""
    noise = 0.0
    for row in chance:
        for p in row:
            noise -= sum(q * np.log2(q) for q in (p, 1 - p) if q > 0) / len(row)
    return outcome_entropy(chance) - noise


def pick(chance: Floats, limits: Limits = MANY, cost: Floats | None = None, subject: object = None) -> list[int]:
    cost = np.ones(len(chance)) if cost is None else cost
    subjects = np.arange(len(chance)) if subject is None else np.asarray(subject)
    return [one.route for one in choose(chance, cost, subjects, limits, 1)]


@pytest.mark.parametrize("orders", [1, 2, 3, 6])
def test_the_gain_of_a_batch_is_that_of_enumeration(orders: int) -> None:
    chance = np.random.default_rng(orders).random((orders, 7))
    outlook, rng = Outlook(7), np.random.default_rng(0)
    total = 0.0
    for row in chance:
        total += outlook.gain(row)
        outlook.add(row, rng)
    assert total == pytest.approx(joint_gain(chance), abs=1e-9)
    assert outlook.share.sum() == pytest.approx(1)


def test_greedy_gains_add_up_to_the_exact_joint_gain_and_stay_below_the_single_ones() -> None:
    chance = np.random.default_rng(4).beta(0.5, 1.5, (5, 20))
    picks = choose(chance, np.ones(5), np.arange(5), replace(MANY, orders=3), 1)
    chosen = chance[[one.route for one in picks]]
    assert sum(one.gain for one in picks) == pytest.approx(joint_gain(chosen), abs=1e-9)
    assert sum(one.gain for one in picks) <= sum(joint_gain(row[None]) for row in chosen)
    best = max(range(5), key=lambda i: joint_gain(chance[[i]]))
    assert picks[0].route == best


def test_greedy_takes_the_best_next_order_every_time() -> None:
    chance = np.random.default_rng(9).beta(0.5, 1.5, (4, 12))
    chosen: list[int] = []
    for route in pick(chance, replace(MANY, orders=4)):
        gains = [joint_gain(chance[[*chosen, i]]) for i in range(4)]
        assert gains[route] == pytest.approx(max(gains), abs=1e-9)
        chosen.append(route)


def test_the_second_order_by_one_route_tells_less_than_the_first() -> None:
    chance = np.array([[0.05, 0.05, 0.7, 0.6]])
    gains = [one.gain for one in choose(chance, np.ones(1), np.zeros(1, dtype=int), replace(MANY, orders=5), 1)]
    assert all(later < earlier for earlier, later in pairwise(gains))


def test_of_two_tied_channels_the_order_that_separates_them_comes_first() -> None:
    one_leaks = np.array([[0.0, 0.6], [0.6, 0.0]])  # channels a and b by world: exactly one of them leaks
    both = 1 - (1 - one_leaks[0]) * (1 - one_leaks[1])
    chance = 0.02 + 0.98 * np.array([both, one_leaks[0], np.zeros(2)])
    assert pick(chance, replace(MANY, orders=1)) == [1]
    assert joint_gain(chance[[0]]) == pytest.approx(0, abs=1e-12)


def test_what_is_certain_gains_nothing_and_is_never_proposed() -> None:
    assert Outlook(50).gain(np.full(50, 0.37)) == pytest.approx(0, abs=1e-12)
    assert pick(np.full((3, 50), 0.37)) == []
    assert pick(np.zeros((0, 50))) == []


@given(st.lists(st.floats(0, 1), min_size=1, max_size=12), st.integers(0, 3))
def test_a_gain_lies_between_0_and_1_bit(chance: list[float], before: int) -> None:
    row = np.array(chance)
    outlook = Outlook(len(row))
    for _ in range(before):
        outlook.add(row, np.random.default_rng(0))
    assert 0 <= outlook.gain(row) <= 1 + 1e-12
    assert ((entropy(row) >= 0) & (entropy(row) <= 1)).all()


@given(st.integers(0, 2**32 - 1), st.floats(1, 60), st.integers(1, 4), st.integers(1, 7))
def test_budget_and_caps_are_never_exceeded(seed: int, budget: float, most: int, batch: int) -> None:
    rng = np.random.default_rng(seed)
    chance, cost, subject = rng.beta(0.4, 1, (8, 10)), rng.uniform(0.5, 20, 8), rng.integers(0, 3, 8)
    picks = choose(chance, cost, subject, Limits(40, budget, most, batch), 1)
    assert sum(cost[one.route] for one in picks) <= budget + 1e-6
    assert len(picks) <= 40
    batches = [one.batch for one in picks]
    assert batches == sorted(batches)
    for number in set(batches):
        inside = [subject[one.route] for one in picks if one.batch == number]
        assert len(inside) <= batch
        assert max(inside.count(one) for one in inside) <= most


def test_money_goes_where_a_unit_of_it_tells_most() -> None:
    dear, cheap = np.array([0.05, 0.8]), np.array([0.05, 0.6])
    chance, cost = np.array([dear, cheap]), np.array([50.0, 10.0])
    assert pick(chance, replace(MANY, orders=1)) == [0]
    assert pick(chance, replace(MANY, budget=50.0), cost) == [1] * 5
    assert pick(chance, replace(MANY, budget=9.0), cost) == []


def test_a_dear_order_is_bought_where_cheap_ones_would_waste_the_budget() -> None:
    chance = np.array([[0.02, 0.98], [0.30, 0.40]])
    assert pick(chance, Limits(10, 10.0, 1, 2), np.array([10.0, 0.1])) == [0]


def test_of_nearly_equal_gains_the_cheaper_is_taken() -> None:
    chance = np.array([[0.05, 0.8], [0.05, 0.8]])
    assert pick(chance, replace(MANY, orders=1), np.array([60.0, 20.0])) == [1]


def test_many_orders_are_thinned_without_bias_and_the_same_way_each_time() -> None:
    rng = np.random.default_rng(3)
    chance = np.array([rng.choice((0.02, 0.5), 30) for _ in range(9)])
    exact, thin = Outlook(30), Outlook(30, most=16)
    errors = []
    for row in chance:
        errors.append(thin.gain(row) - exact.gain(row))
        exact.add(row, rng)
        thin.add(row, rng)
        assert thin.share.sum() == pytest.approx(1)
        assert len(thin.share) <= 16
    assert np.abs(errors).max() < 0.05
    once, again = (choose(chance, np.ones(9), np.zeros(9, dtype=int), replace(MANY, orders=30), 5) for _ in range(2))
    assert once == again
    assert len(once) == 30


@given(st.integers(0, 2**32 - 1), st.integers(1, 19), st.floats(0, 0.999999))
def test_thinning_keeps_the_total_and_the_likely(seed: int, most: int, level: float) -> None:
    share = np.random.default_rng(seed).dirichlet(np.full(20, 0.3))
    kept, new = thinned(share, most, level)
    assert len(kept) == len(new) == most
    assert new.sum() == pytest.approx(1)
    likely = share[kept] > new.min() + 1e-12
    assert new[likely] == pytest.approx(share[kept][likely])


KINDS = ("platform", "merchant", "courier", "merchant")


def tied() -> Evidence:
    """Platform and merchant 1 always together and called; the courier known to be silent elsewhere."""
    routes = [[Shown(0, 2 * n), Shown(1, 2 * n), Shown(2, 2 * n + 1)] for n in range(8)]
    routes += [[Shown(2, 20.0 + n)] for n in range(30)]
    return campaign(KINDS, routes, [Rang(n, 2 * n + 3.5, Fields.NAME | Fields.PRICE) for n in (0, 2, 3, 6)])


def plan_for(evidence: Evidence, limits: Limits, parents: dict[int, int] | None = None) -> Plan:
    kinds = [profile.kind for profile in evidence.profiles]
    ids = evidence.channel_ids
    parent = {i: ids[p] for i, p in (parents or {}).items()}
    channels = [Channel(ids[i], kinds[i], f"name of {ids[i]}", parent.get(i)) for i in range(len(ids))]
    model = replace(MODEL, sampling=QUICK)
    fit = Fitter(evidence, model.other, model.assumptions).fit(QUICK, np.random.default_rng(1))
    return propose(evidence, channels, fit, model, limits, 30.0, costs_of({}))


def test_a_tied_pair_is_asked_about_by_the_order_that_separates_it() -> None:
    plan = plan_for(tied(), Limits(3, None, 3, 10), {3: 0})
    first = plan.proposals[0]
    assert [stop.channel_id for stop in first.channels] == ["platform-0", "merchant-3"]
    assert first.question == "Is it name of platform-0 or name of merchant-1? They were always seen together."
    assert first.kind is RouteKind.CANCELLED
    assert first.gain > 0.1


def test_without_another_shop_one_is_asked_for() -> None:
    evidence = tied()
    shorter = replace(evidence, channel_ids=evidence.channel_ids[:3], profiles=evidence.profiles[:3])
    plan = plan_for(shorter, Limits(1, None, 3, 10))
    assert [stop.channel_id for stop in plan.proposals[0].channels] == ["platform-0", None]
    assert any("register it first" in remark for remark in plan.remarks)


def test_idle_channels_are_drawn_from_their_exact_posterior() -> None:
    evidence = campaign(("merchant", "courier"), [[Shown(0, n)] for n in range(5)], [])
    fit = Fitter(evidence, MODEL.other, MODEL.assumptions).fit(QUICK, np.random.default_rng(1))
    worlds = draw_worlds(fit, MODEL.assumptions, np.random.default_rng(1))
    assert worlds.leaky[:, :-1].mean(axis=0) == pytest.approx(fit.draws.p_leaky[:-1], abs=2 / len(worlds.leaky))
    assert not worlds.rate[~worlds.leaky].any()
    assert worlds.background.mean() == pytest.approx(fit.background.mean_rate, rel=0.05)


def test_the_routes_to_try_are_whole_ones_and_what_is_left_of_them() -> None:
    kinds = ("platform", "merchant", "warehouse", "courier", "station", "merchant")
    evidence = campaign(kinds, [[Shown(i, i / 10) for i in range(5)]], [])
    ids = evidence.channel_ids
    parents = (None, ids[0], None, None, None, ids[0])
    channels = [
        Channel(channel_id, kind, kind, parent) for channel_id, kind, parent in zip(ids, kinds, parents, strict=True)
    ]
    routes, lonely = routes_to_try(evidence, channels)
    assert lonely == []
    assert {(route.kind.value, route.channels) for route in routes} == {
        ("order", (0, 1, 2, 3, 4)),
        ("cancelled", (0, 1)),
        ("pickup", (0, 1, 2)),
        ("direct", (3,)),
        ("direct", (3, 4)),
        ("cancelled", (0, 5)),
        ("pickup", (0, 5)),
        ("control", ()),
    }


def test_what_a_channel_was_shown_last_is_what_it_will_be_shown() -> None:
    alias = Fields.NAME | Fields.PHONE_ALIAS
    routes = [[Shown(0, 1.0)], [Shown(0, 5.0, alias, alias_until=20.0)]]
    fields, days = last_shown(campaign(("courier", "station"), routes, []))
    assert fields.tolist() == [int(alias), int(MODEL.channels.kind("station").fields)]
    assert days.tolist() == [15.0, 0.0]
    assert seen_routes(campaign(("courier",), routes, [], controls=[1])) == [(0,)]


@pytest.mark.parametrize(
    ("table", "says"),
    [
        ({"ordre": 3}, "keys out of: order cancelled direct pickup control, got 'ordre'"),
        ({"order": -3}, "a number above 0, got -3"),
        ({"order": "3"}, "a number above 0, got '3'"),
        ({"order": True}, "a number above 0, got True"),
        ({"order": float("inf")}, "a number above 0, got inf"),
    ],
)
def test_costs_that_are_refused(table: dict[str, object], says: str) -> None:
    with pytest.raises(InvalidValue, match=r"--costs") as refusal:
        costs_of(table)
    assert says in str(refusal.value)


def test_the_docs_tell_the_costs_in_force() -> None:
    page = (Path(__file__).parents[4] / "docs" / "planning.md").read_text("utf-8")
    told = re.findall(r"^\| `(\w+)` \|.*\| ([\d.]+) \|$", page, re.M)
    assert {kind: float(cost) for kind, cost in told} == {kind.value: cost for kind, cost in costs_of({}).items()}
