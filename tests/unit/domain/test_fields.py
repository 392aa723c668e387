"""Sets of order fields and their text form."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracer.domain.errors import InvalidValue
from tracer.domain.fields import ANY_NAME, TOKENS, Fields, parse_fields


@given(st.sets(st.sampled_from(list(TOKENS))))
def test_text_and_set_are_inverse(tokens):
    if {"name", "name:masked"} <= tokens:
        tokens.remove("name:masked")
    fields = parse_fields(" ".join(tokens))
    assert set(fields.text.split()) == tokens
    assert parse_fields(fields.text) == fields


def test_the_text_form_has_one_order():
    assert parse_fields("price  item name").text == "name item price"
    assert Fields.NONE.text == ""


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("name colour", "'colour'"),
        ("Name", "'Name'"),
        ("name,item", "'name,item'"),
        ("item item", "item stands twice"),
        ("name name:masked", "either name or name:masked"),
        ("phone:full", "'phone:full'"),
    ],
)
def test_what_is_not_a_set_of_fields_is_refused(text, says):
    with pytest.raises(InvalidValue, match="known_fields") as refusal:
        parse_fields(text, field="known_fields")
    assert says in str(refusal.value)


def test_every_field_fits_the_small_integer_that_stores_it():
    assert max(TOKENS.values()) < 2**15
    assert Fields.NAME | Fields.NAME_MASKED == ANY_NAME
