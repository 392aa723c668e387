"""What was kept for as long as the settings say is erased, and nothing before."""

from datetime import timedelta
from threading import Event, Thread

import pytest
from sqlalchemy import update

from tests.conftest import NOW
from tests.factories import erasable, registry
from tests.factories import records as rows
from tracer.domain.errors import LedgerForked, NotAllowed, StoreUnavailable, WrongKey
from tracer.domain.recurring import RunResult
from tracer.scheduler.keep_jobs import keep_jobs
from tracer.scheduler.recurring.retention import RETENTION, apply_retention
from tracer.scheduler.run_recurring import Worker, run_due
from tracer.services.calls.log_call import merge_call
from tracer.services.canaries.change_canary import release_lines
from tracer.services.erasure.apply_retention import AT_ONCE, RetentionRules, what_is_due
from tracer.services.jobs.run_recurring import begin_rows
from tracer.storage.tables import CallRow, RequestRow

DAY = timedelta(days=1)


@pytest.fixture
def at(app, monkeypatch):
    """Sets the clock, so many days after the beginning; every hour of the way is looked at if asked."""
    monkeypatch.setenv("TRACER_RETENTION_CALL_DAYS", "30")

    def at(days, *, looks=True):
        before = (app.clock() - NOW) // DAY
        app.settings = app.settings.model_copy(update={"retention_call_days": 30, "retention_canary_days": 60})
        for day in range(before + 1, days) if looks else ():
            app.clock = lambda day=day: NOW + day * DAY
            with app.writing() as work:
                what_is_due(work, RetentionRules())
                work.commit()
        app.clock = lambda: NOW + days * DAY

    at(0)
    return at


def gone(app):
    with app.reading() as work:
        return sorted(call.call_id for call in work.calls.all() if call.erased_at is not None)


@pytest.fixture
def canary(app, at):
    merchant = registry.add_channel(app)
    registry.own_number(app)
    (made,) = registry.issue(app, merchant)
    registry.place(app, made.canary_id, merchant, order_no="ORD-77123400981")
    return made


def test_a_call_is_erased_when_it_is_old_and_not_before(app, at, canary):
    call = registry.log(app, canary_id=canary.canary_id, heard_name="Wilhelmine")
    at(29)
    assert app.apply_retention().calls == 0
    at(30)
    later = registry.log(app, canary_id=canary.canary_id, heard_name="Somebody")
    assert app.apply_retention().calls == 1
    assert gone(app) == [call.call_id]
    assert app.apply_retention().calls == 0
    with app.reading() as work:
        assert work.calls.get(later.call_id).heard_name == "Somebody"
        (entry,) = [one for one in work.journal.about(call.call_id) if one.event == "call_erased"]
    assert entry.payload["reason"] == "kept for as long as the settings say"
    assert app.audit_ledger(lambda share: None).problems == []


def test_what_came_late_is_kept_as_long_from_then(app, at, canary, tmp_path):
    at(100)
    old = (NOW + DAY).isoformat()
    registry.log(app, canary_id=canary.canary_id, heard_name="Wilhelmine", received_at=old)
    tables = rows.campaign()
    erasable.bring(app, tmp_path / "b", {**tables, "calls.csv": tables["calls.csv"]})
    with app.reading() as work:
        count = len(list(work.calls.all()))
    assert app.apply_retention().calls == 0
    at(130)
    assert app.apply_retention().calls == count


def test_records_of_one_contact_get_due_together(app, at, canary):
    one = registry.log(app, canary_id=canary.canary_id, heard_name="Wilhelmine")
    at(5)
    two = registry.log(app, canary_id=canary.canary_id, notes="again")
    with app.writing() as work:
        merge_call(work, one.call_id, two.call_id)
        work.commit()
    at(31)
    assert app.apply_retention().calls == 0
    at(35)
    app.apply_retention()
    assert gone(app) == sorted([one.call_id, two.call_id])


@pytest.mark.parametrize("imported", [False, True])
@pytest.mark.parametrize("is_first", [False, True])
def test_a_record_that_came_late_keeps_the_others_of_its_contact(app, at, canary, tmp_path, imported, is_first):
    old = registry.log(app, canary_id=canary.canary_id, heard_name="Wilhelmine")
    at(40, looks=False)
    if imported:
        late_id, bare = "c-late", {"dialled_number": "", "canary_id": ""}
        late = rows.call(call_id=late_id, received_at=NOW.isoformat(), **bare)
        erasable.bring(app, tmp_path / "b", {"calls.csv": [late]})
    else:
        told = {"notes": "again", "received_at": NOW.isoformat()}
        late_id = registry.log(app, canary_id=canary.canary_id, **told).call_id
    with app.writing() as work:
        merge_call(work, *((late_id, old.call_id) if is_first else (old.call_id, late_id)))
        work.commit()
    at(41)
    assert (app.apply_retention().calls, gone(app)) == (0, [])
    at(69)
    assert app.apply_retention().calls == 0
    at(70)
    assert app.apply_retention().calls == 2
    assert gone(app) == sorted([old.call_id, late_id])


def test_a_clock_that_jumps_ahead_erases_nothing_and_is_told(app, at, canary):
    registry.log(app, canary_id=canary.canary_id, heard_name="Wilhelmine")
    assert not app.apply_retention().clock.is_doubted
    at(400, looks=False)
    registry.log(app, canary_id=canary.canary_id, notes="noted by the wrong clock")
    for _ in range(2):
        done = app.apply_retention()
        assert (done.calls, done.clock.is_doubted, done.clock.trusted_at) == (0, True, NOW)
    at(1, looks=False)
    assert (app.apply_retention().calls, gone(app)) == (0, [])


def test_a_machine_that_was_off_waits_a_day(app, at, canary):
    call = registry.log(app, canary_id=canary.canary_id, heard_name="Wilhelmine")
    app.apply_retention()
    at(400, looks=False)
    assert app.apply_retention().calls == 0
    at(401, looks=False)
    assert app.apply_retention().calls == 1
    assert gone(app) == [call.call_id]


def test_a_canary_is_erased_so_long_after_it_was_retired(app, at, canary):
    erasable.give_up(app, canary.canary_id)
    at(90)
    assert app.apply_retention().canaries == 0  # given up is not retired
    with app.writing() as work:
        assert release_lines(work, 90) == 1
        work.commit()
    at(149)
    assert app.apply_retention().canaries == 0
    at(150)
    assert app.apply_retention().canaries == 1
    assert "ORD-77123400981" not in erasable.opened(app)
    assert app.audit_ledger(lambda share: None).problems == []


def test_several_processes_share_the_work(app, at, canary, make_app, database_url):
    for _ in range(AT_ONCE + 5):
        registry.log(app, canary_id=canary.canary_id, heard_name="Wilhelmine")
    registry.log(app, canary_id=canary.canary_id, answered="no")
    at(30)
    other = make_app(database_url)
    other.settings, other.clock = app.settings, app.clock
    done = []
    threads = [Thread(target=lambda one=one: done.append(one.apply_retention().calls)) for one in (app, other)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(done) == len(gone(app)) == AT_ONCE + 6
    with app.reading() as work:
        facts = [entry for one in gone(app) for entry in work.journal.about(one) if entry.event == "call_erased"]
    assert len(facts) == AT_ONCE + 6


def spoil(app, call_id):
    """As a damaged file has it."""
    with app.writing() as work:
        there = CallRow.call_id == call_id
        work.session.connection.execute(update(CallRow).where(there).values(heard_name=b"\x01" * 40))
        work.commit()


def test_a_row_that_does_not_open_is_passed_over_and_told(app, at, canary):
    logged = [registry.log(app, canary_id=canary.canary_id, heard_name="Wilhelmine") for _ in range(2 * AT_ONCE + 5)]
    ids = sorted(call.call_id for call in logged)
    bad, good = ids[: AT_ONCE + 2], ids[AT_ONCE + 2 :]
    with app.writing() as work:  # of one the contact does not open, which is found while looking for what is due
        merge_call(work, good[0], bad[0])
        work.commit()
    for call_id in bad:
        spoil(app, call_id)
    at(30)
    done = app.apply_retention()
    assert done.calls == len(good) - 1
    assert {one.subject_id for one in done.skipped} == {*bad, good[0]}
    assert {one.error for one in done.skipped} == {"WrongKey"}
    with app.reading() as work:
        told = {one: {entry.event for entry in work.journal.about(one)} for one in ids}
    assert [one for one in ids if "call_erased" in told[one]] == good[1:]
    again = app.apply_retention()
    assert (again.calls, len(again.skipped)) == (0, len(bad) + 1)


def test_of_one_that_cannot_be_erased_nothing_is_changed(app, at, canary):
    one = registry.log(app, canary_id=canary.canary_id, heard_name="Wilhelmine")
    erasable.copies(app, one, canary.canary_id)
    with app.writing() as work:  # an erasure comes to the answers last
        work.session.connection.execute(update(RequestRow).values(answer=b"\x01" * 40))
        work.commit()
    at(30)
    done = app.apply_retention()
    assert (done.calls, [skipped.subject_id for skipped in done.skipped]) == (0, [one.call_id])
    with app.reading() as work:
        assert work.calls.get(one.call_id).heard_name == "Wilhelmine"
        assert [entry.event for entry in work.journal.about(one.call_id)] == ["call_logged"]


@pytest.mark.parametrize("error", [WrongKey, LedgerForked, StoreUnavailable, RuntimeError])
def test_jobs_go_on_whatever_is_wrong_with_retention(app, at, monkeypatch, error):
    stop = Event()

    def fail(app):
        raise error("something is in the way")

    monkeypatch.setattr(type(app), "apply_retention", fail)
    worker = Thread(target=keep_jobs, args=(app, stop, "me"), kwargs={"look": 0.05})
    worker.start()
    try:
        for _ in range(300):
            with app.reading() as work:
                states = work.recurring.all()
            if {"retention", "tidy"} <= states.keys() and states["retention"].failures and states["tidy"].runs:
                break
            stop.wait(0.05)
        else:
            pytest.fail("it is not done")
    finally:
        stop.set()
        worker.join(30)
    assert (states["retention"].failures, states["tidy"].failures) == (1, 0)


def test_the_job_erases_what_is_due_and_goes_on_after_a_refusal(app, at, canary, monkeypatch):
    call = registry.log(app, canary_id=canary.canary_id, heard_name="Wilhelmine")
    at(30)

    def refuse(app):
        raise NotAllowed("something is in the way")

    with app.writing() as work:
        begin_rows(work, [RETENTION.planned(app)], app.zone)
        work.commit()
    me = Worker("me")
    with monkeypatch.context() as patch:
        patch.setattr(type(app), "apply_retention", refuse)
        assert run_due(app, RETENTION, me).result is RunResult.FAILED
    assert gone(app) == []
    assert run_due(app, RETENTION, me) is None
    app.clock = lambda: NOW + timedelta(days=30, minutes=1)
    assert run_due(app, RETENTION, me).note == "1 calls and 0 canaries erased"
    assert gone(app) == [call.call_id]
    app.settings = app.settings.model_copy(update={"retention_call_days": 0, "retention_canary_days": 0})
    app.clock = lambda: NOW + timedelta(days=31)
    assert run_due(app, RETENTION, me) is None


def test_what_cannot_be_erased_makes_the_job_fail(app, at, canary):
    one = registry.log(app, canary_id=canary.canary_id, heard_name="Wilhelmine")
    erasable.copies(app, one, canary.canary_id)
    with app.writing() as work:
        work.session.connection.execute(update(RequestRow).values(answer=b"\x01" * 40))
        work.commit()
    at(30)
    with pytest.raises(NotAllowed, match="1 that are due could not be erased"):
        apply_retention(app)
