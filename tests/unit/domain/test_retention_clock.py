"""A clock that jumps ahead makes nothing old."""

from datetime import datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from tracer.domain.retention import DAY, STEP, Clock, Stamp, look

START = datetime.fromisoformat("2026-11-21T12:00:00+08:00")
HOUR = timedelta(hours=1)
YEAR = timedelta(days=365)


def looks(clock, *nows, stamp=None):
    for now in nows:
        clock = look(clock, now, None, stamp)
    return clock


def hourly(first, hours):
    return [first + hour * HOUR for hour in range(hours)]


def test_the_time_goes_on_from_look_to_look():
    clock = looks(None, *hourly(START, 100))
    assert clock == Clock(START + 99 * HOUR, None, START + 99 * HOUR)


def test_a_clock_that_jumped_is_not_believed_and_forgotten_once_it_is_set_right():
    clock = looks(None, START, *hourly(START + YEAR, 20))
    assert (clock.trusted_at, clock.is_doubted) == (START, True)
    clock = looks(clock, START + 21 * HOUR)
    assert (clock.trusted_at, clock.is_doubted) == (START + 21 * HOUR, False)
    again = looks(clock, *hourly(START + YEAR, 20))  # the day begins anew
    assert again.trusted_at == clock.trusted_at


def test_a_machine_that_was_off_is_believed_after_a_day_of_looks():
    clock = looks(Clock(START, None, START), *hourly(START + YEAR, 24))
    assert clock.is_doubted
    clock = looks(clock, START + YEAR + DAY)
    assert (clock.trusted_at, clock.is_doubted) == (START + YEAR + DAY, False)


def test_two_looks_far_apart_are_not_a_day_of_looks():
    clock = looks(Clock(START, None, START), START + YEAR, START + 2 * YEAR, START + 3 * YEAR)
    assert clock.trusted_at == START
    assert clock.doubted_at == START + 3 * YEAR


def test_the_first_look_believes_the_last_fact():
    late = look(None, START + YEAR, START, None)
    assert (late.trusted_at, late.is_doubted) == (START, True)
    assert look(None, START, START - HOUR, None) == Clock(START, None, START)
    assert look(None, START, START + YEAR, None).trusted_at == START  # a fact of a clock that was wrong
    assert look(None, START, None, None).trusted_at == START


def test_a_stamp_contradicts_a_clock_however_long_it_runs():
    ahead = Stamp(START + YEAR, START)
    clock = looks(Clock(START, None, START), *hourly(START + YEAR, 100), stamp=ahead)
    assert clock.trusted_at == START
    clock = looks(clock, START + HOUR, stamp=ahead)  # set right, and nothing was stamped since
    assert clock == Clock(START + HOUR, None, START + HOUR)
    late = Stamp(START - YEAR, START)  # the authority was away for a while
    assert looks(clock, START + 2 * HOUR, stamp=late).trusted_at == START + 2 * HOUR


@given(st.lists(st.integers(-5_000, 5_000), max_size=60))
def test_what_is_believed_never_runs_ahead_of_the_clock_nor_back(hours):
    clock = None
    highest = START
    for hour in hours:
        now = START + hour * HOUR
        after = look(clock, now, None, None)
        highest = max(highest, now)
        assert after.trusted_at <= highest
        if clock is not None:
            assert after.trusted_at >= clock.trusted_at
            if after.trusted_at - clock.trusted_at > STEP:
                assert now - clock.doubted_at >= DAY
        clock = after
