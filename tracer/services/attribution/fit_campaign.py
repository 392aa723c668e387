"""The fit that a report, a plan and a kept state all rest on: same evidence, same settings, same draws."""

from __future__ import annotations

import numpy as np
from threadpoolctl import threadpool_limits

from tracer.domain.attribution.engine import affordable
from tracer.domain.attribution.evidence import Evidence
from tracer.domain.attribution.fit import Fit, Fitter
from tracer.domain.attribution.model import AttributionModel
from tracer.domain.attribution.tasks import OpenTasks, Progress, here


def fit_campaign(
    evidence: Evidence,
    model: AttributionModel,
    progress: Progress = lambda share: None,
    tasks: OpenTasks = here,
) -> Fit:
    """Sample who leaked, and learn the rest; `progress` is told the share done; `tasks` makes ready where that is."""
    sampling = affordable(model.sampling, evidence)
    with threadpool_limits(limits=1, user_api="blas"), tasks() as opened:  # see build_report
        return Fitter(evidence, model.other, model.assumptions, tasks=opened).fit(
            sampling, np.random.default_rng(sampling.seed), progress
        )
