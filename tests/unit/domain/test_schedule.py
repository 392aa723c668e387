"""Schedules: what may be written, and the slots that the clock gives."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracer.domain.errors import InvalidValue
from tracer.domain.schedule import parse_schedule, slot_time

BERLIN = ZoneInfo("Europe/Berlin")
SHANGHAI = ZoneInfo("Asia/Shanghai")
WRITTEN = ["5s", "15m", "2h", "1d", "03:30", "mon,thu 03:30", "sun 23:59"]


def at(text):
    return datetime.fromisoformat(text)


@pytest.mark.parametrize("text", ["", "5", "0s", "-5m", "5 s", "24:00", "3:30", "03:60", "foo 03:30", "400d", "1.5h"])
def test_what_is_no_schedule_is_refused_with_the_setting(text):
    with pytest.raises(InvalidValue, match="setting job_seal: expected 30s, 15m") as caught:
        parse_schedule(text, "setting job_seal")
    assert caught.value.got == text


def test_off_never_comes():
    schedule = parse_schedule(" OFF ")
    assert (schedule.is_off, schedule.begins_at_once) == (True, False)
    assert schedule.slot(at("2026-11-21T12:00:00Z"), UTC) is None
    assert schedule.following(at("2026-11-21T12:00:00Z"), UTC) is None


def test_slots_of_an_interval_do_not_depend_on_who_looks():
    schedule = parse_schedule("15m")
    for zone in (UTC, SHANGHAI):
        now = at("2026-11-21T12:07:31+00:00").astimezone(zone)
        assert slot_time(schedule.slot(now, zone), UTC) == at("2026-11-21T12:00:00Z")
        assert slot_time(schedule.following(now, zone), UTC) == at("2026-11-21T12:15:00Z")


def test_a_time_of_the_day_is_meant_in_the_zone_of_the_machine():
    schedule = parse_schedule("03:30")
    slot = schedule.slot(at("2026-11-21T12:00:00Z"), SHANGHAI)
    assert slot_time(slot, SHANGHAI) == at("2026-11-21T03:30:00+08:00")
    assert slot_time(schedule.following(at("2026-11-21T12:00:00Z"), SHANGHAI), SHANGHAI) == at(
        "2026-11-22T03:30:00+08:00"
    )


def test_days_of_the_week():
    schedule = parse_schedule("Mon,thu 03:30")
    now = at("2026-11-21T12:00:00+08:00")  # a Saturday
    assert slot_time(schedule.slot(now, SHANGHAI), SHANGHAI) == at("2026-11-19T03:30:00+08:00")
    assert slot_time(schedule.following(now, SHANGHAI), SHANGHAI) == at("2026-11-23T03:30:00+08:00")


def test_a_clock_that_is_changed_in_spring_and_autumn_gives_one_slot_a_day():
    schedule = parse_schedule("02:30")
    for night, days in (("2026-03-27T12:00:00+01:00", 4), ("2026-10-23T12:00:00+02:00", 4)):
        begin, slots = at(night), set()
        for minutes in range(0, days * 24 * 60, 10):
            slots.add(schedule.slot(begin + timedelta(minutes=minutes), BERLIN))
        assert len(slots) == days + 1


@given(
    st.sampled_from(WRITTEN),
    st.integers(1_600_000_000, 2_200_000_000).map(lambda seconds: datetime.fromtimestamp(seconds, UTC)),
)
def test_now_lies_between_a_slot_and_the_following(text, now):
    schedule = parse_schedule(text)
    slot, following = schedule.slot(now, BERLIN), schedule.following(now, BERLIN)
    assert slot <= now.timestamp() < following
    assert schedule.slot(slot_time(following, BERLIN), BERLIN) == following
