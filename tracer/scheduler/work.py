"""All that a worker does, side by side, until it is told to stop."""

from __future__ import annotations

from threading import Event, Thread

from tracer.bootstrap import Application
from tracer.scheduler.deliver import deliver
from tracer.scheduler.keep_jobs import keep_jobs
from tracer.scheduler.run_jobs import new_worker, run_jobs
from tracer.scheduler.watch import watch

PATIENCE_SECONDS = 20.0
"""How long each of the threads may take to end."""


def work(app: Application, stop: Event, give_back: Event) -> bool:
    """Long jobs, recurring ones, the watched folder and notifications, until `stop` is set.

    A job that is at work when `give_back` is set goes back to the queue. False where the recurring jobs broke: without
    them a worker is of little use, and ends.
    """
    name, broke = new_worker(), Event()

    def keep() -> None:
        try:
            keep_jobs(app, stop, name)
        except BaseException:
            broke.set()
            raise
        finally:
            stop.set()

    beside = [Thread(target=keep, daemon=True)]
    beside += [Thread(target=task, args=(app, stop), daemon=True) for task in (watch, deliver)]
    for thread in beside:
        thread.start()
    run_jobs(app, stop, name, give_back)
    for thread in beside:
        thread.join(timeout=PATIENCE_SECONDS)
    return not broke.is_set()
