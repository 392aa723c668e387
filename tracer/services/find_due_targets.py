"""Find the targets that may be told something now."""

from __future__ import annotations

from tracer.storage.unit_of_work import UnitOfWork


def due_targets(work: UnitOfWork) -> list[str]:
    """Ids of targets for which something waits and that may be tried now."""
    return work.notify_targets.due(work.now)
