"""Send the digests and other notifications that are due: the worker's own sender does so at once; this one, besides."""

from __future__ import annotations

from tracer.bootstrap import Application
from tracer.scheduler.deliver import deliver
from tracer.scheduler.recurring.job import Longer, RecurringJob, Running
from tracer.services.access.answer_once import Work
from tracer.services.notices.claim_message import due_targets


def _send(running: Running) -> str:
    return f"{deliver(running.app)} messages sent"


def _idle(_app: Application, work: Work) -> str:
    return "" if due_targets(work) else "nothing waits"


DIGEST = RecurringJob("digest", "Send the digests and notifications that wait", Longer(_send, _idle))
