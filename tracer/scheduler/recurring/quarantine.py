"""Free the lines of canaries whose quarantine is over."""

from __future__ import annotations

from tracer.bootstrap import Application
from tracer.scheduler.recurring.job import Done, InOne, RecurringJob
from tracer.services.access.answer_once import Work
from tracer.services.canaries.change_canary import release_lines
from tracer.services.erasure.apply_retention import look_at_clock


def _release(app: Application, work: Work) -> Done:
    if look_at_clock(work).is_doubted:  # a line that comes free too early would be given to a second canary
        return Done("the clock is doubted: nothing was freed")
    released = release_lines(work, app.settings.quarantine_days)
    return Done(f"{released} lines freed" if released else "nothing to do")


QUARANTINE = RecurringJob("quarantine", "Free the lines whose quarantine is over", InOne(_release))
