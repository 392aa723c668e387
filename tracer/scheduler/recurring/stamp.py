"""Have the newest checkpoint of the ledger stamped by a time-stamp authority."""

from __future__ import annotations

from datetime import timedelta

from tracer.bootstrap import Application
from tracer.scheduler.recurring.job import Longer, RecurringJob, Running
from tracer.services.access.answer_once import Work
from tracer.services.ledger.stamp_ledger import unstamped


def _stamp(running: Running) -> str:
    token = running.app.stamp_ledger()
    return "stamped already" if token is None else f"{token.size} facts stamped by {token.authority}"


def _idle(_app: Application, work: Work) -> str:
    return "" if unstamped(work) else "stamped already"


def _needless(app: Application) -> str:
    return "" if app.settings.time_authorities else "no time-stamp authority is configured"


_LEASE = timedelta(seconds=24)  # where a worker dies another is there within the minute
STAMP = RecurringJob("stamp", "Have the ledger time-stamped", Longer(_stamp, _idle, _LEASE), _needless)
