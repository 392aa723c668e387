"""Run the recurring jobs in their time: a scheduler in the memory of each process, which shares nothing but the rows.

The scheduler gives the pace. Whether a run is due, and whose it is, the row of the job says (domain.recurring). Beside
it somebody looks at all rows every few seconds, by a clock that does not jump: for what the scheduler cannot know (a
retry, a run that is asked for, a worker that died) and for what it would miss where the wall clock is set back.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta, tzinfo
from threading import Event, Thread
from time import monotonic
from typing import Any

import structlog
from apscheduler.executors.base import BaseExecutor, run_job
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.base import BaseTrigger

from tracer.bootstrap import Application
from tracer.domain.errors import StoreError
from tracer.domain.recurring import Cause, Planned, RunState, due
from tracer.domain.schedule import slot_time
from tracer.scheduler.recurring.job import RecurringJob
from tracer.scheduler.recurring.jobs import RECURRING
from tracer.scheduler.run_recurring import Worker, run_due
from tracer.services.jobs.run_recurring import begin_rows

LOOK_SECONDS = 5.0
_SILENT = 1 / 3
_NEVER = timedelta(days=1)
_PATIENCE_SECONDS = 15.0
log = structlog.get_logger("tracer.jobs")


def keep_jobs(
    app: Application, stop: Event, worker: str, jobs: Mapping[str, RecurringJob] = RECURRING, look: float = LOOK_SECONDS
) -> None:
    """Run the recurring jobs until `stop` is set; those at work may end before it returns."""
    logging.getLogger("apscheduler").setLevel(logging.ERROR)  # that a run of before is still at work is no news
    silence = Silence()
    me = Worker(worker, silence.is_dead)
    threads = OwnThreads()
    scheduler = BackgroundScheduler(
        executors={"default": threads},
        job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},  # the row knows what is due
        timezone=UTC,
    )
    rng = app.fresh_rng()
    for job in jobs.values():
        planned = job.planned(app)
        scheduler.add_job(run_due, SlotTrigger(planned, app.zone, rng.random), (app, job, me), id=job.name)
    scheduler.start()
    try:
        while not stop.is_set():
            _look(app, jobs, scheduler, silence)
            stop.wait(look)
    finally:
        scheduler.shutdown(wait=False)
        threads.wait(_PATIENCE_SECONDS)


def _look(app: Application, jobs: Mapping[str, RecurringJob], scheduler: BackgroundScheduler, silence: Silence) -> None:
    """Wake the jobs that are due and have not been woken by their slot."""
    try:
        planned = [job.planned(app) for job in jobs.values()]
        with app.reading() as work:
            now, states = work.now, work.recurring.all()
        if any(one.name not in states for one in planned):
            with app.writing() as work:
                begin_rows(work, planned, app.zone)
                states = work.recurring.all()
                work.commit()
    except StoreError as error:
        log.warning("store_unavailable", error=type(error).__name__)
        return
    for one in planned:
        if is_to_be_woken(one, states[one.name], now, app.zone, silence):
            scheduler.modify_job(one.name, next_run_time=datetime.now(UTC))


def is_to_be_woken(planned: Planned, state: RunState, now: datetime, zone: tzinfo, silence: Silence) -> bool:
    """Whether a job is due by something else than a slot that has only just begun."""
    found = due(planned, state, now, zone)
    if found is None:
        return False
    if found.cause is Cause.TAKEN_OVER:
        return silence.is_dead(state)
    behind = (
        found.slot - state.slot
    )  # below 0: the clock was set back, and the scheduler sleeps until it is there again
    only_begun = 0 <= behind <= planned.schedule.period.total_seconds()
    put_off_until = slot_time(found.slot, zone) + planned.jitter + timedelta(seconds=1)
    return found.cause is not Cause.SLOT or not only_begun or now >= put_off_until


class Silence:
    """Whether a worker whose lease ran out is dead: only if its row says the same for a while of our own time.

    It says so six times in a lease, and a third of one is waited. By the wall clock alone a jump ahead would make
    everybody dead.
    """

    def __init__(self, elapsed: Callable[[], float] = monotonic) -> None:
        self._elapsed = elapsed
        self._seen: dict[str, tuple[tuple[int, datetime | None], float]] = {}

    def is_dead(self, state: RunState) -> bool:
        """Look at a row whose lease has run out."""
        sign = (state.claims, state.lease_until)
        before = self._seen.get(state.job)
        if before is None or before[0] != sign:
            before = self._seen[state.job] = (sign, self._elapsed())
        lease = state.lease_until - state.claimed_at if state.lease_until and state.claimed_at else timedelta()
        return self._elapsed() - before[1] >= lease.total_seconds() * _SILENT


class SlotTrigger(BaseTrigger):  # type: ignore[misc]  # of a library without types
    """The next slot that the job's schedule has, put off by some chance so that not all begin at once."""

    def __init__(self, planned: Planned, zone: tzinfo, chance: Callable[[], float]) -> None:
        self._planned = planned
        self._zone = zone
        self._chance = chance

    def get_next_fire_time(self, _previous: datetime | None, now: datetime) -> datetime:
        """When to try next; nothing that went before counts, so a clock that was set is no matter.

        One that is off comes round as well, and finds nothing due: the scheduler forgets a job without a next time, and
        then could not run it when somebody asks.
        """
        slot = self._planned.schedule.following(now, self._zone)
        return now + _NEVER if slot is None else slot_time(slot, self._zone) + self._planned.jitter * self._chance()


class OwnThreads(BaseExecutor):  # type: ignore[misc]  # as above
    """A thread of its own for each run: one that hangs takes no place from others, and does not keep the process."""

    def __init__(self) -> None:
        super().__init__()
        self._threads: dict[str, Thread] = {}

    def wait(self, seconds: float) -> None:
        """Let what is at work end, for so long at most in all."""
        until = monotonic() + seconds
        for thread in list(self._threads.values()):
            thread.join(max(until - monotonic(), 0))

    def _do_submit_job(self, job: Any, run_times: list[datetime]) -> None:
        thread = Thread(target=self._do, args=(job, run_times), name=f"job-{job.id}", daemon=True)
        self._threads[job.id] = thread
        thread.start()

    def _do(self, job: Any, run_times: list[datetime]) -> None:
        events = run_job(job, "default", run_times, self._logger.name)
        for event in events:
            if event.exception is not None:
                log.error("recurring_job_broke", job=job.id, error=type(event.exception).__name__)
        self._run_job_success(job.id, events)
