"""Two processes and a job of many slots, under a clock that this test turns, with kill -9 in between.

Each run writes a row into a table beside ours, in the transaction that is to make it durable.
"""

from __future__ import annotations

import os
import signal
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tracer.bootstrap import Application, build
from tracer.domain.recurring import RunState
from tracer.scheduler.recurring.job import Done, InOne, Longer, RecurringJob, Running
from tracer.scheduler.run_recurring import Worker, run_due
from tracer.services.access.answer_once import Work
from tracer.storage.engine import READ_ONLY, open_engine

JOB = "tidy"  # a name that has a setting
SLOT_SECONDS = 3_600
BEGIN = 1_800_000_000 // SLOT_SECONDS * SLOT_SECONDS
LEASE = timedelta(minutes=2)
CLOCK, VICTIM, INSIDE, STOP, READY = range(5)
"""Places in the memory that the processes share: the time, who is to wait for its end, who waits, whether it is over,
and from there on who is there."""
NOBODY = -1
PATIENCE = 60.0


@dataclass(frozen=True)
class Found:
    """What became of the slots: how often each was run, and how many processes were killed while at it."""

    runs: Counter[int]
    killed: int
    state: RunState


def application(home: Path, url: str, shared: Any) -> Application:
    """An application whose clock is the shared one; what it is told by the environment holds for it alone."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TRACER_DATABASE_URL", url)
        patch.setenv("TRACER_ACTOR", "tester")
        patch.setenv(f"TRACER_JOB_{JOB.upper()}", "1h")
        return build(home, clock=lambda: datetime.fromtimestamp(shared[CLOCK], UTC))


def work_on_slots(home: Path, url: str, shared: Any, me: int, kind: str) -> None:
    """What each process does: look whether the job is due, again and again."""
    app = application(home, url, shared)

    def note(work: Work) -> None:
        slot = work.recurring.all()[JOB].slot
        work.session.connection.exec_driver_sql(f"INSERT INTO slot_runs (slot, worker) VALUES ({slot}, {me})")

    def linger() -> None:
        if shared[VICTIM] == me:
            shared[INSIDE] = me
            time.sleep(PATIENCE)

    def do(_app: Application, work: Work) -> Done:
        note(work)
        linger()
        return Done("")

    def do_longer(running: Running) -> str:
        linger()
        with running.app.writing() as work:
            note(work)
            running.finish_in(work, "")
            linger()
            work.commit()
        return ""

    job = RecurringJob(JOB, "", InOne(do) if kind == "in one" else Longer(do_longer, lease=LEASE))
    worker = Worker(f"worker-{me}")
    shared[READY + me] = 1
    while not shared[STOP]:
        run_due(app, job, worker)
        time.sleep(0.001)
    app.close()


class Crew:
    """Two processes, of which one is killed now and then and another begun in its place."""

    def __init__(self, home: Path, url: str, shared: Any, kind: str) -> None:
        self._arguments = (home, url, shared)
        self._kind = kind
        self._context = get_context("spawn")
        self.workers = {me: self._begun(me) for me in (0, 1)}

    def _begun(self, me: int) -> Any:
        process = self._context.Process(target=work_on_slots, args=(*self._arguments, me, self._kind), daemon=True)
        process.start()
        return process

    def replace(self, me: int) -> None:
        """Kill one, as the machine would, and begin another."""
        pid = self.workers[me].pid
        assert pid is not None
        os.kill(pid, signal.SIGKILL)
        self.workers[me].join()
        self.workers[me] = self._begun(me)

    def end(self) -> None:
        """Let them end."""
        for process in self.workers.values():
            process.join(PATIENCE)
            assert process.exitcode == 0


@contextmanager
def _crew(home: Path, url: str, shared: Any, kind: str) -> Iterator[Crew]:
    crew = Crew(home, url, shared, kind)
    try:
        yield crew
        shared[STOP] = 1
        crew.end()
    finally:
        for process in crew.workers.values():
            if process.is_alive():
                process.kill()


def run_slots(home: Path, url: str, slots: int, kills: int, rng: np.random.Generator, kind: str = "in one") -> Found:
    """Turn the clock from slot to slot; every few of them the next process that is at work on one is killed."""
    shared: Any = get_context("spawn").Array("q", READY + 2, lock=False)
    shared[CLOCK], shared[VICTIM], shared[INSIDE] = BEGIN, NOBODY, NOBODY
    app = application(home, url, shared)
    app.open()
    engine = open_engine(url)
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE slot_runs (slot BIGINT NOT NULL, worker INTEGER NOT NULL)")
    with app.writing() as work:
        work.recurring.begin({JOB: 0})
        work.commit()
    killed = 0
    fatal = set(rng.choice(np.arange(slots // 20, slots), size=kills, replace=False).tolist())
    with _crew(home, url, shared, kind) as crew, engine.connect().execution_options(**{READ_ONLY: True}) as connection:
        for number in range(slots):
            shared[CLOCK] = BEGIN + number * SLOT_SECONDS
            if number in fatal and shared[VICTIM] == NOBODY:
                shared[VICTIM] = int(rng.choice([me for me in (0, 1) if shared[READY + me]] or [0]))
            until = time.monotonic() + PATIENCE
            while _done(connection) <= number:
                assert time.monotonic() < until, f"slot {number} of {slots} is run by nobody"
                if shared[INSIDE] != NOBODY:
                    who, shared[VICTIM], shared[INSIDE] = shared[INSIDE], NOBODY, NOBODY
                    shared[READY + who] = 0
                    crew.replace(who)
                    killed += 1
                    if kind != "in one":  # its claim is durable: only time tells that it is dead
                        shared[CLOCK] += int(LEASE.total_seconds()) + 1
                time.sleep(0.001)
        with app.reading() as work:
            state = work.recurring.all()[JOB]
    with engine.connect().execution_options(**{READ_ONLY: True}) as connection:
        rows = connection.exec_driver_sql("SELECT slot FROM slot_runs").all()
    engine.dispose()
    app.close()
    return Found(Counter((row[0] - BEGIN) // SLOT_SECONDS for row in rows), killed, state)


def _done(connection: Any) -> int:
    connection.rollback()
    return int(connection.exec_driver_sql("SELECT count(DISTINCT slot) FROM slot_runs").scalar_one())
