"""What a network shows of a caller."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.factories.telephony import calm
from tracer.domain.codebook.phone_number import parse_line
from tracer.domain.errors import InvalidValue
from tracer.domain.shown_caller import HIDDEN_NUMBERS, is_hidden, shown_caller


@pytest.mark.parametrize(
    "shown",
    [
        *(
            "",
            "anonymous",
            "Anonymous",
            "<unknown>",
            "Private Number",
            "UNKNOWN CALLER",
            "unknown_caller",
            "No Caller ID",
        ),
        *("+266696687", "266696687", "+7378742833", "+86282452253", "+8656696", "+2562533", "+7748283", "未知号码"),
    ],
)
def test_a_hidden_caller(shown):
    assert is_hidden(shown)
    assert shown_caller(shown, "+442079460016") == ""


def test_the_digits_that_spell_a_word_are_nobodys_number():
    for digits in HIDDEN_NUMBERS:
        with pytest.raises(InvalidValue):
            parse_line(f"+{digits}")


@pytest.mark.parametrize(
    ("shown", "line", "number"),
    [
        ("07700900123", "+442079460016", "+447700900123"),
        ("020 7946 0123", "+447700900001", "+442079460123"),
        ("+447700900123", "+442079460016", "+447700900123"),
        ("00447700900123", "+442079460016", "+447700900123"),
        ("95338", "+442079460016", "95338"),
        ("TAOBAO", "", "TAOBAO"),
        ("(202) 555-0123", "+12025550100", "+12025550123"),
    ],
)
def test_a_number_is_read_as_a_telephone_there_shows_it(shown, line, number):
    assert shown_caller(shown, line) == number


@calm()
@given(st.text(max_size=80), st.sampled_from(["", "+442079460016", "nothing"]))
def test_nothing_makes_it_stumble(shown, line):
    assert isinstance(shown_caller(shown, line), str)


def test_half_a_character_is_nobody() -> None:
    assert shown_caller("\ud800") == ""
