"""Points in time as one integer that keeps the offset."""

# ruff: noqa: DTZ001  # hypothesis takes bounds without a zone
from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracer.domain.columns import format_time, parse_time
from tracer.storage.instant import EPOCH, microseconds, pack, unpack

MOMENTS = st.builds(
    lambda moment, minutes: moment.replace(tzinfo=timezone(timedelta(minutes=minutes))),
    st.datetimes(datetime(1971, 1, 2), datetime(2110, 12, 30)),
    st.integers(-17 * 60, 17 * 60),
)


@given(MOMENTS)
def test_packing_keeps_instant_microsecond_and_offset(moment):
    again = unpack(pack(moment))
    assert again == moment
    assert again.isoformat() == moment.isoformat()


@given(MOMENTS)
def test_it_fits_a_signed_64_bit_integer(moment):
    assert 0 < pack(moment) < 2**63


@given(MOMENTS, MOMENTS)
def test_it_sorts_by_instant(one, other):
    if one != other:
        assert (pack(one) < pack(other)) is (one < other)


@pytest.mark.parametrize("text", ["1971-01-01T00:00:00+17:00", "2110-12-31T23:59:59.999999-17:00"])
def test_the_first_and_last_moments_that_are_taken_fit(text):
    moment = parse_time(text)
    assert format_time(unpack(pack(moment))) == text
    assert 0 < pack(moment) < 2**63


def test_microseconds_are_exact():
    assert microseconds(EPOCH + timedelta(days=40_000, microseconds=7)) == 40_000 * 86_400_000_000 + 7


def test_a_naive_time_is_refused():
    with pytest.raises(ValueError, match="without offset"):
        pack(datetime(2026, 1, 1))
