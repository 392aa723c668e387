"""One run of a recurring job: claim it, do it, say what came of it. Whatever goes wrong is told and ends here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from threading import Event, Thread
from time import monotonic, perf_counter

import structlog

from tracer.bootstrap import Application
from tracer.domain.errors import (
    LedgerForked,
    NotAllowed,
    NoTimeStamp,
    OutboundFailed,
    OutboundRefused,
    StoreError,
    TracerError,
)
from tracer.domain.recurring import Planned, RunResult, RunState
from tracer.scheduler.recurring.job import InOne, Longer, RecurringJob, Running
from tracer.services.access.answer_once import Work
from tracer.services.jobs.run_recurring import (
    Claim,
    Outcome,
    claim_now,
    claim_run,
    extend_run,
    finish_run,
    note_failure,
)

log = structlog.get_logger("tracer.jobs")
_TOLD = (StoreError, NotAllowed, NoTimeStamp, OutboundFailed, OutboundRefused)
"""Refusals that name ids and places only; others may repeat the value that was refused."""
Claiming = Callable[[Work, Planned, str | None, timedelta], Claim | None]


@dataclass(frozen=True, slots=True)
class Worker:
    """Who runs jobs: its name, and whether it believes that a silent one is dead."""

    name: str
    is_dead: Callable[[RunState], bool] = lambda state: True


def run_due(app: Application, job: RecurringJob, worker: Worker) -> Outcome | None:
    """Run the job if it is due and no other process has it: what came of it, None where nothing was run.

    A database that cannot be used is told in the log, and the next look tries again.
    """

    def claiming(work: Work, planned: Planned, name: str | None, lease: timedelta) -> Claim | None:
        return claim_run(work, planned, app.zone, app.clock, name, lease, worker.is_dead)

    try:
        return _run(app, job, worker, claiming)
    except StoreError as error:
        log.warning("store_unavailable", job=job.name, error=type(error).__name__)
        return None


def run_now(app: Application, job: RecurringJob, worker: Worker) -> Outcome:
    """Run the job, due or not; raises NotAllowed while another process does."""

    def claiming(work: Work, planned: Planned, name: str | None, lease: timedelta) -> Claim | None:
        return claim_now(work, planned, app.zone, app.clock, name, lease)

    outcome = _run(app, job, worker, claiming)
    if outcome is None:
        raise NotAllowed(f"recurring job {job.name!r} is running already; `tracer jobs` shows what comes of it")
    return outcome


def _run(app: Application, job: RecurringJob, worker: Worker, claiming: Claiming) -> Outcome | None:
    planned = job.planned(app)
    if isinstance(job.body, InOne):
        return _in_one(app, job.body, planned, claiming)
    return _longer(app, job.body, planned, worker, claiming)


def _in_one(app: Application, body: InOne, planned: Planned, claiming: Claiming) -> Outcome | None:
    began = perf_counter()
    claim: Claim | None = None
    try:
        with app.writing() as work:
            claim = claiming(work, planned, None, timedelta())
            if claim is None:
                return None
            done = body.do(app, work)
            outcome = Outcome(RunResult.OK, done.note, perf_counter() - began)
            finish_run(work, claim, planned, outcome)
            work.commit()
    except Exception as error:  # noqa: BLE001  # whatever it is, the other jobs go on
        return _undone(app, planned, claim, error, perf_counter() - began)
    try:
        done.then()
    except Exception as error:  # noqa: BLE001  # as above
        outcome = _failed(app, planned, error, perf_counter() - began)
        with app.writing() as work:
            finish_run(work, claim, planned, outcome)
            work.commit()
    return outcome


def _longer(app: Application, body: Longer, planned: Planned, worker: Worker, claiming: Claiming) -> Outcome | None:
    began = perf_counter()
    claim: Claim | None = None
    try:
        with app.writing() as work:
            claim = claiming(work, planned, worker.name, body.lease)
            if claim is None:
                return None
            idle = body.idle(app, work)
            if idle:
                outcome = Outcome(RunResult.OK, idle, perf_counter() - began)
                finish_run(work, claim, planned, outcome)
            work.commit()
    except Exception as error:  # noqa: BLE001  # whatever it is, the other jobs go on
        return _undone(app, planned, claim, error, perf_counter() - began)
    if idle:
        return outcome
    running = Running(app, planned, claim, lambda: perf_counter() - began)
    with _Heart(running, body) as heart:
        try:
            outcome = Outcome(RunResult.OK, body.do(running), running.seconds())
        except Exception as error:  # noqa: BLE001  # as above
            outcome = _failed(app, planned, error, running.seconds())
    if heart.gave_up:
        return heart.gave_up
    if not running.is_finished:
        _finish(running, outcome)
    return outcome


def _finish(running: Running, outcome: Outcome) -> None:
    try:
        with running.app.writing() as work:
            finish_run(work, running.claim, running.planned, outcome)
            work.commit()
    except NotAllowed:
        log.warning("recurring_job_lost", job=running.planned.name)


def _undone(app: Application, planned: Planned, claim: Claim | None, error: Exception, seconds: float) -> Outcome:
    """Tell of a failure of which nothing was kept, the claim neither; raises the error where nothing was claimed.

    Whatever it is, the other jobs go on.
    """
    if claim is None:
        raise error
    outcome = _failed(app, planned, error, seconds)
    with app.writing() as work:
        note_failure(work, claim, planned, outcome)
        work.commit()
    return outcome


def _failed(app: Application, planned: Planned, error: Exception, seconds: float) -> Outcome:
    """A failure as it is told: where its words hold nothing personal, in its words, and else by its kind."""
    kind = type(error).__name__
    note = str(error).replace(str(app.settings.home), "$TRACER_HOME") if isinstance(error, _TOLD) else kind
    if isinstance(error, LedgerForked):
        log.critical("ledger_forked", error=note)
    log.error("recurring_job_failed", job=planned.name, error=kind, reason=note)
    return Outcome(RunResult.FAILED, note, seconds)


class _Heart:
    """Says again and again that the worker lives; when the time is up it says that the run has failed."""

    def __init__(self, running: Running, body: Longer) -> None:
        self._running = running
        self._lease = body.lease
        self._until = monotonic() + body.limit.total_seconds()
        self._stop = Event()
        self._thread = Thread(target=self._beat, daemon=True)
        self.gave_up: Outcome | None = None

    def __enter__(self) -> _Heart:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def _beat(self) -> None:
        pause = self._lease.total_seconds() / 6
        while not self._stop.wait(min(pause, max(self._until - monotonic(), 0.0))):
            if monotonic() >= self._until:
                self._give_up()
                return
            if not self._is_extended():
                return

    def _is_extended(self) -> bool:
        running = self._running
        try:
            with running.app.writing() as work:
                mine = running.is_finished or extend_run(work, running.claim, self._lease)
                work.commit()
        except TracerError as error:  # the next beat may go well; if the run was lost, its end will be refused
            log.warning("heartbeat_failed", job=running.planned.name, error=type(error).__name__)
            return True
        return mine

    def _give_up(self) -> None:
        running = self._running
        log.error("recurring_job_timed_out", job=running.planned.name)
        outcome = Outcome(RunResult.FAILED, "it took too long and was given up", running.seconds(), hangs=True)
        try:
            with running.app.writing() as work:
                finish_run(work, running.claim, running.planned, outcome)
                work.commit()
        except TracerError as error:  # it ended after all, or the lease runs out and another takes over
            log.warning("heartbeat_failed", job=running.planned.name, error=type(error).__name__)
            return
        self.gave_up = outcome
