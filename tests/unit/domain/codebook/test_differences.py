import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracer.domain.codebook.differences import Difference, differences


@pytest.mark.parametrize(
    ("heard", "name", "found"),
    [
        ("张晓萌", "张晓萌", []),
        ("章小蒙", "张晓萌", []),
        ("张小门", "张晓萌", [(3, "meng", "men", True)]),
        ("张女士", "张晓萌", []),
        ("zang xiao meng", "张晓萌", [(1, "zhang", "zang", True)]),
        ("晓门", "张晓萌", [(3, "meng", "men", True)]),
        ("王晓东", "王晓萌", [(3, "meng", "dong", False)]),
        ("山宝皇", "单宝黄", []),
        ("欧阳拉拉", "欧阳娜娜", [(3, "na", "la", True), (4, "na", "la", True)]),
        ("Cathrin Phillips", "Catherine Phillips", [(1, "catherine", "cathrin", True)]),
        ("Mary Smith", "Mary K. Smith", []),
        ("Mary K Jones", "Mary K. Smith", [(3, "smith", "jones", False)]),
        ("欧阳震华", "李晓明", [(1, "李晓明", "欧阳震华", False)]),
        ("欧阳  震华", "李晓明", [(1, "李晓明", "欧阳 震华", False)]),
        ("Debora Loy", "April Fox", [(1, "april", "debora", False), (2, "fox", "loy", False)]),
        ("", "张晓萌", []),
        ("123", "Mary Smith", []),
    ],
)
def test_what_was_heard_otherwise_is_named(heard, name, found):
    assert [(one.place, one.said, one.heard, one.alike) for one in differences(heard, name)] == found


def test_how_far_a_difference_is_comes_along():
    (near,), (far,) = differences("张小门", "张晓萌"), differences("张小破", "张晓萌")
    assert isinstance(near, Difference)
    assert 0 < near.distance < 0.4 < far.distance <= 1
    (word,) = differences("Cathrin Phillips", "Catherine Phillips")
    assert 0 < word.distance < 0.3


@given(st.text(max_size=12), st.text("张晓萌欧阳龘Ab -.", max_size=8))
def test_any_text_has_an_answer(heard, name):
    assert isinstance(differences(heard, name), tuple)
