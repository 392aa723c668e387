"""Work out the attribution anew when facts came that it goes by, or when it has got old."""

from __future__ import annotations

from datetime import timedelta

from tracer.bootstrap import Application
from tracer.scheduler.recurring.job import Longer, RecurringJob, Running
from tracer.services.access.answer_once import Work
from tracer.services.attribution.refresh_attribution import is_outdated, keep_state, refreshed_state

_OLD = timedelta(days=1)


def _refresh(running: Running) -> str:
    app = running.app
    with app.reading() as work:
        state = refreshed_state(work, app.model, app.clock(), tasks=app.tasks)
    note = f"{len(state.snapshot.channel_ids)} channels worked out"
    with app.writing() as work:
        keep_state(work, state)
        running.finish_in(work, note)
        work.commit()
    return note


def _idle(app: Application, work: Work) -> str:
    return "" if is_outdated(work, app.model, _OLD) else "nothing new"


REFRESH = RecurringJob("refresh", "Work out anew which channels leaked", Longer(_refresh, _idle))
