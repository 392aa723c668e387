"""What waits in the registry, counted: for whoever watches that nothing gets stuck."""

from __future__ import annotations

from dataclasses import dataclass

from tracer.domain.job import JobState
from tracer.storage.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class Waiting:
    """How many of each wait: jobs for a worker, jobs for their end, messages held for a person, notices to be sent,
    facts that no signed checkpoint covers yet."""

    jobs_queued: int = 0
    jobs_running: int = 0
    messages_held: int = 0
    notices: int = 0
    facts_unsealed: int = 0


def count_waiting(work: UnitOfWork) -> Waiting:
    """Count what waits now, over all processes that share the database."""
    jobs = work.jobs.count_by_state()
    return Waiting(
        jobs_queued=jobs.get(JobState.QUEUED, 0),
        jobs_running=jobs.get(JobState.RUNNING, 0),
        messages_held=work.deliveries.waiting(),
        notices=sum(work.outbox.count_waiting().values()),
        facts_unsealed=work.ledger.pending(),
    )
