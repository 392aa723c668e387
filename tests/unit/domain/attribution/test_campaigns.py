"""Calls that belong together, and what the earlier of them tell of the next."""

from __future__ import annotations

import numpy as np
import pytest

from tests.factories.campaigns import MODEL, Rang, Shown, campaign, fitted_probabilities
from tracer.domain.attribution.behaviour import behaviour_of
from tracer.domain.attribution.campaigns import NONE, campaigns_of, said_before
from tracer.domain.attribution.cells import build_cells
from tracer.domain.attribution.links import link
from tracer.domain.attribution.mention import CANNOT_SAY, SILENT
from tracer.domain.fields import Fields

N, ITEM = Fields.NAME, Fields.ITEM


def ints(*values: int) -> np.ndarray:
    return np.array(values, dtype=np.int64)


def grouped(caller: list[int], script: list[int], line: list[int], day: list[float]) -> list[int]:
    return campaigns_of(ints(*caller), ints(*script), ints(*line), np.array(day)).tolist()


def test_one_caller_and_script_on_several_lines_within_hours() -> None:
    assert grouped([7, 7, 7], [1, 1, 1], [0, 1, 2], [1.0, 1.1, 1.2]) == [0, 0, 0]


@pytest.mark.parametrize(
    ("caller", "script", "line", "day"),
    [
        ([-1, -1], [1, 1], [0, 1], [1.0, 1.1]),
        ([7, 8], [1, 1], [0, 1], [1.0, 1.1]),
        ([7, 7], [1, 1], [0, 0], [1.0, 1.1]),
        ([7, 7], [1, 1], [0, 1], [1.0, 1.6]),
        ([7, 7], [1, 2], [0, 1], [1.0, 1.1]),
        ([7, 7], [1, 1], [0, -1], [1.0, 1.1]),
    ],
    ids=["numbers hidden", "two callers", "one line", "a long pause", "two scripts", "line not known"],
)
def test_calls_by_themselves(caller: list[int], script: list[int], line: list[int], day: list[float]) -> None:
    assert grouped(caller, script, line, day) == [NONE, NONE]


def test_a_call_without_a_script_goes_with_its_callers_session() -> None:
    assert grouped([7, 7, 7], [3, -1, 3], [0, 1, 2], [1.0, 1.1, 1.2]) == [0, 0, 0]
    assert grouped([7, 7], [-1, -1], [0, 1], [1.0, 1.1]) == [0, 0]


def test_no_calls_no_campaigns() -> None:
    assert grouped([], [], [], []) == []


def test_what_was_said_before_counts_only_what_could_be_said() -> None:
    outcomes = np.full((5, 9), SILENT)
    outcomes[:, 3] = [1, SILENT, CANNOT_SAY, 1, 1]
    answered = np.array([True, True, True, False, True])
    day = np.array([1.0, 2.0, 3.0, 4.0, 5.0])
    could, said = said_before(ints(0, 0, 0, 0, 0), day, outcomes, answered)
    assert could[:, 3].tolist() == [0, 1, 2, 2, 2]
    assert said[:, 3].tolist() == [0, 1, 1, 1, 1]
    could, said = said_before(ints(-1, 4, -1, 4, 9), day, outcomes, answered)
    assert could[:, 3].tolist() == [0, 0, 0, 1, 0]
    assert said.sum() == 0


def test_terms_of_a_campaign_add_up_to_its_beta_binomial() -> None:
    """Twenty calls that all say or all leave out the goods: in order, their mentions have one joint probability."""
    behaviour, profile = behaviour_of([MODEL.channels.kind("merchant")], MODEL.other, MODEL.assumptions)
    firm, q, epsilon = behaviour.script_calls, behaviour.mention[profile[0], 3], behaviour.epsilon
    for known in (Fields.NONE, ITEM):
        calls = [Rang(n, 10.0 + n / 100, known, campaign=0) for n in range(20)]
        evidence = campaign(("merchant",), [[Shown(0, 1.0)] for _ in range(20)], calls)
        cells = build_cells(evidence)
        links = link(evidence, cells, profile)
        shop = np.flatnonzero(cells.channel[links.cell] == 0)
        found = links.field_terms(behaviour, shop)[:, 3].sum()
        said = np.arange(20) if known else np.zeros(20)
        rate = (firm * q + said) / (firm + np.arange(20))
        p = np.minimum(rate + epsilon, 1 - epsilon) if known else np.maximum(1 - rate - epsilon, epsilon)
        usual = np.log(epsilon if known else 1 - epsilon)
        assert found == pytest.approx(float(np.log(p).sum() - 20 * usual))
        assert links.mention(behaviour)[shop] == pytest.approx(links.field_terms(behaviour, shop).sum(axis=1))


def test_one_sheet_read_out_many_times_says_less_than_as_many_callers() -> None:
    """Eight calls never name the goods, all that the shop saw beyond the courier: one sheet read out tells less."""

    def p_shop(number: int) -> float:
        contact = N | Fields.PHONE
        routes = [[Shown(0, float(n), contact | ITEM), Shown(1, float(n), contact)] for n in range(8)]
        calls = [Rang(n, 10.0 + n / 100, N, campaign=number) for n in range(8)]
        return fitted_probabilities(campaign(("merchant", "courier"), routes, calls))["merchant-0"]

    alone, together = p_shop(NONE), p_shop(0)
    assert alone < together < 0.5
    assert together > 1.5 * alone
