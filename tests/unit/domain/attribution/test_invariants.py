"""What must hold of every report, whatever the data."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from tests.factories.campaigns import MODEL, Rang, Shown, campaign, draw_world, leak_probabilities, report_on
from tracer.domain.attribution.background import learn_background
from tracer.domain.attribution.evidence import REACHED_ALIAS
from tracer.domain.attribution.explain import CallFindings
from tracer.domain.attribution.fit import Fitter
from tracer.domain.attribution.posterior import starting_state
from tracer.domain.attribution.sampling import run
from tracer.domain.fields import Fields
from tracer.domain.report import BACKGROUND, OTHER, CallFinding, Report, Verdict, report_object

N, ITEM, R, W = Fields.NAME, Fields.ITEM, Fields.PRICE, Fields.WAYBILL_NO
ALIASED = Fields.NAME | Fields.PHONE_ALIAS | Fields.ADDRESS

EDGES = {
    "nothing at all": ((), [], []),
    "a channel nobody used": (("merchant",), [], []),
    "a canary without order": (("merchant",), [[]], [Rang(0, 3.0)]),
    "issued for a shop, no order": (
        ("merchant",),
        [[Shown(0, 1.0, Fields.NAME | Fields.PHONE, order=-1)]],
        [Rang(0, 4.0, N)],
    ),
    "one canary, three orders, the same shop": (
        ("merchant",),
        [[Shown(0, 1.0, order=0), Shown(0, 9.0, order=1), Shown(0, 20.0, order=2)]],
        [Rang(0, 12.0, N | ITEM)],
    ),
    "a call at the moment of exposure": (("merchant",), [[Shown(0, 1.0)]], [Rang(0, 1.0, N | ITEM)]),
    "a call before every exposure": (("merchant",), [[Shown(0, 9.0)]], [Rang(0, 2.0, N | ITEM)]),
    "an alias that had expired": (
        ("courier",),
        [[Shown(0, 1.0, ALIASED, alias_until=5.0)]],
        [Rang(0, 8.0, N, reached=REACHED_ALIAS)],
    ),
    "fourteen channels on one route": (
        ("merchant",) * 14,
        [[Shown(i, 1.0 + i / 10) for i in range(14)]],
        [Rang(0, 5.0, N | ITEM)],
    ),
    "nobody answered, and maybe no scam": (
        ("merchant",),
        [[Shown(0, 1.0)]],
        [Rang(0, 3.0, answered=False), Rang(0, 4.0, N, weight=0.5)],
    ),
}


def check(report: Report) -> None:
    """Sums, terms, ranges and finiteness."""
    for call in report.calls:
        p = {source.channel_id: source.p for source in call.sources}
        assert {BACKGROUND, OTHER} <= set(p)
        assert sum(p.values()) == pytest.approx(1.0, abs=1e-9)
        assert 0.0 <= call.match_p <= 1.0
        for channel in {term.channel_id for term in call.evidence}:
            terms = math.fsum(t.log_likelihood_ratio for t in call.evidence if t.channel_id == channel)
            odds = math.log(max(p[channel], 1e-12)) - math.log(max(p[BACKGROUND], 1e-12))
            assert terms == pytest.approx(odds, abs=1e-6)
    for finding in report.channels:
        rate = finding.leak_rate
        assert 0.0 <= rate.lower <= rate.upper <= 1.0
        assert 0.0 <= rate.mean <= 1.0
        assert 0.0 <= finding.p_leaked <= 1.0
        assert finding.orders == finding.called + finding.silent
        assert "guilty" not in finding.reason.lower()
        assert "clean" not in finding.reason.lower()
    _finite(report_object(report))


def _finite(value: object) -> None:
    if isinstance(value, dict):
        for inner in value.values():
            _finite(inner)
    elif isinstance(value, list):
        for inner in value:
            _finite(inner)
    elif isinstance(value, float):
        assert math.isfinite(value)


@pytest.mark.parametrize("name", EDGES)
def test_odd_campaigns_give_whole_reports(name: str) -> None:
    check(report_on(campaign(*EDGES[name])))


def test_a_drawn_world_gives_a_whole_report() -> None:
    world = draw_world(
        np.random.default_rng(4), ("platform", "merchant", "merchant", "courier"), 40, leaky=[1], rate=0.5
    )
    report = report_on(world.evidence)
    check(report)
    assert [call.call_id for call in report.calls] == list(world.evidence.calls.ids)


def test_a_channel_never_exposed_keeps_its_prior_and_no_verdict() -> None:
    """The prior in force: what the merchant's leak teaches of the share of leaky channels is little, and bounded."""
    report = report_on(campaign(("merchant", "courier"), [[Shown(0, 1.0)]], [Rang(0, 3.0, N | ITEM)]))
    (courier,) = [finding for finding in report.channels if finding.channel_id == "courier-1"]
    prior = MODEL.channels.kind("courier").prior_leaky
    assert prior < courier.p_leaked < 1.5 * prior
    assert (courier.verdict, courier.bound, courier.orders) == (Verdict.UNRESOLVED, None, 0)
    assert courier.log_bayes_factor == pytest.approx(0.0, abs=1e-6)


def test_twins_get_equal_blame() -> None:
    routes = [[Shown(0, 2.0 * n), Shown(1, 2.0 * n)] for n in range(8)]
    p = leak_probabilities(
        report_on(campaign(("merchant", "merchant"), routes, [Rang(1, 5.0, N | ITEM), Rang(5, 13.0, N | R)]))
    )
    assert p["merchant-0"] == pytest.approx(p["merchant-1"], abs=0.06)
    assert p["merchant-0"] + p["merchant-1"] > 0.9


def test_the_order_of_channels_and_canaries_does_not_matter() -> None:
    kinds = ("platform", "merchant", "courier")
    routes = [
        [Shown(0, 4.0 * n), Shown(1, 4.0 * n + 0.1), *([Shown(2, 4.0 * n + 1)] if n % 2 else [])] for n in range(10)
    ]
    calls = [Rang(1, 7.0, N | ITEM | R), Rang(4, 18.0, N | ITEM), Rang(7, 31.0, N | W)]
    straight = leak_probabilities(report_on(campaign(kinds, routes, calls)))
    turned = [[Shown(2 - s.channel, s.day) for s in route] for route in reversed(routes)]
    back = leak_probabilities(
        report_on(campaign(kinds[::-1], turned, [Rang(9 - c.canary, c.day, c.known) for c in calls]))
    )
    for place, kind in enumerate(kinds):
        assert back[f"{kind}-{2 - place}"] == pytest.approx(straight[f"{kind}-{place}"], abs=0.05)


def test_longer_silence_on_routes_of_one_channel_never_raises_suspicion() -> None:
    routes = [[Shown(0, 0.5 * n)] for n in range(12)]
    found = [
        leak_probabilities(report_on(campaign(("merchant",), routes, [], end=20_000.0 + days)))["merchant-0"]
        for days in (6.5, 10.0, 30.0, 200.0)
    ]
    assert found == sorted(found, reverse=True)
    assert found[-1] < 0.8 * found[0] < 0.5 * MODEL.channels.kind("merchant").prior_leaky


def test_watching_silent_orders_for_longer_never_raises_suspicion_beside_called_ones() -> None:
    """Routes of one channel, the background held: only the silent orders are watched for longer."""
    routes = [[Shown(0, 0.5 * n)] for n in range(8)] + [[Shown(1, 2.0)]]
    evidence = campaign(("merchant", "courier"), routes, [Rang(1, 30.0, N | W), Rang(2, 40.0)])
    silent = np.array([0, 3, 4, 5, 6, 7])
    found = []
    for days in (5.0, 8.0, 20.0, 60.0, 200.0):
        end = evidence.canaries.end.copy()
        end[silent] = 20_000.0 + days
        shorter = replace(evidence, canaries=replace(evidence.canaries, end=end))
        fitter = Fitter(shorter, MODEL.other, MODEL.assumptions, learn=False)
        background = learn_background(shorter, np.ones(2), MODEL.assumptions)
        problem = fitter.prepare(fitter.assumed_model(), background, None).problem
        rng = np.random.default_rng(1)
        found.append(run(problem, starting_state(problem, 4, rng), 50, 400, rng).p_leaky[0])
    assert (np.diff(found) < 0.005).all()
    assert found[-1] < 0.8 * found[0]


def test_the_same_data_and_seed_give_the_same_report() -> None:
    world = draw_world(np.random.default_rng(9), ("merchant", "courier"), 20, leaky=[0], rate=0.6)
    assert report_object(report_on(world.evidence)) == report_object(report_on(world.evidence))


def test_a_control_accuses_nobody() -> None:
    evidence = campaign(("merchant",), [[Shown(0, 1.0)], [Shown(0, 2.0)]], [Rang(1, 4.0, N | ITEM | R)], controls=[1])
    (call,) = report_on(evidence).calls
    assert {source.channel_id for source in call.sources if source.p > 0} <= {BACKGROUND, OTHER}


def test_what_a_caller_could_not_say_counts_against_who_saw_it() -> None:
    routes = [[Shown(0, 3.0 * n), Shown(1, 3.0 * n)] for n in range(6)]

    def platform(unknown: Fields) -> float:
        calls = [Rang(n, 3.0 * n + 4, N | ITEM, unknown=unknown) for n in (0, 2, 4)]
        return leak_probabilities(report_on(campaign(("platform", "merchant"), routes, calls)))["platform-0"]

    assert platform(Fields.ACCOUNT) < 0.3 * platform(Fields.NONE)


def test_a_bare_call_is_background_and_a_telling_one_is_not() -> None:
    report = report_on(
        campaign(("merchant",), [[Shown(0, 1.0)] for _ in range(2)], [Rang(0, 40.0), Rang(1, 4.0, N | ITEM | R)])
    )
    top = {call.call_id: call.sources[0].channel_id for call in report.calls}
    assert top == {"c0": BACKGROUND, "c1": "merchant-0"}


def test_on_a_shared_line_the_name_decides_between_candidates() -> None:
    """Two shops of the same record; canaries 0 and 1 share a line, on which one call arrives."""
    routes = [[Shown(0, 1.0)], [Shown(1, 1.0)], *([Shown(n % 2, 2.0 + n)] for n in range(20))]
    record = [Rang(n, n + 3.0, N | ITEM) for n in (2, 3, 8, 9, 14, 15)]

    def call(first: float, second: float) -> CallFinding:
        shared = Rang(0, 5.0, N | ITEM, candidates=((0, first), (1, second)))
        evidence = campaign(("merchant", "merchant"), routes, [shared, *record], lines=[0, 0, *range(1, 21)])
        return next(finding for finding in report_on(evidence).calls if finding.call_id == "c0")

    named, unnamed = call(2.0, -8.0), call(0.0, 0.0)
    assert (named.canary_id, named.sources[0].channel_id) == ("k0", "merchant-0")
    assert named.match_p > 0.95
    shares = {source.channel_id: source.p for source in unnamed.sources}
    assert shares["merchant-0"] == pytest.approx(shares["merchant-1"], abs=0.1)
    assert shares["merchant-0"] + shares["merchant-1"] > 0.9
    assert unnamed.match_p < 0.6


def test_a_telling_call_minutes_after_the_order_is_not_background() -> None:
    routes = [[Shown(0, 1.0)] for _ in range(5)]
    minute = 1 / 1440
    for minutes in (2, 10, 30, 90):
        (call,) = report_on(campaign(("merchant",), routes, [Rang(0, 1.0 + minutes * minute, N | ITEM | R)])).calls
        assert {source.channel_id: source.p for source in call.sources}[BACKGROUND] < 0.1


def test_findings_of_calls_are_a_sequence() -> None:
    calls = report_on(draw_world(np.random.default_rng(3), ("merchant", "courier"), 12, leaky=[0]).evidence).calls
    assert len(calls) == len(list(calls)) > 2
    assert calls[-1] == list(calls)[-1] == calls[len(calls) - 1]
    assert calls[1:3] == [calls[1], calls[2]]
    assert isinstance(calls, CallFindings)
    assert calls.of(calls[1].call_id) == calls[1]
    assert calls.of("no such call") is None
    with pytest.raises(IndexError):
        calls[len(calls)]
