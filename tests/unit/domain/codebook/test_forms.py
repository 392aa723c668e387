"""The forms of speech, each with its share and with which unit stands for which syllable."""

from __future__ import annotations

import numpy as np
import pytest

from tracer.domain.codebook.forms import (
    FULL,
    GIVEN_ONLY,
    MASKED,
    NICKNAMED,
    ONE_DROPPED,
    ONE_GIVEN,
    RARER_READING,
    SURNAME_ONLY,
    TITLED_FULL,
    TITLED_GIVEN,
    TITLED_SURNAME,
    alignments,
    best_reading,
)
from tracer.domain.codebook.hearing import Form, Spoken, Unit
from tracer.domain.codebook.syllables import SYLLABLES


def of(form: Form, heard: int, family: int, given: int, trailing: int = 0) -> list[tuple[float, list[int]]]:
    """(share, place of each unit in the name) of the forms that so many units may have."""
    found = alignments(Spoken(form, (Unit((1,)),) * heard, trailing), family, given)
    for _, places in found:
        assert [unit for unit, _ in places] == list(range(heard))
    return [(share, [place for _, place in places]) for share, places in found]


@pytest.mark.parametrize(
    ("heard", "family", "given", "forms"),
    [
        (3, 1, 2, [(FULL, [0, 1, 2])]),
        (
            2,
            1,
            2,
            [(GIVEN_ONLY, [1, 2]), (ONE_DROPPED / 2, [0, 2]), (ONE_DROPPED / 2, [0, 1])],
        ),
        (1, 1, 2, [(SURNAME_ONLY, [0]), (ONE_GIVEN / 2, [1]), (ONE_GIVEN / 2, [2])]),
        (2, 1, 1, [(FULL, [0, 1])]),
        (1, 1, 1, [(SURNAME_ONLY, [0]), (GIVEN_ONLY, [1])]),
        (4, 2, 2, [(FULL, [0, 1, 2, 3])]),
        (3, 2, 2, [(ONE_DROPPED / 3, [0, 2, 3]), (ONE_DROPPED / 3, [0, 1, 3]), (ONE_DROPPED / 3, [0, 1, 2])]),
        (2, 2, 2, [(SURNAME_ONLY, [0, 1]), (GIVEN_ONLY, [2, 3])]),
        (1, 2, 2, [(ONE_GIVEN / 2, [2]), (ONE_GIVEN / 2, [3])]),
        (1, 1, 0, [(FULL, [0]), (SURNAME_ONLY, [0])]),
        (4, 1, 2, []),
    ],
)
def test_a_name_is_said_in_full_or_in_parts(
    heard: int, family: int, given: int, forms: list[tuple[float, list[int]]]
) -> None:
    assert of(Form.NAME, heard, family, given) == forms


def test_a_title_follows_name_surname_or_given_name() -> None:
    assert of(Form.TITLED, 3, 1, 2) == [(TITLED_FULL, [0, 1, 2])]
    assert of(Form.TITLED, 1, 1, 2) == [(TITLED_SURNAME, [0])]
    assert of(Form.TITLED, 2, 1, 2) == [(TITLED_GIVEN, [1, 2])]
    assert of(Form.TITLED, 1, 1, 1) == [(TITLED_SURNAME, [0]), (TITLED_GIVEN, [1])]
    assert of(Form.TITLED, 4, 1, 2) == []


def test_a_nickname_has_the_surname_and_a_masked_name_its_ends() -> None:
    assert of(Form.NICKNAME, 1, 1, 2) == [(NICKNAMED, [0])]
    assert of(Form.NICKNAME, 2, 1, 2) == []
    assert of(Form.MASKED, 1, 1, 2) == [(MASKED, [0])]
    assert of(Form.MASKED, 1, 1, 2, trailing=1) == [(MASKED, [2])]
    assert of(Form.MASKED, 2, 1, 2, trailing=1) == [(MASKED, [0, 2])]
    assert of(Form.MASKED, 2, 2, 2, trailing=0) == [(MASKED, [0, 1])]
    assert of(Form.MASKED, 3, 1, 2, trailing=1) == [], "something must be masked"


def test_a_unit_is_heard_in_its_best_reading_the_rarer_ones_less_likely() -> None:
    table = np.array([[0.5, 0.1], [0.2, 0.9], [0.4, 10.0]])
    assert best_reading(Unit((0,)), table).tolist() == [0.5, 0.1]
    assert best_reading(Unit((1, 0, 2)), table) == pytest.approx([0.2, 10.0 * RARER_READING])
    assert best_reading(Unit((0, 1)), table) == pytest.approx([0.5, 0.9 * RARER_READING])
    assert best_reading(Unit(()), table) == pytest.approx([1 / len(SYLLABLES)] * 2)
