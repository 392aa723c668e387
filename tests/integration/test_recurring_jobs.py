"""Runs of recurring jobs on both databases, under a clock that the tests turn."""

from dataclasses import replace
from datetime import timedelta
from threading import Event, Thread

import pytest

from tests.conftest import NOW
from tracer.domain.errors import InvalidValue, LedgerForked, NotAllowed, StoreUnavailable
from tracer.domain.recurring import FAILING_AFTER, RunResult
from tracer.scheduler.keep_jobs import Silence
from tracer.scheduler.recurring.job import Done, InOne, Longer, RecurringJob, simply
from tracer.scheduler.run_recurring import Worker, run_due, run_now
from tracer.services.jobs.run_recurring import begin_rows, claim_run
from tracer.services.jobs.steer_recurring import ask_for_run, failing_jobs, pause_job, resume_job
from tracer.storage.journal import Fact

ME, OTHER = Worker("me"), Worker("other")
MINUTE = timedelta(minutes=1)


@pytest.fixture
def turn(app):
    """Turns the clock to so long after the beginning."""

    def turn(later):
        app.clock = lambda: NOW + later

    return turn


def job(body, name="tidy"):
    return RecurringJob(name, "a job of this test", body)


def doing(note="done", then=lambda: None):
    """One transaction that leaves a fact."""

    def do(_app, work):
        work.journal.record([Fact("backup_made", "b-1", {})])
        return Done(note, then)

    return InOne(do)


def failing(error):
    def do(_app, work):
        work.journal.record([Fact("backup_made", "b-1", {})])
        raise error

    return InOne(do)


@pytest.fixture(autouse=True)
def rows(app):
    with app.writing() as work:
        begin_rows(work, [job(doing()).planned(app), job(doing(), "backup").planned(app)], app.zone)
        work.commit()


def state(app, name="tidy"):
    with app.reading() as work:
        return work.recurring.all()[name]


def facts(app, event="backup_made"):
    with app.reading() as work:
        return [entry.event for entry in work.journal.about("b-1" if event == "backup_made" else "tidy")].count(event)


def test_a_run_is_one_transaction_and_happens_once_a_slot(app, turn):
    outcome = run_due(app, job(doing("so many")), ME)
    assert (outcome.result, outcome.note) == (RunResult.OK, "so many")
    assert run_due(app, job(doing()), OTHER) is None
    assert facts(app) == 1
    found = state(app)
    assert (found.runs, found.claims, found.failures, found.result, found.note) == (1, 1, 0, RunResult.OK, "so many")
    assert found.started_at == found.finished_at == found.succeeded_at == NOW
    turn(timedelta(hours=5))
    assert run_due(app, job(doing()), OTHER) is not None
    assert run_due(app, job(doing()), ME) is None
    assert facts(app) == 2


def test_those_of_a_time_of_the_day_wait_for_it(app, turn):
    assert run_due(app, job(doing(), "backup"), ME) is None
    turn(timedelta(days=1))
    assert run_due(app, job(doing(), "backup"), ME) is not None


def test_of_a_run_that_fails_nothing_is_kept_but_that_it_failed(app, turn):
    assert run_due(app, job(failing(NotAllowed("channel 'm-1' stands in the way"))), ME).result is RunResult.FAILED
    assert facts(app) == 0
    found = state(app)
    assert (found.runs, found.failed_runs, found.failures) == (1, 1, 1)
    assert (found.result, found.note) == (RunResult.FAILED, "channel 'm-1' stands in the way")
    assert (found.succeeded_at, found.retry_at) == (None, NOW + MINUTE)
    assert run_due(app, job(doing()), OTHER) is None
    turn(MINUTE)
    assert run_due(app, job(doing()), OTHER).result is RunResult.OK
    assert (state(app).failures, state(app).retry_at, state(app).failed_runs) == (0, None, 1)


@pytest.mark.parametrize("error", [InvalidValue("caller", "+447700900123", "a number"), RuntimeError("+447700900123")])
def test_words_that_may_hold_what_was_refused_are_not_kept(app, error, capsys):
    for body in (failing(error), Longer(lambda running: (_ for _ in ()).throw(error))):
        run_now(app, job(body), ME)
        assert state(app).note == type(error).__name__
    told = capsys.readouterr()
    assert "900123" not in told.out + told.err


def test_several_failures_in_a_row_are_a_fact_and_so_is_the_end_of_them(app, turn):
    for number in range(FAILING_AFTER + 2):
        turn(timedelta(hours=2 * number))
        with app.reading() as work:
            assert bool(failing_jobs(work)) == (number >= FAILING_AFTER)
        run_due(app, job(failing(LedgerForked("set back"))), ME)
    assert facts(app, "recurring_job_failing") == 1
    with app.reading() as work:
        assert [one.job for one in failing_jobs(work)] == ["tidy"]
    turn(timedelta(days=2))
    run_due(app, job(doing()), ME)
    assert facts(app, "recurring_job_recovered") == 1
    with app.reading() as work:
        assert failing_jobs(work) == []


def test_waits_after_failures_grow_and_end(app, turn):
    waits, now = [], timedelta()
    for _ in range(9):
        turn(now)
        run_due(app, job(failing(NotAllowed("no"))), ME)
        waits.append((state(app).retry_at - NOW - now) / MINUTE)
        now = state(app).retry_at - NOW
    assert waits == [1, 2, 4, 8, 16, 32, 60, 60, 60]


def test_a_longer_run_is_held_while_it_lasts(app):
    seen = []

    def do(running):
        found = state(app)
        seen.append((found.claimed_by, found.lease_until - NOW, run_due(app, job(doing()), OTHER)))
        with pytest.raises(NotAllowed, match="'tidy' is running already"):
            run_now(app, job(doing()), OTHER)
        return "long"

    assert run_due(app, job(Longer(do)), ME).note == "long"
    assert seen == [("me", 2 * MINUTE, None)]
    assert (state(app).claimed_by, state(app).note, state(app).runs) == (None, "long", 1)


def test_what_it_does_in_its_last_transaction_is_kept_once_though_another_took_over(app, turn):
    """A worker that was thought dead comes back: what it brings is refused."""

    def do(running):
        if running.claim.worker == "me":
            turn(3 * MINUTE)
            assert run_due(app, job(Longer(do)), OTHER).note == "by other"
        with app.writing() as work:
            work.journal.record([Fact("backup_made", "b-1", {})])
            running.finish_in(work, f"by {running.claim.worker}")
            work.commit()
        return f"by {running.claim.worker}"

    run_due(app, job(Longer(do)), ME)
    assert (facts(app), state(app).runs, state(app).claims, state(app).note) == (1, 1, 2, "by other")


def test_nothing_is_begun_where_there_is_nothing_to_do(app):
    def do(running):
        raise AssertionError

    assert run_due(app, job(Longer(do, idle=lambda app, work: "nothing new")), ME).note == "nothing new"
    assert (state(app).note, state(app).runs, state(app).claimed_by) == ("nothing new", 1, None)


def test_a_look_that_fails_is_a_failure(app):
    def look(app, work):
        raise NotAllowed("it cannot be told")

    assert run_due(app, job(Longer(lambda running: "", idle=look)), ME).result is RunResult.FAILED
    assert (state(app).note, state(app).failures, state(app).claimed_by) == ("it cannot be told", 1, None)


def test_a_run_that_takes_too_long_has_failed_and_brings_nothing_any_more(app):
    given_up = Event()

    def do(running):
        for _ in range(600):
            if state(app).result is RunResult.FAILED:
                given_up.set()
                return "late"
            Event().wait(0.02)
        return "never"

    outcome = run_due(app, job(Longer(do, limit=timedelta(seconds=0.05))), ME)
    assert given_up.is_set()
    assert (outcome.result, outcome.note) == (RunResult.FAILED, "it took too long and was given up")
    assert (state(app).runs, state(app).failures, state(app).claimed_by) == (1, FAILING_AFTER, None)
    with app.reading() as work:
        assert [one.job for one in failing_jobs(work)] == ["tidy"], "people are told: it may never end by itself"


def test_a_worker_says_that_it_lives(app, turn):
    def do(running):
        turn(MINUTE)
        for _ in range(600):
            if state(app).lease_until == NOW + MINUTE + timedelta(seconds=0.3):
                return "alive"
            Event().wait(0.02)
        return "silent"

    assert run_due(app, job(Longer(do, lease=timedelta(seconds=0.3))), ME).note == "alive"


def test_a_jump_of_the_clock_makes_nobody_dead(app, turn):
    """Only who stays silent for a while of our own time is."""
    elapsed = [0.0]
    silence = Silence(lambda: elapsed[0])
    patient = Worker("patient", silence.is_dead)
    with app.writing() as work:
        claim = claim_run(work, job(doing()).planned(app), app.zone, app.clock, "me", 2 * MINUTE)
        work.commit()
    turn(timedelta(days=1))
    assert run_due(app, job(doing()), patient) is None
    elapsed[0] = 39.0
    assert run_due(app, job(doing()), patient) is None
    with app.writing() as work:
        work.recurring.extend("tidy", claim.state.claims, "me", NOW + MINUTE, NOW + 3 * MINUTE)
        work.commit()
    elapsed[0] = 41.0
    assert run_due(app, job(doing()), patient) is None
    elapsed[0] = 82.0
    assert run_due(app, job(doing()), patient) is not None


def test_a_clock_that_is_set_back_stops_nothing(app, turn):
    turn(timedelta(days=400))
    run_due(app, job(doing()), ME)
    turn(timedelta())
    assert run_due(app, job(doing()), ME) is not None
    assert run_due(app, job(doing()), OTHER) is None
    turn(timedelta(hours=1))
    assert run_due(app, job(doing()), OTHER) is not None


def test_who_looked_at_the_clock_long_ago_runs_nothing_twice(app, turn):
    """A process that was held up after its look: what others ran meanwhile is not of a clock that ran ahead."""
    times = iter([NOW])
    assert run_due(app, job(doing()), ME) is not None
    turn(timedelta(hours=5))
    assert run_due(app, job(doing()), OTHER) is not None
    app.clock = lambda: next(times, NOW + timedelta(hours=5))
    assert run_due(app, job(doing()), ME) is None
    assert facts(app) == 2


def test_paused_it_is_not_run_and_asked_for_it_is(app, turn):
    planned = job(doing()).planned(app)

    def steer(do):
        with app.writing() as work:
            do(work, planned, app.zone)
            do(work, planned, app.zone)
            work.commit()

    steer(pause_job)
    assert run_due(app, job(doing()), ME) is None
    steer(ask_for_run)
    assert run_due(app, job(doing()), ME) is not None
    assert run_due(app, job(doing()), ME) is None
    turn(timedelta(days=3))
    assert run_due(app, job(doing()), ME) is None
    steer(resume_job)
    assert run_due(app, job(doing()), ME) is not None
    assert run_due(app, job(doing()), ME) is None
    with app.reading() as work:
        told = [entry.event for entry in work.journal.about("tidy")]
    assert told.count("recurring_job_paused") == told.count("recurring_job_resumed") == 1


def test_by_hand_it_runs_whenever_no_other_does(app):
    assert run_now(app, job(doing()), ME).result is RunResult.OK
    assert run_now(app, job(doing()), ME).result is RunResult.OK
    assert run_due(app, job(doing()), ME) is None
    assert facts(app) == 2


def test_what_is_left_to_do_after_the_commit_may_fail_as_well(app):
    def refuse():
        raise StoreUnavailable("the head cannot be written")

    assert run_due(app, job(doing(then=refuse)), ME).result is RunResult.FAILED
    assert (facts(app), state(app).note, state(app).runs) == (1, "the head cannot be written", 1)


def test_a_database_that_goes_away_is_no_failure_of_the_job(app, monkeypatch):
    def away(self, actor=""):
        raise StoreUnavailable("the database does not answer")

    with monkeypatch.context() as patch:
        patch.setattr(type(app), "writing", away)
        assert run_due(app, job(doing()), ME) is None
    assert state(app).failures == 0
    assert run_due(app, job(doing()), ME) is not None


def test_who_comes_while_another_is_at_it_goes_away_at_once(app, database_url):
    """On PostgreSQL nobody waits for the row; on SQLite writers take turns, and find it done."""
    found = []
    at_work, go_on = Event(), Event()

    def do(_app, work):
        at_work.set()
        assert go_on.wait(30)
        return Done("")

    first = Thread(target=lambda: found.append(run_due(app, job(InOne(do)), ME)))
    first.start()
    assert at_work.wait(30)
    second = Thread(target=lambda: found.append(run_due(app, job(doing()), OTHER)))
    second.start()
    if not database_url.startswith("sqlite"):
        second.join(30)
        assert found == [None]
    go_on.set()
    first.join(30)
    second.join(30)
    assert [one for one in found if one] == [replace(found[-1] or found[0])]
    assert state(app).runs == 1


def test_a_function_is_a_job(app):
    assert run_due(app, job(simply(lambda app: "three parcels")), ME).note == "three parcels"
    assert isinstance(job(simply(str)).body, Longer)
