"""The fit that a report, a plan and a kept state all rest on: same evidence, same settings, same draws."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from threadpoolctl import threadpool_limits

from tracer.domain.attribution.engine import affordable
from tracer.domain.attribution.evidence import Evidence
from tracer.domain.attribution.fit import Fit, Fitter
from tracer.domain.attribution.model import AttributionModel

Progress = Callable[[float], None]


def fit_campaign(evidence: Evidence, model: AttributionModel, progress: Progress = lambda share: None) -> Fit:
    """Sample who leaked, and learn the rest; `progress` is told the share done."""
    sampling = affordable(model.sampling, evidence)
    with threadpool_limits(limits=1, user_api="blas"):  # see build_report
        return Fitter(evidence, model.other, model.assumptions).fit(
            sampling, np.random.default_rng(sampling.seed), progress
        )
