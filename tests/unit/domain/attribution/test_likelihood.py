"""Cells from exposure rows, and the factors of a call: fields, timing, reach."""

from __future__ import annotations

import numpy as np
import pytest

from tests.factories.campaigns import MODEL, START, Rang, Shown, campaign
from tracer.domain.attribution import likelihood
from tracer.domain.attribution.behaviour import behaviour_of
from tracer.domain.attribution.cells import Cells, build_cells, expected_calls
from tracer.domain.attribution.evidence import REACHED_ALIAS, REACHED_LINE, REACHED_UNKNOWN, Evidence, Floats
from tracer.domain.attribution.likelihood import Factors, factors
from tracer.domain.attribution.links import Links, link
from tracer.domain.attribution.mention import CANNOT_SAY, SILENT, mention_table
from tracer.domain.fields import Fields

CONTACT = Fields.NAME | Fields.PHONE
ALIASED = Fields.NAME | Fields.PHONE_ALIAS


def linked(evidence: Evidence) -> tuple[Cells, Links, Factors]:
    behaviour, profile = behaviour_of(evidence.profiles, MODEL.other, MODEL.assumptions)
    cells = build_cells(evidence)
    links = link(evidence, cells, profile)
    return cells, links, factors(evidence, cells, links, profile, behaviour, slice(None))


def reach_of(fields: Fields, reached: int, day: float, alias_until: float = np.nan) -> float:
    """P(reach) that the engine gives the only channel."""
    shown = [Shown(0, 1.0, fields, alias_until=alias_until)]
    cells, links, found = linked(campaign(("courier",), [shown], [Rang(0, day, reached=reached)]))
    return float(np.exp(found.reach[cells.channel[links.cell] == 0][0]))


def expected(evidence: Evidence) -> tuple[Cells, Floats]:
    behaviour, profile = behaviour_of(evidence.profiles, MODEL.other, MODEL.assumptions)
    cells = build_cells(evidence)
    return cells, expected_calls(cells, evidence.canaries.end, profile, behaviour)


def test_handing_over_merges_into_the_first_order_of_that_channel() -> None:
    route = [Shown(0, 1.0, CONTACT, order=-1), Shown(0, 9.0, order=5), Shown(0, 4.0, order=7), Shown(1, 1.0, order=-1)]
    cells, _, _ = linked(campaign(("merchant", "courier"), [route], []))
    mine = cells.channel < 2
    assert sorted(zip(cells.channel[mine], cells.order[mine], cells.count[mine], strict=True)) == [
        (0, 5, 1),
        (0, 7, 2),
        (1, -1, 1),
    ]


def test_a_call_sees_the_latest_step_and_all_that_was_shown_so_far() -> None:
    route = [Shown(0, 1.0, CONTACT), Shown(0, 5.0, Fields.ITEM), Shown(0, 9.0, Fields.PRICE)]
    cells, links, _ = linked(campaign(("merchant",), [route], [Rang(0, 6.0)]))
    step = int(links.step[cells.channel[links.cell] == 0][0])
    assert cells.step_day[step] == START + 5.0
    assert Fields(int(cells.step_fields[step])) == CONTACT | Fields.ITEM


def test_a_control_keeps_only_other() -> None:
    cells, _, _ = linked(campaign(("merchant",), [[Shown(0, 1.0)]], [], controls=[0]))
    assert cells.channel.tolist() == [1]
    assert Fields(int(cells.step_fields[-1])) == CONTACT


def test_a_call_before_the_exposure_cannot_come_from_it() -> None:
    evidence = campaign(("merchant",), [[Shown(0, 5.0)]], [Rang(0, 4.0)], started=[0.0])
    cells, links, _ = linked(evidence)
    assert cells.channel[links.cell].tolist() == [1]


@pytest.mark.parametrize(
    ("fields", "reached", "day", "until", "p"),
    [
        (CONTACT, REACHED_LINE, 3.0, np.nan, 1.0),
        (Fields.NAME, REACHED_UNKNOWN, 3.0, np.nan, 0.02),
        (ALIASED, REACHED_ALIAS, 3.0, 5.0, 1.0),
        (ALIASED, REACHED_ALIAS, 5.0, 5.0, 1.0),
        (ALIASED, REACHED_ALIAS, 8.0, 5.0, 0.02 * 0.01),
        (ALIASED, REACHED_LINE, 3.0, 5.0, 0.02),
        (ALIASED, REACHED_UNKNOWN, 3.0, 5.0, 1.0),
        (ALIASED, REACHED_UNKNOWN, 8.0, 5.0, 0.02),
        (ALIASED, REACHED_UNKNOWN, 80.0, np.nan, 1.0),
        (CONTACT, REACHED_ALIAS, 3.0, np.nan, 0.02),
    ],
)
def test_reach(fields: Fields, reached: int, day: float, until: float, p: float) -> None:
    assert reach_of(fields, reached, day, until) == pytest.approx(p)


def test_an_alias_draws_fewer_calls_once_it_has_expired() -> None:
    cells, lasting = expected(campaign(("courier",), [[Shown(0, 1.0, ALIASED)]], []))
    _, short = expected(campaign(("courier",), [[Shown(0, 1.0, ALIASED, alias_until=3.0)]], []))
    _, unseen = expected(campaign(("courier",), [[Shown(0, 1.0, Fields.NAME)]], []))
    mine = cells.channel == 0
    assert lasting[mine][0] > short[mine][0] > unseen[mine][0] > 0


def test_nothing_said_is_impossible_and_each_field_adds_up() -> None:
    behaviour, _ = behaviour_of([MODEL.channels.kind("merchant")], MODEL.other, MODEL.assumptions)
    table = np.exp(mention_table(behaviour))
    ways = {0: (0, 1, 2), 1: (0, 1, 2, 3)}
    for field in range(table.shape[1]):
        total = table[:, field][:, :, list(ways.get(field, (0, 1)))].sum(axis=-1)
        assert total == pytest.approx(1.0)
    assert table.min() >= 0.5 * behaviour.epsilon
    assert table[0, 4, 1, CANNOT_SAY] < table[0, 4, 0, CANNOT_SAY]
    assert table[0, 3, 1, SILENT] < table[0, 3, 0, SILENT]


def test_factors_are_those_of_the_formula_and_intensities_their_product(monkeypatch: pytest.MonkeyPatch) -> None:
    """w·exp(h)·ν·f·reach·g over g0, worked out for each link by itself."""
    rang = [Rang(0, 3.0, known=Fields.ITEM, weight=0.25), Rang(0, 4.0, weight=0.0, candidates=((0, 1.5), (1, -0.5)))]
    shown = [[Shown(0, 1.0), Shown(1, 2.0, Fields.NAME)], [Shown(1, 1.0)]]
    evidence = campaign(("merchant", "courier"), shown, rang)
    behaviour, profile = behaviour_of(evidence.profiles, MODEL.other, MODEL.assumptions)
    cells, links, found = linked(evidence)
    assert len(links.call) == 8
    monkeypatch.setattr(likelihood, "BLOCK", 3)
    total = likelihood.intensities(evidence, cells, links, profile, behaviour)
    kinds, weights = profile[cells.channel[links.cell]], (0.25, 1e-12)
    for place, call in enumerate(links.call.tolist()):
        delay = evidence.calls.day[call] - cells.step_day[links.step[place]]
        density = behaviour.delay_density(kinds[place : place + 1], np.array([delay]))[0]
        assert found.timing[place] == pytest.approx(np.log(behaviour.calls[kinds[place]] * density))
        assert found.weight[place] == pytest.approx(np.log(weights[call]))
        assert found.heard[place] == evidence.matches.log_ratio[links.match[place]]
        one = likelihood.factors(evidence, cells, links, profile, behaviour, np.array([place]))
        assert [one.timing[0], one.reach[0]] == [found.timing[place], found.reach[place]]
    said = links.mention(behaviour)
    assert np.log(total) == pytest.approx(found.timing + found.reach + found.heard + found.weight + said, rel=1e-12)
    assert set(found.heard) == {0.0, 1.5, -0.5}
