"""The scheduler of a process, with jobs of a second: it goes on whatever the wall clock and the jobs do."""

from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from threading import Event, Thread

import pytest
from apscheduler.schedulers import base

from tests.conftest import NOW
from tracer.domain.errors import NotAllowed
from tracer.domain.recurring import RunResult
from tracer.scheduler import keep_jobs as kept
from tracer.scheduler.keep_jobs import SlotTrigger, keep_jobs
from tracer.scheduler.recurring.job import Done, InOne, Longer, RecurringJob
from tracer.services.jobs.steer_recurring import ask_for_run, pause_job

HOUR = timedelta(hours=1)


@pytest.fixture
def jump(app, monkeypatch):
    """Puts the wall clock of this process forward or back: ours and APScheduler's."""
    ahead = [timedelta()]

    class Turned(datetime):
        @classmethod
        def now(cls, tz=None):
            return datetime.now(tz) + ahead[0]

    monkeypatch.setattr(base, "datetime", Turned)
    monkeypatch.setattr(kept, "datetime", Turned)
    app.clock = lambda: Turned.now(UTC)
    app.settings = app.settings.model_copy(update={"job_tidy": "1s", "job_quarantine": "1s"})

    def jump(by):
        ahead[0] += by

    return jump


@contextmanager
def keeping(app, **bodies):
    """Jobs of these names at work in a thread."""
    jobs = {name: RecurringJob(name, "a job of this test", body) for name, body in bodies.items()}
    stop = Event()
    thread = Thread(target=keep_jobs, args=(app, stop, "me", jobs, 0.05), daemon=True)
    thread.start()
    try:
        yield jobs
    finally:
        stop.set()
        thread.join(30)
    assert not thread.is_alive()


def state(app, name="tidy"):
    with app.reading() as work:
        return work.recurring.all().get(name)


def wait_until(holds):
    for _ in range(600):
        if holds():
            return
        Event().wait(0.02)
    raise AssertionError("it does not come")


def runs_again(app, name="tidy"):
    before = state(app, name)
    wait_until(lambda: (now := state(app, name)) is not None and now.runs > (before.runs if before else 0) + 1)


NOTHING = InOne(lambda app, work: Done("nothing"))


def test_it_goes_on_whatever_the_wall_clock_does(app, jump):
    with keeping(app, tidy=NOTHING):
        runs_again(app)
        for by in (-5 * HOUR, 10 * HOUR, -9_000 * HOUR):
            jump(by)
            runs_again(app)
    assert state(app).failed_runs == 0


def test_a_job_that_fails_or_hangs_keeps_none_of_the_others(app, jump):
    hang = Event()

    def fail(running):
        raise NotAllowed("no")

    with keeping(app, tidy=NOTHING, quarantine=Longer(lambda running: str(hang.wait(30))), seal=Longer(fail)):
        runs_again(app)
        wait_until(lambda: state(app, "seal").result is RunResult.FAILED)
        assert state(app, "quarantine").claimed_by == "me"
        hang.set()


def test_what_is_asked_for_is_run_within_a_look(app, jump):
    with keeping(app, backup=NOTHING) as jobs:
        wait_until(lambda: state(app, "backup"))
        assert state(app, "backup").runs == 0
        planned = jobs["backup"].planned(app)
        with app.writing() as work:
            pause_job(work, planned, app.zone)
            ask_for_run(work, planned, app.zone)
            work.commit()
        wait_until(lambda: state(app, "backup").runs == 1)


def test_one_that_is_off_is_run_as_often_as_it_is_asked_for_and_harms_no_other(app, jump):
    """The second request ended the worker, and with it all jobs and notifications."""
    app.settings = app.settings.model_copy(update={"job_backup": "off"})
    with keeping(app, backup=NOTHING, tidy=NOTHING) as jobs:
        for times in (1, 2, 3):
            wait_until(lambda: state(app, "backup"))
            with app.writing() as work:
                ask_for_run(work, jobs["backup"].planned(app), app.zone)
                work.commit()
            wait_until(lambda times=times: state(app, "backup").runs == times)
        runs_again(app)


def test_beginnings_are_spread_over_a_tenth_of_the_interval_and_half_a_minute_at_most(app):
    for every, most in (("5s", 0.5), ("1m", 6), ("1h", 30), ("03:30", 30)):
        app.settings = app.settings.model_copy(update={"job_tidy": every})
        planned = RecurringJob("tidy", "", NOTHING).planned(app)
        slot = datetime.fromtimestamp(planned.schedule.following(NOW, UTC), UTC)
        times = [SlotTrigger(planned, UTC, lambda x=x: x).get_next_fire_time(None, NOW) for x in (0.0, 0.5, 1.0)]
        assert times == [slot + timedelta(seconds=most * part) for part in (0.0, 0.5, 1.0)]
    app.settings = app.settings.model_copy(update={"job_tidy": "off"})
    off = SlotTrigger(RecurringJob("tidy", "", NOTHING).planned(app), UTC, float)
    assert off.get_next_fire_time(None, NOW) == NOW + timedelta(days=1), "so that the scheduler does not forget it"
