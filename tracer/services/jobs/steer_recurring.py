"""How the recurring jobs stand, and what a person may do about one: pause it, let it go on, have it run now."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import tzinfo
from typing import Any

from tracer.domain.errors import UnknownId
from tracer.domain.recurring import FAILING_AFTER, Planned, RunState, standing_record
from tracer.services.jobs.run_recurring import begin_rows
from tracer.storage.journal import Fact
from tracer.storage.unit_of_work import UnitOfWork


def list_recurring(work: UnitOfWork, planned: Sequence[Planned], zone: tzinfo) -> list[Mapping[str, Any]]:
    """Every recurring job as JSON, in the order given."""
    known = work.recurring.all()
    return [standing_record(one, _state(work, one, known, zone), work.now, zone) for one in planned]


def failing_jobs(work: UnitOfWork) -> list[RunState]:
    """The recurring jobs that failed several times in a row and have not gone well since, paused ones left out.

    The journal tells when one begins to fail (`recurring_job_failing`) and when it ceases (`recurring_job_recovered`),
    in the transaction that says so here.
    """
    return [
        state for state in work.recurring.all().values() if state.failures >= FAILING_AFTER and state.paused_at is None
    ]


def find_planned(planned: Sequence[Planned], name: str) -> Planned:
    """A recurring job by its name; raises UnknownId naming all."""
    for one in planned:
        if one.name == name:
            return one
    raise UnknownId("recurring job", name, f"There are: {' '.join(one.name for one in planned)}")


def pause_job(work: UnitOfWork, planned: Planned, zone: tzinfo) -> None:
    """Run no slot of it until somebody resumes it; a run that is at work goes on."""
    _set_pause(work, planned, zone, paused=True)


def resume_job(work: UnitOfWork, planned: Planned, zone: tzinfo) -> None:
    """Run its slots again; of those missed meanwhile one is made up."""
    _set_pause(work, planned, zone, paused=False)


def ask_for_run(work: UnitOfWork, planned: Planned, zone: tzinfo) -> None:
    """Have a worker run it now, within seconds, whether it is paused, off or waits after a failure."""
    begin_rows(work, [planned], zone)
    work.recurring.ask(planned.name, work.now)
    work.journal.record([Fact("recurring_job_asked", planned.name, {"job": planned.name})])


def _set_pause(work: UnitOfWork, planned: Planned, zone: tzinfo, *, paused: bool) -> None:
    begin_rows(work, [planned], zone)
    if (work.recurring.all()[planned.name].paused_at is not None) == paused:
        return
    work.recurring.pause([planned.name], work.now if paused else None)
    event = "recurring_job_paused" if paused else "recurring_job_resumed"
    work.journal.record([Fact(event, planned.name, {"job": planned.name})])


def _state(work: UnitOfWork, planned: Planned, known: Mapping[str, RunState], zone: tzinfo) -> RunState:
    """How it stands; of one that no worker has seen yet as it will begin."""
    if planned.name in known:
        return known[planned.name]
    begun = planned.schedule.begins_at_once
    return RunState(planned.name, slot=0 if begun else planned.schedule.slot(work.now, zone) or 0)
