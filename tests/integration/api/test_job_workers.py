"""Workers that die: their jobs are taken over, and what they do after that is refused and keeps nothing."""

from datetime import timedelta
from threading import Event

import pytest

from tests.factories import records as rows
from tests.integration.api.test_jobs import bundle, upload
from tracer.domain.errors import NotAllowed, TracerError
from tracer.domain.job import JobKind, JobState
from tracer.scheduler import run_jobs
from tracer.scheduler.job_kinds import KINDS, Running
from tracer.scheduler.run_jobs import run_one
from tracer.services.jobs.run_job import KEPT, MOST_ATTEMPTS, claim_job, finish_job, note_progress, tidy_up
from tracer.services.ledger import audit_ledger
from tracer.storage.jobs import LEASE

V1 = "/api/v1"
SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def claim(app, worker):
    with app.writing() as work:
        job = claim_job(work, worker)
        work.commit()
    return job


def go_on(app, by):
    now = app.clock() + by
    app.clock = lambda: now


def state(who, job_id):
    return who.get(f"{V1}/jobs/{job_id}").json()


@pytest.fixture
def job_id(owner):
    return upload(owner, bundle(channels=[rows.channel()])).json()["job_id"]


def test_a_job_is_claimed_by_one(app, owner, job_id):
    assert claim(app, "a").job_id == job_id
    assert claim(app, "b") is None
    assert state(owner, job_id)["state"] == "running"
    go_on(app, LEASE - timedelta(seconds=1))
    assert claim(app, "b") is None


def test_a_job_whose_worker_died_is_taken_over_and_the_first_one_keeps_nothing(app, owner, job_id):
    lost = claim(app, "a")
    go_on(app, LEASE)
    taken = claim(app, "b")
    assert (taken.job_id, taken.attempts) == (job_id, 2)

    with pytest.raises(NotAllowed, match="another took over"):
        KINDS[lost.kind](Running(app, lost, "a"))
    assert owner.get(f"{V1}/channels").json()["items"] == []
    with app.writing() as work, pytest.raises(NotAllowed):
        finish_job(work, lost, "a", JobState.FAILED, {"error": "x"})
    with app.writing() as work, pytest.raises(NotAllowed):
        note_progress(work, lost, "a", 1, 1)
    assert state(owner, job_id)["state"] == "running"

    KINDS[taken.kind](Running(app, taken, "b"))
    assert state(owner, job_id)["state"] == "done"
    assert len(owner.get(f"{V1}/channels").json()["items"]) == 1
    with pytest.raises(TracerError):  # its upload is gone by now
        KINDS[taken.kind](Running(app, taken, "b"))
    assert state(owner, job_id)["state"] == "done"
    assert claim(app, "c") is None


def test_a_worker_that_is_heard_of_keeps_its_job(app, owner, job_id):
    mine = claim(app, "a")
    go_on(app, LEASE / 2)
    with app.writing() as work:
        note_progress(work, mine, "a", 3, 10)
        work.commit()
    go_on(app, LEASE * 3 / 4)
    assert claim(app, "b") is None
    told = state(owner, job_id)
    assert (told["state"], told["done"], told["total"]) == ("running", 3, 10)


def test_a_job_that_ends_three_workers_has_failed(app, owner, job_id):
    for n in range(MOST_ATTEMPTS):
        assert claim(app, f"worker-{n}").attempts == n + 1
        go_on(app, LEASE)
    assert claim(app, "last") is None
    told = state(owner, job_id)
    assert told["state"] == "failed"
    assert "ended early 3 times" in told["result"]["error"]
    (fact,) = owner.get(f"{V1}/journal", params={"event": "job_failed"}).json()["items"]
    assert fact["subject_id"] == job_id
    later = upload(owner, bundle(channels=[rows.channel()])).json()["job_id"]
    assert run_one(app, "next")
    assert state(owner, later)["state"] == "done"


@SQLITE
def test_how_far_an_import_is_shows_while_it_holds_the_only_lock(app, owner, job_id):
    """No writer gets in meanwhile, so it is noted beside the database."""
    mine = claim(app, "a")
    with app.writing():
        app.progress_notes.write(mine.job_id, 40, 100)
        told = state(owner, job_id)
    assert (told["done"], told["total"]) == (40, 100)
    app.progress_notes.drop(mine.job_id)
    assert state(owner, job_id)["done"] == 0


@SQLITE
def test_a_job_that_breaks_has_failed_and_the_next_is_done(app, owner, job_id, monkeypatch):
    def broken(running):
        raise RuntimeError("Wilhelmina Quistgaard")

    with monkeypatch.context() as patched:
        patched.setitem(KINDS, claim_kind(owner, job_id), broken)
        assert run_one(app, "a")
    told = state(owner, job_id)
    assert told["state"] == "failed"
    assert "Wilhelmina" not in repr(told)
    assert "RuntimeError" in told["result"]["error"]
    second = upload(owner, bundle(channels=[rows.channel()])).json()["job_id"]
    assert run_one(app, "a")
    assert state(owner, second)["state"] == "done"


def claim_kind(who, job_id):
    return next(kind for kind in KINDS if kind.value == state(who, job_id)["kind"])


def test_jobs_that_ended_long_ago_are_forgotten_with_their_files(app, owner, job_id):
    assert run_one(app, "a")
    exported = owner.post(f"{V1}/jobs", json={"kind": "export"}).json()["job_id"]
    assert run_one(app, "a")
    waiting = owner.post(f"{V1}/jobs", json={"kind": "export"}).json()["job_id"]
    go_on(app, KEPT)
    with app.writing() as work:
        tidy_up(work)
        work.commit()
    assert [one["job_id"] for one in owner.get(f"{V1}/jobs").json()["items"]] == [waiting]
    assert owner.get(f"{V1}/jobs/{exported}/output").status_code == 404
    with app.reading() as work:
        assert b"".join(work.jobs.file(exported, "output")) == b""


def test_a_worker_that_is_to_end_gives_its_job_back_and_keeps_nothing(app, owner, job_id):
    leave = Event()
    leave.set()
    assert run_one(app, "a", leave)
    found = state(owner, job_id)
    assert (found["state"], found["done"]) == ("queued", 0)
    assert owner.get(f"{V1}/channels").json()["items"] == []
    taken = claim(app, "b")  # at once: no lease has to run out
    assert (taken.job_id, taken.attempts) == (job_id, 1)
    KINDS[taken.kind](Running(app, taken, "b"))
    assert state(owner, job_id)["state"] == "done"


def test_a_job_that_another_took_over_is_not_given_back(app, owner, job_id, monkeypatch):
    leave = Event()
    leave.set()

    def be_overtaken(running):
        go_on(app, LEASE)
        assert claim(app, "b").job_id == job_id
        running.progress(1, 2)

    monkeypatch.setitem(run_jobs.KINDS, JobKind.IMPORT, be_overtaken)
    assert run_one(app, "a", leave)
    assert state(owner, job_id)["state"] == "running"


def test_a_worker_that_is_to_end_takes_its_own_end_for_no_damage_of_the_ledger(app, owner, monkeypatch):
    asked = owner.post(f"{V1}/jobs", json={"kind": "verify"}).json()["job_id"]
    leave = Event()

    def told_to_end(running):
        leave.set()
        verify(running)

    verify = run_jobs.KINDS[JobKind.VERIFY]
    monkeypatch.setitem(run_jobs.KINDS, JobKind.VERIFY, told_to_end)
    monkeypatch.setattr(audit_ledger, "TOLD_EVERY", 1)
    assert run_one(app, "a", leave)
    assert state(owner, asked)["state"] == "queued"
    assert run_one(app, "b")
    assert state(owner, asked)["result"]["holds"] is True
