import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracer.domain.line import Line
from tracer.domain.noted_line import is_slip, noted_as

NUMBER, OTHER, FAR = "+442079460016", "+442079460017", "+442079460094"


@pytest.mark.parametrize(
    ("noted", "meant", "slip"),
    [
        ("0042", "0042", False),
        ("0043", "0042", True),
        ("042", "0042", True),
        ("00042", "0042", True),
        ("0024", "0042", True),
        ("4002", "0042", False),
        ("0153", "0042", False),
        ("", "0042", False),
        ("", "4", True),
    ],
)
def test_a_slip_is_one_digit_or_two_neighbours(noted, meant, slip):
    assert is_slip(noted, meant) is slip


@given(st.text("0123456789", min_size=1, max_size=12), st.text("0123456789", min_size=1, max_size=12))
def test_slips_go_both_ways(one, other):
    assert is_slip(one, other) == is_slip(other, one)
    assert not is_slip(one, one)


def test_the_right_line_comes_before_a_slip_and_a_slip_before_another_extension():
    noted = Line(NUMBER, "0042")
    right, slipped, other, shared = (noted_as(noted, Line(NUMBER, e)) for e in ("0042", "0043", "7777", None))
    assert right > 1000 * slipped > 1000 * other == 1000 * shared > 0


def test_without_its_extension_every_line_of_the_number_is_meant_alike():
    assert noted_as(Line(NUMBER), Line(NUMBER, "0042")) == noted_as(Line(NUMBER), Line(NUMBER, "7777")) > 0
    assert noted_as(Line(NUMBER), Line(NUMBER)) > noted_as(Line(NUMBER), Line(NUMBER, "0042"))


def test_a_slipped_number_is_meant_with_its_extension_or_without_one():
    assert noted_as(Line(OTHER, "0042"), Line(NUMBER, "0042")) > 0
    assert noted_as(Line(OTHER), Line(NUMBER, "0042")) > 0
    assert noted_as(Line(OTHER, "0042"), Line(NUMBER, "0043")) == 0
    assert noted_as(Line(FAR), Line(NUMBER)) == 0
