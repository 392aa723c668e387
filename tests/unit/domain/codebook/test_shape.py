"""Scores of all names of a shape at once, against one name at a time."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest

from tracer.domain.codebook.confusion import confusion
from tracer.domain.codebook.forms import FULL, GIVEN_ONLY, MASKED, NICKNAMED, ONE_DROPPED, TITLED_SURNAME
from tracer.domain.codebook.hearing import Spoken, chinese_readings
from tracer.domain.codebook.phonetics import syllable_of
from tracer.domain.codebook.shape import TITLE_RIGHT, Shape
from tracer.domain.codebook.syllables import SYLLABLE_ID, SYLLABLES, merged_class
from tracer.domain.codebook.typed import COPIED, MISCOPIED, typed_share

NAMES, GENDERS = ["王小明", "李大伟", "张晓萌", "章小门", "王\U00031400伟"], ["male", "male", "female", "", "female"]
PLACES = [3, 4, 8, 9, 20]


@pytest.fixture(scope="module")
def shape() -> Shape:
    """The names above, added in two goes."""
    made = Shape(1, 2, number=7)
    made.extend(PLACES[:2], NAMES[:2], GENDERS[:2])
    made.extend(PLACES[2:], NAMES[2:], GENDERS[2:])
    return made


def heard(text: str) -> Spoken:
    return chinese_readings(text)[0]


def likelihood(shape: Shape, text: str, rows: list[int] | None = None) -> list[float]:
    found = shape.likelihood(heard(text), None if rows is None else np.array(rows))
    assert found is not None
    return [float(one) for one in found]


def sounds(text: str, name: str, places: tuple[int, ...]) -> float:
    """The product of P(syllable heard | character said) over the places, of pinyin with one reading each."""
    total = 1.0
    for syllable, place in zip(text.split(), places, strict=True):
        said = syllable_of(name[place], surname=place == 0)
        total *= confusion()[SYLLABLE_ID[syllable], said] if said >= 0 else 1 / len(SYLLABLES)
    return float(total)


def test_names_know_their_places(shape: Shape) -> None:
    assert (shape.size, shape.places.tolist()) == (5, PLACES)
    assert (shape.family, shape.given, shape.number) == (1, 2, 7)
    assert Shape(1, 1).size == 0


def test_pinyin_in_full_is_the_product_of_its_syllables(shape: Shape) -> None:
    for text in ("wang xiao ming", "zhang xiao men"):
        plain = [FULL * sounds(text, name, (0, 1, 2)) for name in NAMES]
        assert likelihood(shape, text) == pytest.approx(plain, abs=0)
        assert likelihood(shape, text, [4, 0]) == pytest.approx([plain[4], plain[0]], abs=0)


def test_a_part_of_a_name_may_be_any_that_is_left_out(shape: Shape) -> None:
    plain = [
        GIVEN_ONLY * sounds("xiao meng", name, (1, 2))
        + ONE_DROPPED / 2 * (sounds("xiao meng", name, (0, 2)) + sounds("xiao meng", name, (0, 1)))
        for name in NAMES
    ]
    assert likelihood(shape, "xiao meng") == pytest.approx(plain, abs=0)


def test_what_has_more_syllables_than_the_shape_says_nothing(shape: Shape) -> None:
    assert shape.likelihood(heard("ou yang na na")) is None
    assert shape.alike(heard("ou yang na na")).tolist() == []


def copied(*ratios: float) -> float:
    return float((1 - COPIED) + COPIED * np.prod(ratios))


def test_the_right_characters_tell_more_the_rarer_they_are_and_wrong_ones_little(shape: Shape) -> None:
    right = [1 / typed_share(one, surname=not place) for place, one in enumerate("王小明")]
    pinyin, typed = likelihood(shape, "wang xiao ming"), likelihood(shape, "王小明")
    assert typed[0] / pinyin[0] == pytest.approx(copied(*right), rel=0.2, abs=0)  # a character may have other readings
    assert likelihood(shape, "小王")[0] > 0
    masked = likelihood(shape, "王*明")
    wang, ming = (SYLLABLE_ID[one] for one in ("wang", "ming"))
    said = MASKED * confusion()[wang, wang] * confusion()[ming, ming]
    assert masked[0] == pytest.approx(said * copied(right[0], right[2]), rel=1e-6, abs=0)
    (nickname,) = [one for one in chinese_readings("小王") if one.form == "nickname"]
    found = shape.likelihood(nickname)
    assert found is not None
    assert found[0] == pytest.approx(NICKNAMED * confusion()[wang, wang] * copied(right[0]), abs=0)
    li = SYLLABLE_ID["li"]
    assert found[1] == pytest.approx(NICKNAMED * confusion()[wang, li] * copied(MISCOPIED), abs=0)


def test_a_title_speaks_for_names_of_its_gender(shape: Shape) -> None:
    bare = [TITLED_SURNAME * confusion()[SYLLABLE_ID["wang"], syllable_of(n[0], surname=True)] for n in NAMES]
    agrees, not_so = 2 * TITLE_RIGHT, 2 - 2 * TITLE_RIGHT
    for title, factors in (
        ("xiansheng", [agrees, agrees, not_so, 1.0, not_so]),
        ("nvshi", [not_so, not_so, agrees, 1.0, agrees]),
    ):
        expected = [one * factor for one, factor in zip(bare, factors, strict=True)]
        assert likelihood(shape, f"wang {title}") == pytest.approx(expected, abs=0)
        assert likelihood(shape, f"wang {title}", [2, 3]) == pytest.approx(expected[2:4], abs=0)


def test_names_alike_are_those_that_share_two_sounds_or_the_only_one(shape: Shape) -> None:
    def classes(name: str) -> list[str]:
        said = [syllable_of(one, surname=not place) for place, one in enumerate(name)]
        return [merged_class(SYLLABLES[one]) if one >= 0 else "?" for one in said]

    for text in ("zang xiao men", "wang da wei", "li xiao meng", "ni da wei", "bo po mo"):
        typed = [merged_class(one) for one in text.split()]
        plain = [
            row
            for row, name in enumerate(NAMES)
            if any(all(classes(name)[i] == typed[i] for i in pair) for pair in combinations(range(3), 2))
        ]
        assert shape.alike(heard(text)).tolist() == plain
    assert shape.alike(heard("wang xiansheng")).tolist() == [0, 4]
    assert shape.alike(heard("xiao men")).tolist() == [2, 3]
