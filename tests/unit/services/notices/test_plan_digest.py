"""When a digest is due, also where the clocks are changed in between, and when quiet hours end."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracer.domain.errors import InvalidValue
from tracer.domain.notice import Event, Rhythm, Wishes, is_quiet
from tracer.services.notices.plan_digest import end_of_quiet, next_digest, read_zone

MOMENTS = st.integers(0, 2 * 366 * 24 * 60).map(
    lambda minutes: datetime(2025, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
)
HOURS = st.integers(0, 23)


def wishes(**more):
    return Wishes("phone", "en", frozenset(Event), **more)


@given(MOMENTS, HOURS, st.sampled_from(["Asia/Shanghai", "Europe/London", "-03:30"]))
def test_a_daily_digest_is_due_within_a_day_at_its_hour(now, hour, zone):
    due = next_digest(wishes(rhythm=Rhythm.DAILY, hour=hour, zone=zone), now)
    assert timedelta() < due - now <= timedelta(hours=25)
    assert due.hour == hour
    assert due.utcoffset() is not None


@given(MOMENTS, HOURS, st.integers(0, 6))
def test_a_weekly_digest_is_due_within_a_week_on_its_day(now, hour, weekday):
    due = next_digest(wishes(rhythm=Rhythm.WEEKLY, hour=hour, weekday=weekday, zone="Asia/Shanghai"), now)
    assert timedelta() < due - now <= timedelta(days=7)
    assert (due.weekday(), due.hour) == (weekday, hour)


def test_one_that_is_told_at_once_has_no_digest():
    assert next_digest(wishes(), datetime(2026, 1, 1, tzinfo=UTC)) is None


@given(MOMENTS, HOURS, HOURS)
def test_after_the_quiet_hours_it_is_not_quiet(now, begin, end):
    peace = wishes(quiet_begin=begin, quiet_end=end, zone="+08:00")
    until = end_of_quiet(peace, now)
    hour = (now + timedelta(hours=8)).hour
    assert (until is not None) == is_quiet(hour, begin, end)
    if until is not None:
        assert timedelta() < until - now <= timedelta(days=1)
        assert end_of_quiet(peace, until) is None


@pytest.mark.parametrize("text", ["Mars/Olympus", "", "../etc/passwd", "+25:00", "CST "])
def test_odd_zones_are_refused(text):
    with pytest.raises(InvalidValue):
        read_zone(text)
