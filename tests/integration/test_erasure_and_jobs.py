"""An erasure reaches the exports and evidence packs that are being made at that moment."""

import io
import zipfile

import pytest
from sqlalchemy import text

from tests.factories import registry
from tests.factories.erasable import CALL, erase, plant
from tracer.domain.errors import NotAllowed, StoreUnavailable
from tracer.domain.job import JobKind, JobState
from tracer.scheduler.job_kinds import KINDS, Running
from tracer.scheduler.run_jobs import run_one
from tracer.services.calls.settle_call import Settler
from tracer.services.erasure.erase_personal import Unsettled, erase_call
from tracer.services.jobs.queue_job import queue_job
from tracer.services.jobs.run_job import claim_job

PRINCIPAL = "u-2"


def queue(app, kind, parameters):
    with app.writing() as work:
        job = queue_job(work, kind, PRINCIPAL, parameters, app.rng)
        work.commit()
    return job.job_id


def claim(app, worker, *before):
    with app.writing() as work:
        for statement in before:
            work.session.connection.execute(text(statement))
        job = claim_job(work, worker)
        work.commit()
    return job


def erase_before_the_end(app, call_id, monkeypatch):
    """Erase when a job has read everything, at the moment before the transaction that ends it."""
    begin, erased = type(app).writing, []

    def writing(self, actor=""):
        if actor == PRINCIPAL and not erased:
            erased.append(erase(app, call_id))
        return begin(self, actor)

    monkeypatch.setattr(type(app), "writing", writing)


def job_of(app, job_id):
    with app.reading() as work:
        return work.jobs.get(job_id)


def made(app, job_id):
    """Every file of the zip that a job made, as one text; empty where it made none."""
    with app.reading() as work:
        content = b"".join(work.jobs.file(job_id, "output"))
    if not content:
        return ""
    with zipfile.ZipFile(io.BytesIO(content)) as pack:
        return "\n".join(pack.read(name).decode("utf-8", "replace") for name in pack.namelist())


@pytest.mark.parametrize("kind", [JobKind.EXPORT, JobKind.EVIDENCE])
def test_what_was_read_before_an_erasure_is_refused_and_made_again(app, kind, monkeypatch):
    planted = plant(app)
    opening = {"kind": "call", "id": planted.call_id, "open": ["transcript", "caller_number"], "name_persons": False}
    parameters = opening if kind is JobKind.EVIDENCE else {}
    first_id = queue(app, kind, parameters)
    assert run_one(app, "a")
    assert CALL["heard_name"] in made(app, first_id)  # else this test proves nothing

    job_id = queue(app, kind, parameters)
    job = claim(app, "a")
    erase_before_the_end(app, planted.call_id, monkeypatch)
    with pytest.raises(NotAllowed, match="no longer this worker's"):
        KINDS[kind](Running(app, job, "a"))
    assert (made(app, first_id), made(app, job_id)) == ("", "")
    waiting = job_of(app, job_id)
    assert (waiting.state, waiting.attempts, waiting.total) == (JobState.QUEUED, 0, None)
    assert run_one(app, "b")
    assert job_of(app, job_id).state is JobState.DONE
    found = made(app, job_id)
    assert planted.call_id in found
    assert not [one for one in planted.of_call if one in found]
    assert app.audit_ledger(lambda share: None).problems == []


def test_a_worker_whose_job_begins_again_goes_on_with_it(app, monkeypatch):
    planted = plant(app)
    job_id = queue(app, JobKind.EXPORT, {})
    erase_before_the_end(app, planted.call_id, monkeypatch)
    assert run_one(app, "a")
    assert job_of(app, job_id).state is JobState.QUEUED
    assert run_one(app, "a")
    assert job_of(app, job_id).state is JobState.DONE


@pytest.mark.parametrize("kind", [JobKind.IMPORT, JobKind.REPORT])
def test_other_jobs_go_on(app, kind):
    planted = plant(app)
    job_id = queue(app, kind, {})
    claim(app, "a")
    erase(app, planted.call_id)
    assert job_of(app, job_id).state is JobState.RUNNING


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_no_job_begins_to_read_what_is_being_erased(app):
    """On SQLite writers take turns anyway."""
    planted = plant(app)
    other = registry.log(app, canary_id=planted.canary_id, notes="another")
    job_id = queue(app, JobKind.EXPORT, {})
    with app.writing() as work:
        erase_call(work, other.call_id, "asked", Settler(work, app.settings.canary_prior), Unsettled.ANYWAY)
        with pytest.raises(StoreUnavailable):
            claim(app, "a", "SET LOCAL lock_timeout = '50ms'")
        work.commit()
    assert claim(app, "a").job_id == job_id
