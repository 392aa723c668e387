"""The table of what callers say, worked out field by field and by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tests.factories.campaigns import MODEL
from tracer.domain.attribution.behaviour import BASE_FIELDS, Behaviour, behaviour_of
from tracer.domain.attribution.mention import (
    ALIAS,
    CANNOT_SAY,
    CONTACT_FIELDS,
    EVERY_FIELD,
    FULL_NAME,
    FULL_PHONE,
    LAST4,
    MASKED_NAME,
    NAME,
    PHONE,
    SILENT,
    UNSEEN,
    background_terms,
    mention_table,
    mention_terms,
    said_outcomes,
    seen_states,
)
from tracer.domain.fields import Fields

E, SHARE, VAIN = 0.01, 0.3, 0.2


@pytest.fixture
def behaviour() -> Behaviour:
    """Two profiles: name 0.6 and 0.1, phone 0.5 and 0.2, every other field 0.4 and 0.0."""
    found, _ = behaviour_of([MODEL.channels.kind("merchant")], MODEL.other, MODEL.assumptions)
    mention = np.array([[0.6, 0.5, *[0.4] * 7], [0.1, 0.2, *[0.0] * 7]])
    return replace(found, mention=mention, epsilon=E, masked_share=SHARE, cannot_say=VAIN)


def rows(*fields: Fields) -> np.ndarray:
    return np.array([int(one) for one in fields], dtype=np.int64)


def test_a_field_is_seen_as_far_as_its_source_saw_it() -> None:
    states = seen_states(
        rows(
            Fields.NONE,
            Fields.NAME_MASKED | Fields.PHONE_LAST4,
            Fields.NAME | Fields.NAME_MASKED | Fields.PHONE | Fields.PHONE_ALIAS,
            Fields.PHONE_ALIAS | Fields.PHONE_LAST4 | Fields.ITEM,
        )
    )
    assert states.shape == (4, len(BASE_FIELDS))
    assert states[:, NAME].tolist() == [UNSEEN, MASKED_NAME, FULL_NAME, UNSEEN]
    assert states[:, PHONE].tolist() == [UNSEEN, LAST4, FULL_PHONE, ALIAS]
    assert states[:, 2:].tolist() == [[0] * 7, [0] * 7, [0] * 7, [int(name == "item") for name in BASE_FIELDS[2:]]]


def test_asked_in_vain_is_another_thing_than_silence_and_saying_it_stands() -> None:
    said = said_outcomes(
        rows(Fields.NONE, Fields.NONE, Fields.ITEM, Fields.NAME_MASKED),
        rows(Fields.NONE, Fields.ITEM | Fields.PHONE_LAST4, Fields.ITEM, Fields.NAME),
    )
    item = BASE_FIELDS.index("item")
    assert said[:, item].tolist() == [SILENT, CANNOT_SAY, 1, SILENT]
    assert said[:, PHONE].tolist() == [SILENT, CANNOT_SAY, SILENT, SILENT]
    assert said[:, NAME].tolist() == [SILENT, SILENT, SILENT, MASKED_NAME]


def test_every_field_and_the_contact() -> None:
    assert EVERY_FIELD == 0b1_1111_1111
    assert int(Fields.NAME | Fields.PHONE) == CONTACT_FIELDS == 0b11
    assert seen_states(rows(Fields(EVERY_FIELD))).min() > 0


@pytest.mark.parametrize(
    ("field", "state", "said"),
    [
        # for each state: the probability of every way of saying the field, of the first profile
        (2, 0, {1: E}),
        (2, 1, {1: 0.4 + E}),
        (NAME, UNSEEN, {1: E, 2: E}),
        (NAME, MASKED_NAME, {1: 0.6 + E, 2: E}),
        (NAME, FULL_NAME, {1: 0.6 * SHARE + E, 2: 0.6 * (1 - SHARE) + E}),
        (PHONE, UNSEEN, {1: E, 2: E, 3: E}),
        (PHONE, LAST4, {1: 0.5 + E, 2: E, 3: E}),
        (PHONE, ALIAS, {1: E, 2: 0.5 + E, 3: E}),
        (PHONE, FULL_PHONE, {1: 0.5 * SHARE + E, 2: E, 3: 0.5 * (1 - SHARE) + E}),
    ],
)
def test_the_table_is_that_of_the_formula(behaviour: Behaviour, field: int, state: int, said: dict[int, float]) -> None:
    table = np.exp(mention_table(behaviour))
    assert table.shape == (2, 9, 4, 5)
    assert {way: table[0, field, state, way] for way in said} == pytest.approx(said)
    assert table[0, field, state, SILENT] == pytest.approx(1 - sum(said.values()))
    assert table[0, field, state, CANNOT_SAY] == pytest.approx(VAIN if state else 1 - E)


def test_each_profile_has_its_own_rates_unless_others_are_given(behaviour: Behaviour) -> None:
    item = BASE_FIELDS.index("item")
    assert np.exp(mention_table(behaviour))[1, item, 1, 1] == pytest.approx(E)
    given = mention_table(behaviour, np.full((3, 9), 0.25))
    assert given.shape == (3, 9, 4, 5)
    assert np.exp(given)[:, item, 1, 1] == pytest.approx(0.25 + E)


def test_what_would_leave_no_room_for_silence_is_made_smaller_in_proportion(behaviour: Behaviour) -> None:
    table = np.exp(mention_table(behaviour, np.ones((1, 9))))
    assert table[0, 2, 1, 1] == pytest.approx(1 - E)
    assert table[0, 2, 1, SILENT] == pytest.approx(E)
    total = 1.0 + 3 * E
    assert table[0, PHONE, FULL_PHONE, FULL_PHONE] == pytest.approx((1 - SHARE + E) / total * (1 - E))
    assert table[0, PHONE, FULL_PHONE, ALIAS] == pytest.approx(E / total * (1 - E))
    assert table[0, PHONE, FULL_PHONE, SILENT] == pytest.approx(E)


def test_terms_are_read_from_the_table_and_nobody_who_did_not_answer_heard_anything(behaviour: Behaviour) -> None:
    table = mention_table(behaviour)
    profile, answered = np.array([1, 0, 1]), np.array([True, True, False])
    states, outcomes = (
        seen_states(rows(*[Fields.NAME | Fields.ITEM] * 3)),
        said_outcomes(rows(*[Fields.NAME] * 3), rows(*[Fields.ITEM] * 3)),
    )
    terms = mention_terms(table, profile, states, outcomes, answered)
    item = BASE_FIELDS.index("item")
    for place, row in enumerate(profile[:2]):
        assert terms[place, NAME] == table[row, NAME, FULL_NAME, FULL_NAME]
        assert terms[place, item] == table[row, item, 1, CANNOT_SAY]
        assert terms[place, PHONE] == table[row, PHONE, UNSEEN, SILENT]
    assert terms.shape == (3, 9)
    assert not terms[2].any()
    background = background_terms(table, outcomes, answered)
    assert background[0].tolist() == background[1].tolist()
    assert background[0, NAME] == table[0, NAME, UNSEEN, FULL_NAME]
    assert background[0, item] == table[0, item, UNSEEN, CANNOT_SAY]
    assert not background[2].any()
