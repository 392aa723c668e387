"""Forget what ended long ago."""

from __future__ import annotations

from tracer.bootstrap import Application
from tracer.scheduler.recurring.job import Done, InOne, RecurringJob
from tracer.services.access.answer_once import Work
from tracer.services.jobs.run_job import tidy_up


def _tidy(_app: Application, work: Work) -> Done:
    tidy_up(work)
    return Done("tidy")


TIDY = RecurringJob("tidy", "Forget ended sessions, links, long work and old answers", InOne(_tidy))
