"""Implicated, bounded, unresolved, and groups that cannot be told apart."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.integrate import quad

from tests.factories.campaigns import Rang, Shown, campaign, report_on
from tracer.domain.attribution.cells import build_cells
from tracer.domain.attribution.confounding import _dependent
from tracer.domain.attribution.verdicts import _silent_orders, with_prior
from tracer.domain.fields import Fields
from tracer.domain.report import ChannelFinding, Report, Verdict

N, ITEM, R, W = Fields.NAME, Fields.ITEM, Fields.PRICE, Fields.WAYBILL_NO


def of(report: Report, channel_id: str) -> ChannelFinding:
    return next(finding for finding in report.channels if finding.channel_id == channel_id)


def test_a_leaker_met_on_many_routes_is_implicated_and_the_silent_ones_are_bounded() -> None:
    routes = [[Shown(0, n), Shown(1 + n % 2, n + 0.5)] for n in range(90)]
    calls = [Rang(n, n + 4, N | W | ITEM) for n in range(1, 60, 4)]
    report = report_on(campaign(("platform", "courier", "warehouse"), routes, calls))
    leaker, platform, courier = (of(report, name) for name in ("warehouse-2", "platform-0", "courier-1"))
    assert leaker.verdict is Verdict.IMPLICATED
    assert leaker.leak_rate.lower < 15 / 45 < leaker.leak_rate.upper
    assert "someone holding its data" in leaker.reason
    assert (platform.verdict, courier.verdict) == (Verdict.BOUNDED, Verdict.BOUNDED)
    assert platform.bound is not None
    assert platform.bound < 0.10
    assert f"{platform.bound:.1%}" in platform.reason


def test_few_orders_stay_unresolved_and_say_how_many_more() -> None:
    report = report_on(campaign(("merchant",), [[Shown(0, n)] for n in range(4)], []))
    finding = of(report, "merchant-0")
    assert finding.verdict is Verdict.UNRESOLVED
    assert finding.more_orders is not None
    assert 10 < finding.more_orders < 60
    assert str(finding.more_orders) in finding.reason


def test_as_many_silent_orders_as_it_asked_for_do_bound_it() -> None:
    more = of(report_on(campaign(("merchant",), [[Shown(0, n)] for n in range(4)], [])), "merchant-0").more_orders
    assert more is not None
    routes = [[Shown(0, n / 4)] for n in range(4 + more)]
    finding = of(report_on(campaign(("merchant",), routes, [])), "merchant-0")
    assert finding.verdict is Verdict.BOUNDED
    fewer = of(report_on(campaign(("merchant",), routes[: 4 + more - max(2, more // 8)], [])), "merchant-0")
    assert fewer.verdict is Verdict.UNRESOLVED


def test_inseparable_channels_are_named_together_with_the_order_that_would_separate_them() -> None:
    routes = [[Shown(0, 2 * n), Shown(1, 2 * n + 0.01), Shown(2, 2 * n + 1)] for n in range(8)]
    routes += [[Shown(2, 20.0 + n)] for n in range(30)]
    calls = [Rang(n, 2 * n + 3.5, N | ITEM | R) for n in (0, 2, 3, 6)]
    report = report_on(campaign(("platform", "merchant", "courier"), routes, calls))
    assert all(of(report, name).verdict is not Verdict.IMPLICATED for name in ("platform-0", "merchant-1"))
    (group,) = report.groups
    assert set(group.channel_ids) == {"platform-0", "merchant-1"}
    assert group.verdict is Verdict.IMPLICATED
    assert group.p_any > 0.95
    assert group.p_exactly_one > 0.5
    assert "merchant-1" in group.separating_order
    assert "platform-0" in group.separating_order


def test_no_group_is_told_where_nobody_is_suspected() -> None:
    routes = [[Shown(0, n), Shown(1, n)] for n in range(10)]
    assert list(report_on(campaign(("platform", "merchant"), routes, [])).groups) == []


def test_another_prior_moves_the_odds_by_its_own_odds() -> None:
    p, prior = np.array([0.5, 0.99]), np.array([0.08, 0.08])
    halved = with_prior(p, prior, prior / 2)
    factor = (0.04 / 0.96) / (0.08 / 0.92)
    assert halved / (1 - halved) == pytest.approx(p / (1 - p) * factor)
    assert with_prior(p, prior, prior) == pytest.approx(p)


def test_channels_that_nobody_called_about_are_in_no_group() -> None:
    """They are not sampled in the run; their draws must still be those of their posterior."""
    silent = report_on(campaign(("platform", "merchant"), [[Shown(0, 0), Shown(1, 0)]], []))
    assert max(one.p_leaked for one in silent.channels) < 0.1
    assert list(silent.groups) == []


def test_a_platform_and_the_two_shops_of_all_its_orders_are_one_question() -> None:
    """The platform's orders are the sum of the shops': no count can tell the platform from both of them."""
    both = [[Shown(0, n), Shown(1 + n % 2, n + 0.1)] for n in range(8)]
    cells = build_cells(campaign(("platform", "merchant", "merchant"), both, []))
    everyone = np.arange(3)
    assert _dependent(cells, everyone, 6).sum() == 6
    assert not _dependent(cells, everyone[:2], 6).any(), "without the other shop they differ"
    assert not _dependent(cells, everyone, 2).any(), "too many to be told as one group"
    alone = build_cells(campaign(("platform", "merchant", "merchant"), [*both, [Shown(0, 20.0)]], []))
    assert not _dependent(alone, everyone, 6).any(), "one order through neither shop tells"


@pytest.mark.parametrize(("a", "b"), [(1.0, 1.5), (4.0, 6.0), (0.5, 0.75)])
def test_as_many_silent_orders_as_asked_for_bring_the_limit_down(a: float, b: float) -> None:
    """Against integration of the density by other means."""
    orders = _silent_orders(a, b, 0.8, 0.1)

    def mass(n: int, top: float) -> float:
        return float(quad(lambda x: x ** (a - 1) * (1 - x) ** (b - 1) * (1 - 0.8 * x) ** n, 0, top)[0])

    assert mass(orders, 0.1) / mass(orders, 1.0) >= 0.945
    assert mass(orders - 2, 0.1) / mass(orders - 2, 1.0) < 0.955


def test_no_canary_no_group() -> None:
    nothing = build_cells(campaign(("merchant", "courier"), [], []))
    assert not _dependent(nothing, np.arange(2), 6).any()
