"""What works out the tasks of one attribution, as configured."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from tracer.domain.attribution.tasks import HERE, Tasks
from tracer.outbound.tasks.elsewhere import Elsewhere
from tracer.outbound.tasks.rules import TaskRules


@contextmanager
def open_tasks(rules: TaskRules) -> Iterator[Tasks]:
    """A cluster, processes, or this process; raises InvalidValue for a cluster that cannot be used at all."""
    if not rules.cluster and rules.processes == 1:
        yield HERE
        return
    elsewhere = _elsewhere(rules)
    try:
        yield elsewhere
    finally:
        elsewhere.close()


def _elsewhere(rules: TaskRules) -> Elsewhere:
    if rules.cluster:
        from tracer.outbound.tasks.dask_cluster import DaskCluster  # takes seconds to load

        return DaskCluster(rules)
    from tracer.outbound.tasks.processes import Processes

    return Processes(rules.processes)
