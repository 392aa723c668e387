"""Synthetic worlds: what is drawn has the shares and times that the model says, and the truth fits the bundle.

Seeds are fixed, so a bound of four standard deviations fails only where the drawing is wrong.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import kstest, norm

from tests.factories.campaigns import BASE, MODEL
from tracer.domain.codebook.phone_number import is_fictional
from tracer.domain.errors import InvalidValue
from tracer.domain.fields import Fields
from tracer.domain.simulation.draw import AS_OF, draw_world
from tracer.domain.simulation.families import FAMILIES
from tracer.domain.simulation.leaks import draw_leakage
from tracer.domain.simulation.world import (
    BACKGROUND_CALL,
    CAMPAIGN_DAYS,
    CONTROL,
    DAY,
    END,
    NEVER,
    ORDERED,
    Floats,
    Ints,
    World,
)
from tracer.services.bundles.simulate_world import simulate_world, world_bundle, world_truth

UNTIL = datetime.fromisoformat(AS_OF)
LEAKY_KINDS = replace(
    MODEL.channels,
    kinds={name: replace(profile, prior_leaky=0.5) for name, profile in MODEL.channels.kinds.items()},
)
LEAKY = replace(MODEL, channels=LEAKY_KINDS)
"""The configured model with every second channel leaky: for worlds with enough calls to count."""


@cache
def world(name: str, orders: int | None = None, seed: int = 1) -> World:
    return simulate_world(name, MODEL, UNTIL, seed, orders)


@cache
def big(name: str) -> World:
    return simulate_world(name, LEAKY, UNTIL, 5, 6_000)


def seen_by_sources(drawn: World) -> tuple[Ints, Ints, Ints]:
    """Of every leak call of a channel: its place, when that channel saw the order, and what."""
    shown, calls = drawn.exposures, drawn.calls
    size = len(drawn.parties.ids)
    key = shown.canary * size + shown.channel
    rank = np.argsort(key)
    assert len(np.unique(key)) == len(key)
    leaked = np.flatnonzero((calls.source != BACKGROUND_CALL) & (calls.source < size))
    wanted = calls.canary[leaked] * size + calls.source[leaked]
    place = rank[np.searchsorted(key[rank], wanted)]
    assert (key[place] == wanted).all()
    return leaked, shown.at[place], shown.fields[place]


def reached(nuisance: Mapping[str, object], days: Floats) -> Floats:
    """The distribution function of the delay, written out once more."""
    median, sigma = nuisance["fast"]
    slow = float(nuisance["slow_share"])
    delay = MODEL.other.delay
    fast = norm.cdf((np.log(np.maximum(days, 1e-9)) - median) / sigma)
    tail = np.clip((days - delay.slow_from_days) / (delay.slow_until_days - delay.slow_from_days), 0, 1)
    spot = np.clip(days / delay.early_days, 0, 1)
    return np.asarray((1 - slow - delay.early_share) * fast + slow * tail + delay.early_share * spot)


def near(count: float, expected: float, variance: float) -> bool:
    return abs(count - expected) <= 4 * max(variance, 1.0) ** 0.5


def test_as_many_channels_leak_as_often_as_the_prior_says() -> None:
    kinds = ["merchant"] * 2_000 + ["platform"] * 2_000
    profiles = [*map(MODEL.channels.kind, kinds), MODEL.other]
    found = draw_leakage(FAMILIES["thin"], profiles, MODEL.assumptions, np.random.default_rng(1))
    for part, pi in ((slice(0, 2_000), 0.08), (slice(2_000, 4_000), 0.03)):
        rates = found.rate[part]
        assert near((rates > 0).sum(), 2_000 * pi, 2_000 * pi * (1 - pi))
    leaky = found.rate[:-1] > 0
    variance = 1.0 * 1.5 / (2.5**2 * 3.5)
    assert near(found.rate[:-1].sum(), 0.4 * leaky.sum(), variance * leaky.sum())
    share = MODEL.assumptions.burst_share
    assert near(found.spell.sum(), share * leaky.sum(), share * (1 - share) * leaky.sum())
    weeks = (found.end - found.begin)[found.spell] / (7 * DAY)
    assert set(weeks) == {2, 3, 5, 8}
    assert (found.end[found.spell] <= CAMPAIGN_DAYS * DAY).all()


def test_a_leaky_channel_has_as_many_orders_called_as_its_rate_says() -> None:
    drawn = big("thin")
    shown, rates = drawn.exposures, drawn.leakage.rate
    calls = drawn.calls
    called = set(zip(calls.canary.tolist(), calls.source.tolist(), strict=True))
    hit = np.array([pair in called for pair in zip(shown.canary.tolist(), shown.channel.tolist(), strict=True)])
    inside = (shown.at >= drawn.leakage.begin[shown.channel]) & (shown.at < drawn.leakage.end[shown.channel])
    full = (shown.fields & int(Fields.PHONE)) > 0
    nu = float(drawn.nuisance["nu"])
    p = rates[shown.channel] * -np.expm1(-nu * reached(drawn.nuisance, (END - shown.at) / DAY)) * inside
    assert not hit[~inside].any()
    checked = 0
    for channel in np.flatnonzero(rates[:-1] > 0):
        here = (shown.channel == channel) & full
        if p[here].sum() > 20:
            checked += 1
            assert near(hit[here].sum(), p[here].sum(), (p[here] * (1 - p[here])).sum())
    assert checked > 20
    assert near(hit[full].sum(), p[full].sum(), (p * (1 - p))[full].sum())


def test_a_source_without_the_number_hardly_ever_calls() -> None:
    drawn = big("thin")
    leaked, _, seen = seen_by_sources(drawn)
    shown = drawn.exposures
    blind = (shown.fields & int(Fields.PHONE)) == 0
    assert blind.any()
    leaks = (drawn.leakage.rate[shown.channel] * blind).sum()
    calls = ((seen & int(Fields.PHONE)) == 0).sum()
    assert 0 < calls < 4 * MODEL.assumptions.reach_without_phone * leaks
    assert len(leaked) > 30 * calls


def test_delays_have_a_fast_part_a_slow_tail_and_some_on_the_spot() -> None:
    drawn = big("thin")
    leaked, at, _ = seen_by_sources(drawn)
    early = at < 60 * DAY  # watched for longer than the slow tail
    days = (drawn.calls.at[leaked] - at)[early] / DAY
    assert len(days) > 400
    whole = reached(drawn.nuisance, np.array([180.0]))[0]
    assert kstest(days, lambda x: reached(drawn.nuisance, x) / whole).pvalue > 1e-3


def test_callers_say_what_they_saw_as_often_as_the_model_says() -> None:
    drawn = big("thin")
    leaked, _, seen = seen_by_sources(drawn)
    known = drawn.calls.known[leaked]
    mention: Mapping[str, float] = drawn.nuisance["mention"]
    epsilon = float(drawn.nuisance["eps"])
    masked = MODEL.assumptions.masked_share
    for name in BASE:
        flag = int(Fields[name.upper()])
        sure = (seen & flag) > 0
        q = mention[name] * (1 - masked if name in {"name", "phone"} else 1.0)
        for here, p in ((sure, q + epsilon), (~sure, epsilon)):
            said, size = ((known & flag) > 0)[here].sum(), here.sum()
            assert near(said, p * size, p * (1 - p) * size), name
    short = ((known & int(Fields.NAME_MASKED)) > 0)[(seen & int(Fields.NAME)) > 0]
    p = masked * mention["name"] + epsilon
    assert near(short.sum(), p * len(short), p * (1 - p) * len(short))
    assert not (drawn.calls.unknown > 0).any()


def test_strangers_ring_at_the_mean_rate_and_know_nothing() -> None:
    for drawn in (big("thin"), big("shared"), big("campaign")):
        start = np.full(len(drawn.canaries.lines), END)
        np.minimum.at(start, drawn.canaries.line, drawn.canaries.issued)
        days = (END - start) / DAY
        mean, shape = float(drawn.nuisance["background"]), float(drawn.nuisance["background_shape"])
        strange = drawn.calls.source == BACKGROUND_CALL
        variance = mean * days.sum() + (mean * days).dot(mean * days) / shape
        if drawn.family == "campaign":  # each campaign rings every fifth line, so the number of campaigns counts
            campaigns = 0.5 * mean * END / DAY / 0.2
            variance += campaigns * (0.2 * len(days)) ** 2
        assert near(strange.sum(), mean * days.sum(), variance)
        assert (drawn.calls.at[strange] >= start[drawn.calls.line[strange]]).all()
        epsilon, size = float(drawn.nuisance["eps"]), strange.sum()
        for flag in (Fields.NAME, Fields.NAME_MASKED, Fields.PHONE_ALIAS, Fields.ITEM, Fields.ACCOUNT):
            said = ((drawn.calls.known[strange] & int(flag)) > 0).sum()
            assert near(said, epsilon * size, epsilon * size)


@pytest.mark.parametrize("name", FAMILIES)
def test_nobody_is_called_before_somebody_saw_the_order(name: str) -> None:
    drawn = big(name)
    calls = drawn.calls
    assert (np.diff(calls.at) >= 0).all()
    assert (calls.at <= END).all()
    assert (calls.at >= drawn.canaries.issued[calls.canary]).all()
    assert (drawn.canaries.line[calls.canary] == calls.line).all()
    leaked, at, _ = seen_by_sources(drawn)
    assert (calls.at[leaked] > at).all()
    begin, end = (part[calls.source[leaked]] for part in (drawn.leakage.begin, drawn.leakage.end))
    assert ((at >= begin) & (at < end)).all()
    assert (calls.known & calls.unknown == 0).all()
    controls = drawn.canaries.purpose[calls.canary] == CONTROL
    assert (calls.source[controls] % (len(drawn.parties.ids) + 1) == len(drawn.parties.ids)).all()
    placed = drawn.orders.placed[drawn.exposures.canary]
    ordered = drawn.canaries.purpose[drawn.exposures.canary] == ORDERED
    assert (drawn.exposures.at[ordered] >= placed[ordered]).all()


@pytest.mark.parametrize("name", FAMILIES)
def test_the_truth_fits_the_bundle(name: str) -> None:
    drawn = world(name, 80)
    tables = {file: list(records) for file, records in world_bundle(drawn)}
    truth = world_truth(drawn, 1)
    ids = {file: [next(iter(record.values())) for record in records] for file, records in tables.items()}
    for file in ("channels.csv", "numbers.csv", "canaries.csv", "orders.csv", "calls.csv"):
        assert len(set(ids[file])) == len(ids[file])
    assert len(ids["orders.csv"]) == 80
    assert list(truth["source"]) == ids["calls.csv"]
    assert set(truth["source"].values()) <= {*ids["channels.csv"], "background", "other"}
    assert set(truth["leaky"]) <= set(ids["channels.csv"])
    handed = {record["issued_for"] for record in tables["canaries.csv"]} - {""}
    exposed = {record["channel_id"] for record in tables["exposures.csv"]} | handed
    assert truth["exposed"] == [channel for channel in ids["channels.csv"] if channel in exposed]
    leaks = [call for call, source in truth["source"].items() if source != "background"]
    assert list(truth["canary"]) == leaks
    assert {record["canary_id"] for record in tables["orders.csv"]} <= set(ids["canaries.csv"])
    texts = [record["phone"] for record in tables["canaries.csv"]] + [r["caller_number"] for r in tables["calls.csv"]]
    assert all(is_fictional(text.partition(";")[0]) for text in texts)


def test_the_same_seed_gives_the_same_world_and_another_seed_or_family_another() -> None:
    def told(name: str, seed: int) -> object:
        drawn = simulate_world(name, MODEL, UNTIL, seed, 60)
        return [(file, list(records)) for file, records in world_bundle(drawn)], world_truth(drawn, seed)

    assert told("shared", 1) == told("shared", 1)
    assert told("shared", 1) != told("shared", 2)
    assert world("thin", 60).nuisance != world("council", 60).nuisance


def test_a_world_moves_with_its_end() -> None:
    early = simulate_world("thin", MODEL, datetime.fromisoformat("2020-02-29T23:00:00-05:00"), 1, 60)
    assert (early.calls.at == world("thin", 60).calls.at).all()
    assert early.origin.isoformat() == "2019-07-04T23:00:00-05:00"


def test_bursts_are_spells_and_innocents_never_leak() -> None:
    leaky = big("burst").leakage.rate[:-1] > 0
    assert big("burst").leakage.spell[:-1][leaky].all()
    innocent = big("innocent")
    assert (innocent.calls.source == BACKGROUND_CALL).all()
    assert world_truth(innocent, 1)["leaky"] == {}


def test_outside_leaks_are_of_no_channel() -> None:
    drawn = big("outside")
    other = (drawn.calls.source == len(drawn.parties.ids)).sum()
    rate, nu = drawn.leakage.rate[-1], float(drawn.nuisance["nu"])
    assert 0.08 < rate < 0.25
    start = np.where(drawn.canaries.purpose == ORDERED, drawn.orders.placed, drawn.canaries.issued)
    expected = rate * nu * reached(drawn.nuisance, (END - start) / DAY).sum()
    assert near(other, expected, expected * (1 + nu))


def test_tied_channels_see_the_same_orders() -> None:
    drawn = big("tied")
    seen: dict[str, set[int]] = {}
    for canary, channel in zip(drawn.exposures.canary.tolist(), drawn.exposures.channel.tolist(), strict=True):
        if drawn.canaries.purpose[canary] == ORDERED:
            seen.setdefault(drawn.parties.ids[channel], set()).add(canary)
    for one, other in (("merchant", "warehouse"), ("courier", "station")):
        pairs = [(ids, seen[name.replace(one, other)]) for name, ids in seen.items() if name.startswith(one)]
        assert len(pairs) > 5
        assert all(mine == theirs for mine, theirs in pairs)


def test_a_council_shares_its_orders_out_evenly() -> None:
    shops = [kind == "merchant" for kind in big("council").parties.kinds]
    orders = np.bincount(big("council").exposures.channel, minlength=len(shops))[shops]
    assert orders.max() < 1.6 * orders.min()
    everywhere = np.bincount(big("thin").exposures.channel)[[k == "merchant" for k in big("thin").parties.kinds]]
    assert everywhere.max() > 4 * everywhere.min()


def test_a_campaign_has_one_number_and_one_script_and_lasts_hours() -> None:
    drawn = big("campaign")
    sessions = [np.flatnonzero(drawn.calls.session == n) for n in np.unique(drawn.calls.session) if n >= 0]
    assert max(map(len, sessions)) > 100
    for session in sessions:
        assert len({drawn.said.caller[n] for n in session}) == 1
        assert len({drawn.said.script[n] for n in session}) == 1
        assert len({int(drawn.calls.source[n]) for n in session}) == 1
        assert np.ptp(drawn.calls.at[session]) <= 3 * 3600


def test_protected_orders_are_rung_through_their_alias_while_it_lasts() -> None:
    drawn = big("masked")
    shown, calls = drawn.exposures, drawn.calls
    hidden = shown.alias_until != NEVER
    assert 0.4 < np.mean(np.isin(shown.canary, shown.canary[hidden])) < 0.7
    assert (((shown.fields & int(Fields.PHONE_ALIAS)) > 0) == hidden).all()
    last = np.full(len(drawn.canaries.issued), NEVER)
    np.maximum.at(last, shown.canary, shown.alias_until)
    through = np.flatnonzero(calls.via_alias)
    assert len(through) > 50
    assert (calls.at[through] <= last[calls.canary[through]]).all()
    unanswered = ~calls.answered
    assert near(unanswered.sum(), 0.25 * len(unanswered), 0.1875 * len(unanswered))
    assert not calls.known[unanswered].any()
    assert not any(drawn.said.script[n] for n in np.flatnonzero(unanswered))


def test_who_saw_a_field_can_mostly_say_it_when_asked() -> None:
    drawn = big("masked")
    leaked, _, seen = seen_by_sources(drawn)
    answered = drawn.calls.answered[leaked]
    item, unknown = int(Fields.ITEM), drawn.calls.unknown[leaked]
    asked, epsilon = FAMILIES["masked"].asked, float(drawn.nuisance["eps"])
    q = drawn.nuisance["mention"]["item"]
    for here, said, refuses in (
        ((seen & item) > 0, q + epsilon, MODEL.assumptions.cannot_say_when_seen),
        ((seen & item) == 0, epsilon, 1 - epsilon),
    ):
        size, p = (here & answered).sum(), (1 - said) * asked * refuses
        assert near(((unknown & item) > 0)[here].sum(), p * size, p * size)


def test_shared_numbers_carry_thirty_and_the_name_is_heard_with_errors() -> None:
    drawn = world("shared", 600)
    per_number = np.bincount(drawn.canaries.line)
    assert per_number.max() <= 30
    on_controls = np.unique(drawn.canaries.line[drawn.canaries.purpose == CONTROL])
    assert (drawn.canaries.purpose[np.isin(drawn.canaries.line, on_controls)] == CONTROL).all()
    full = np.flatnonzero((big("shared").calls.known & int(Fields.NAME)) > 0)
    ours = full[big("shared").calls.source[full] != BACKGROUND_CALL]
    right = [
        big("shared").said.name[n] == big("shared").canaries.names[big("shared").calls.canary[n]].name for n in ours
    ]
    assert 0.2 < np.mean(right) < 0.9


@pytest.mark.parametrize("orders", [0, 500_001])
def test_sizes_have_limits(orders: int) -> None:
    with pytest.raises(InvalidValue, match="from 1 to 500,000"):
        draw_world(FAMILIES["thin"], MODEL, UNTIL, np.random.default_rng(1), orders)


def test_an_unknown_family_is_refused_with_the_known_ones() -> None:
    with pytest.raises(InvalidValue, match=r"shopper thin council .* masked, got 'tin'"):
        simulate_world("tin", MODEL, UNTIL, 1)


def test_every_family_can_be_as_small_as_one_order() -> None:
    for name in FAMILIES:
        assert len(list(dict(world_bundle(world(name, 1)))["orders.csv"])) == 1


def test_the_docs_list_every_family_with_its_size() -> None:
    page = (Path(__file__).parents[3] / "docs" / "simulate.md").read_text("utf-8")
    listed = re.findall(r"^\| (\w+) \| ([\d,]+) \| .+ \|$", page, re.MULTILINE)
    assert listed == [(family.name, f"{family.orders:,}") for family in FAMILIES.values()]
    assert all(family.about for family in FAMILIES.values())
