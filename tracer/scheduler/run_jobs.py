"""The loop of a worker: claim long work, do it, say what came of it."""

from __future__ import annotations

import os
import secrets
import socket
from threading import Event, Thread
from time import monotonic

import structlog

from tracer.bootstrap import Application
from tracer.domain.errors import BundleRejected, NotAllowed, StoreError, TracerError
from tracer.domain.job import Job, JobState
from tracer.scheduler.job_kinds import KINDS, Running
from tracer.services.jobs.run_job import claim_job, finish_job, give_back_job, note_progress

POLL_SECONDS = 1.0
HEARTBEAT_SECONDS = 10.0
_SHOWN_ROWS = 1_000
log = structlog.get_logger("tracer.jobs")


def new_worker() -> str:
    """A name for a worker that no other has: host, process, chance."""
    return f"{socket.gethostname()[:60]}-{os.getpid()}-{secrets.token_hex(4)}"


class GivenBack(BaseException):
    """The worker is to end before its job has; raised inside the job, so that its transaction is undone.

    No error: an audit takes every Exception on its way for damage of the ledger, and would say so.
    """


def run_jobs(app: Application, stop: Event, worker: str | None = None, give_back: Event | None = None) -> None:
    """Do jobs until `stop` is set. A database that goes away is waited for.

    The job at work then is finished, unless `give_back` is set before it is: another process begins it anew.
    """
    name = worker or new_worker()
    while not stop.is_set():
        try:
            if run_one(app, name, give_back):
                continue
        except StoreError as error:
            log.warning("store_unavailable", error=type(error).__name__)
        stop.wait(POLL_SECONDS)


def run_one(app: Application, worker: str, give_back: Event | None = None) -> bool:
    """Do the next job, if one waits; whether there was one."""
    with app.writing() as work:
        job = claim_job(work, worker)
        work.commit()
    if job is None:
        return False
    log.info("job_started", job_id=job.job_id, kind=job.kind.value)
    heart = _Heart(app, job, worker, give_back or Event())
    try:
        with heart:
            KINDS[job.kind](Running(app, job, worker, heart.note))
    except GivenBack:
        _give_back(app, job, worker)
    except BundleRejected as error:
        rows = [str(row) for row in error.problems[:_SHOWN_ROWS]]
        _fail(app, job, worker, {"error": str(error), "rows": rows, "total": error.total})
    except StoreError:  # it will be tried again when the lease has run out
        raise
    except TracerError as error:
        _fail(app, job, worker, {"error": str(error)})
    except Exception as error:  # noqa: BLE001  # whatever it is, the job has failed and the next one is done
        log.error("job_broke", job_id=job.job_id, error=type(error).__name__)
        _fail(app, job, worker, {"error": f"{type(error).__name__}: a fault of this program. Please report it"})
    else:
        log.info("job_done", job_id=job.job_id, kind=job.kind.value)
    finally:
        app.progress_notes.drop(job.job_id)
    return True


def _give_back(app: Application, job: Job, worker: str) -> None:
    with app.writing(job.principal) as work:
        given = give_back_job(work, job, worker)
        work.commit()
    log.info("job_given_back" if given else "job_lost", job_id=job.job_id, kind=job.kind.value)


def _fail(app: Application, job: Job, worker: str, result: dict[str, object]) -> None:
    try:
        with app.writing(job.principal) as work:
            finish_job(work, job, worker, JobState.FAILED, result)
            work.commit()
    except NotAllowed:  # another took it over, or it begins again: then that one tells
        log.info("job_lost", job_id=job.job_id, kind=job.kind.value)
        return
    log.info("job_failed", job_id=job.job_id, kind=job.kind.value)


class _Heart:
    """Tells the database now and then that the worker lives and how far it is."""

    def __init__(self, app: Application, job: Job, worker: str, give_back: Event) -> None:
        self._app = app
        self._job = job
        self._worker = worker
        self._done, self._total = 0, None if job.total is None else job.total
        self._give_back = give_back
        self._stop = Event()
        self._thread = Thread(target=self._beat, daemon=True)
        self._noted = 0.0

    def note(self, done: int, total: int | None) -> None:
        """How far the work is; written down when its time comes. Raises GivenBack when the worker is to end."""
        if self._give_back.is_set():
            raise GivenBack
        self._done, self._total = done, total
        if monotonic() - self._noted > 0.5:
            self._noted = monotonic()
            self._app.progress_notes.write(self._job.job_id, done, total)

    def __enter__(self) -> None:
        self._thread.start()

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def _beat(self) -> None:
        while not self._stop.wait(HEARTBEAT_SECONDS):
            if self._app.settings.url.startswith("sqlite") and self._job.kind.value == "import":
                continue  # the job itself holds the write lock, so nobody can take it for lost
            try:
                with self._app.writing(self._job.principal) as work:
                    note_progress(work, self._job, self._worker, self._done, self._total)
                    work.commit()
            except TracerError as error:  # the next beat may go well; if the job was lost, its end will be refused
                log.warning("heartbeat_failed", job_id=self._job.job_id, error=type(error).__name__)
