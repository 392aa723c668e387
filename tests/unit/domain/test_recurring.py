"""Whether a recurring job is due, by its row and the clock alone."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracer.domain.recurring import (
    FAILING_AFTER,
    Cause,
    Due,
    Planned,
    RunState,
    due,
    is_lapsed,
    longest_wait,
    next_run,
    standing,
    standing_record,
    wait_after,
)
from tracer.domain.schedule import parse_schedule

NOW = datetime(2026, 11, 21, 12, 0, 7, tzinfo=UTC)
SLOT = int(NOW.timestamp()) - 7
SECOND, HOUR = timedelta(seconds=1), timedelta(hours=1)


def planned(every="15m", needless=""):
    return Planned("tidy", "Tidy up", parse_schedule(every), needless)


def state(**values):
    return RunState("tidy", **{"slot": SLOT, **values})


def looks(row, plan=None, now=NOW):
    return due(plan or planned(), row, now, UTC)


def test_a_new_slot_is_due_once():
    assert looks(state(slot=SLOT - 900)) == Due(SLOT, Cause.SLOT)
    assert looks(state()) is None


def test_missed_slots_are_one_run():
    assert looks(state(slot=SLOT - 90_000)) == Due(SLOT, Cause.SLOT)


def test_a_slot_that_a_clock_ahead_has_taken_is_not_waited_for():
    assert looks(state(slot=SLOT + 900)) == Due(SLOT, Cause.SLOT)
    assert looks(state(slot=SLOT + 20), planned("5s")) is None  # two clocks that are not quite the same


def test_pause_off_and_needless_are_obeyed_and_asking_goes_before_them():
    old = state(slot=0)
    for row, plan in (
        (replace(old, paused_at=NOW), planned()),
        (old, planned("off")),
        (old, planned(needless="nothing is limited")),
    ):
        assert looks(row, plan) is None
        assert looks(replace(row, asked_at=NOW), plan).cause is Cause.ASKED


def test_after_a_failure_it_waits_and_then_tries_again_within_the_same_slot():
    failed = state(failures=1, retry_at=NOW + 5 * SECOND)
    assert looks(failed) is None
    assert looks(failed, now=NOW + 5 * SECOND) == Due(SLOT, Cause.RETRY)
    assert looks(replace(failed, slot=0)) is None


def test_a_wait_that_a_clock_ahead_has_begun_is_not_waited_for():
    assert looks(state(failures=1, retry_at=NOW + timedelta(days=3))).cause is Cause.RETRY


def held(since=timedelta(), lease=timedelta(minutes=2)):
    return state(claimed_by="w", claimed_at=NOW - since, lease_until=NOW - since + lease)


def test_a_run_is_taken_over_when_its_lease_is_over():
    assert looks(held()) is None
    assert looks(held(timedelta(minutes=2))) == Due(SLOT, Cause.TAKEN_OVER)
    assert looks(held(-HOUR)).cause is Cause.TAKEN_OVER  # of a clock that was ahead
    assert not is_lapsed(state(), NOW)


@given(st.integers(1, 200), st.sampled_from(["5s", "15m", "03:30"]))
def test_waits_get_longer_up_to_the_longest(failures, every):
    schedule = parse_schedule(every)
    wait = wait_after(failures, schedule)
    assert wait <= wait_after(failures + 1, schedule) <= longest_wait(schedule) <= HOUR
    assert wait_after(1, schedule) == min(schedule.period, timedelta(minutes=1))


@pytest.mark.parametrize(
    ("row", "plan", "told", "comes"),
    [
        (state(), planned(), "waiting", NOW.replace(minute=15, second=0)),
        (state(slot=0), planned(), "waiting", NOW),
        (state(failures=1, retry_at=NOW + HOUR / 4), planned(), "waiting", NOW + HOUR / 4),
        (state(failures=FAILING_AFTER, retry_at=NOW + HOUR / 4), planned(), "failing", NOW + HOUR / 4),
        (state(paused_at=NOW), planned(), "paused", None),
        (state(asked_at=NOW, paused_at=NOW), planned(), "asked", NOW),
        (state(), planned("off"), "off", None),
        (state(), planned(needless="nothing is limited"), "needless", None),
        (held(), planned(), "running", None),
        (held(HOUR), planned(), "interrupted", NOW),
    ],
)
def test_how_it_stands_is_told(row, plan, told, comes):
    assert standing(plan, row, NOW) == told
    assert next_run(plan, row, NOW, UTC) == comes
    record = standing_record(plan, row, NOW, UTC)
    assert (record["state"], record["next_run"]) == (told, comes and comes.isoformat())
