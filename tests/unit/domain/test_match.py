from datetime import UTC, datetime

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracer.domain.errors import InvalidValue
from tracer.domain.heard_values import Heard, OrderValues, price_in, same_goods
from tracer.domain.match import KEEP, Candidate, LineMatcher, WeightedRanking, match_probabilities
from tracer.domain.order import Order

XIAOMENG = Candidate("k1", "张晓萌", (OrderValues("保温杯", "349.10", "26000926523", "SF1000012253293"),))
WEI = Candidate("k2", "王志强", (OrderValues("电动牙刷", "30.00", "26001029470", "SF1000013614770"),))
TWO = Candidate(
    "k3",
    "陈思雨",
    (
        OrderValues("保温杯", "120.00", "26000000000", "SF1000000000000"),
        OrderValues("羽绒服", "237.30", "26002700379", "SF1000035712589"),
    ),
)
NONE = Candidate("k4", "刘建国")
SHARED = [XIAOMENG, WEI, TWO, NONE]


def by_canary(heard, candidates=SHARED):
    matcher = LineMatcher(candidates)
    found = matcher.match(heard)
    return {
        matcher.candidates[i].canary: r for i, r in zip(found.indices.tolist(), found.log_ratios.tolist(), strict=True)
    }


@pytest.mark.parametrize(
    ("heard", "canary"),
    [
        (Heard(name="章小梦"), "k1"),
        (Heard(name="王先生"), "k2"),
        (Heard(item="牙刷"), "k2"),
        (Heard(price="345"), "k1"),
        (Heard(price="¥237.3"), "k3"),
        (Heard(order_no="0379"), "k3"),
        (Heard(order_no="2600 1029 470"), "k2"),
        (Heard(waybill_no="sf1000012253293"), "k1"),
        (Heard(waybill_no="4770", item="保温杯"), "k2"),
        (Heard(name="刘先生"), "k4"),
        (Heard(name="张女士", waybill_no="3293", price="349"), "k1"),
    ],
)
def test_the_canary_spoken_of_comes_first(heard, canary):
    found = by_canary(heard)
    assert next(iter(found)) == canary
    assert found[canary] > 0.3


def test_a_background_caller_may_know_a_candidates_values_too():
    n = len(SHARED)
    heard = Heard(name="张晓萌", price="349.10", order_no="6523")
    assert by_canary(heard)["k1"] == pytest.approx(np.log(2 * n), abs=0.01)


def test_nothing_heard_says_nothing():
    assert set(by_canary(Heard()).values()) == {0.0}
    assert set(by_canary(Heard(name="  ", order_no="12", price="很贵")).values()) == {0.0}


def test_a_strangers_name_speaks_against_all_alike():
    found = by_canary(Heard(name="赵国庆"))
    assert max(found.values()) < -3


def test_unknown_values_of_a_canary_neither_help_nor_harm():
    ours, stranger = LineMatcher(SHARED).log_likelihoods(
        Heard(order_no="9999", waybill_no="9999", price="5", item="雨伞")
    )
    assert ours[3] == pytest.approx(stranger)
    assert (ours[:3] < stranger).all()


def test_of_several_orders_one_is_spoken_of_as_a_whole():
    matcher = LineMatcher(SHARED)
    whole = matcher.log_likelihoods(Heard(item="羽绒服", price="237.30"))[0][2]
    mixed = matcher.log_likelihoods(Heard(item="羽绒服", price="120.00"))[0][2]
    assert whole > mixed + 1


def test_goods_that_many_ordered_tell_less():
    cups = [Candidate(i, name, (OrderValues("保温杯"),)) for i, name in enumerate(["张三丰", "李四光", "王五一"])]
    odd = Candidate(9, "赵六合", (OrderValues("砂锅"),))
    ours, stranger = LineMatcher([*cups, odd]).log_likelihoods(Heard(item="保温杯"))
    rare, rare_stranger = LineMatcher([*cups, odd]).log_likelihoods(Heard(item="砂锅"))
    assert rare[3] - rare_stranger > ours[0] - stranger > 0


@pytest.mark.parametrize(
    "heard", [Heard(), Heard(name="章小梦"), Heard(name="张女士"), Heard(name="张*萌", order_no="6523")]
)
def test_on_a_line_of_its_own_what_fits_changes_nothing(heard):
    found = LineMatcher([XIAOMENG]).match(heard)
    assert found.indices.tolist() == [0]
    assert found.log_ratios.tolist() == [0.0]


@pytest.mark.parametrize("name", ["赵国庆", "王先生", "Zhao Guoqing", "David Smith"])
def test_on_a_line_of_its_own_a_strangers_name_contradicts(name):
    ratio = LineMatcher([XIAOMENG]).match(Heard(name=name)).log_ratios[0]
    assert -6.5 < ratio < -3


def test_a_single_candidate_of_a_shared_line_is_matched_like_the_others():
    found = LineMatcher([XIAOMENG], own_line=False).match(Heard(name="张晓萌"))
    assert found.log_ratios[0] == pytest.approx(np.log(2), abs=0.01)
    with pytest.raises(InvalidValue, match="own_line"):
        LineMatcher(SHARED, own_line=True)


def test_only_the_best_are_kept_unless_all_are_asked_for():
    many = [Candidate(i, "张晓萌") for i in range(20)]
    matcher = LineMatcher(many)
    assert matcher.match(Heard(name="王女士")).indices.tolist() == list(range(KEEP))
    assert len(matcher.match(Heard(), keep=None).indices) == 20
    assert "k2" not in by_canary(Heard(name="张晓萌", order_no="26000926523"))


def test_a_line_without_candidates_matches_none():
    assert LineMatcher([]).match(Heard(name="张晓萌")).indices.size == 0
    nobody = LineMatcher([]).rank(Heard(name="张晓萌"))
    assert nobody.log_ratios.size == 0
    assert match_probabilities(nobody, 0.5) == (pytest.approx([]), 1.0, None)


def test_a_verdict_needs_nineteen_in_twenty():
    matcher = LineMatcher(SHARED)
    sure = matcher.rank(Heard(name="章小梦"))
    posterior = match_probabilities(sure, 0.5)
    assert posterior.verdict == 0
    assert posterior.candidates[0] >= 0.95
    assert posterior.candidates.sum() + posterior.not_ours == pytest.approx(1)

    twins = LineMatcher([XIAOMENG, Candidate("k5", "张国华")]).rank(Heard(name="张女士"))
    assert match_probabilities(twins, 0.5).verdict is None

    stranger = match_probabilities(matcher.rank(Heard(name="赵国庆")), 0.5)
    assert stranger.verdict is None
    assert stranger.not_ours > 0.95


def test_posterior_by_hand():
    ranking = WeightedRanking(np.array([2, 0]), np.log([3 / 4, 1 / 4]), 0.0)
    posterior = match_probabilities(ranking, 0.5)
    np.testing.assert_allclose(posterior.candidates, np.array([3, 1]) / 8)
    assert posterior.not_ours == pytest.approx(0.5)


def test_candidates_that_are_not_shown_count_all_the_same():
    many = LineMatcher([Candidate(i, name) for i, name in enumerate(f"张{a}{b}" for a in "国建晓思" for b in "华明雨")])
    shown = match_probabilities(many.rank(Heard(name="张先生"), keep=3), 0.9)
    everybody = match_probabilities(many.rank(Heard(name="张先生"), keep=None), 0.9)
    np.testing.assert_allclose(shown.candidates, everybody.candidates[:3])
    assert shown.not_ours == pytest.approx(everybody.not_ours)
    assert everybody.candidates.sum() + everybody.not_ours == pytest.approx(1)


def test_a_prior_can_be_shared_out_unevenly():
    twins = LineMatcher([XIAOMENG, Candidate("k5", "张小蒙")])
    ranking = twins.rank(Heard(name="章小梦"), weights=np.array([0.01, 0.99]))
    assert ranking.indices[0] == 1
    assert match_probabilities(ranking, 0.9).candidates[0] > 0.95


def test_a_title_tells_the_gender():
    pair = LineMatcher([Candidate("f", "张晓萌", gender="female"), Candidate("m", "张国华", gender="male")])
    for heard, meant in (("张女士", "f"), ("张先生", "m"), ("zhang xiansheng", "m"), ("张小姐", "f")):
        ranking = pair.rank(Heard(name=heard))
        assert pair.candidates[ranking.indices[0]].canary == meant
        assert ranking.log_ratios[0] > ranking.log_ratios[1] + 2
    alike = pair.rank(Heard(name="张老师")).log_ratios
    assert alike[0] == pytest.approx(alike[1])


@pytest.mark.parametrize("prior", [0.0, 1.0, -0.1, float("nan")])
def test_a_prior_is_a_probability(prior):
    with pytest.raises(InvalidValue, match="prior_ours"):
        match_probabilities(WeightedRanking(np.zeros(1, dtype=np.int64), np.zeros(1), 0.0), prior)


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("298.20", 298.2),
        ("¥1,299.00", 1299.0),
        ("298元", 298.0),
        ("３０", 30.0),
        ("", None),
        ("便宜", None),
        ("3件90元", None),
    ],
)
def test_prices_as_said(text, amount):
    assert price_in(text) == amount


@pytest.mark.parametrize(
    ("said", "item", "same"),
    [
        ("保温杯", "保温杯", True),
        ("杯", "保温杯", True),
        ("不锈钢保温杯子", "保温杯", True),
        ("牙刷头", "电动牙刷", True),
        ("Running SHOES", "shoes, size 42", True),
        ("雨伞", "羽绒服", False),
        ("", "羽绒服", False),
        ("雨伞", "", False),
    ],
)
def test_goods_are_the_same_by_a_word(said, item, same):
    assert same_goods(said, item) is same


def test_values_of_an_order_of_the_registry():
    order = Order("o1", "k1", datetime(2026, 1, 1, tzinfo=UTC), "26", "保温杯", "20.00", "CNY", "SF1")
    assert OrderValues.of(order) == ("保温杯", "20.00", "26", "SF1")


SAID = st.text(max_size=30) | st.text("张王小老晓萌*xX某 先生女士吗ni hao-'.,0123456789元¥", max_size=30)


@given(st.builds(Heard, SAID, SAID, SAID, SAID, SAID))
def test_whatever_was_typed_gives_finite_ratios(heard):
    found = LineMatcher(SHARED).match(heard, keep=None)
    assert np.isfinite(found.log_ratios).all()
    assert found.log_ratios.max() <= np.log(2 * len(SHARED)) + 1e-9
