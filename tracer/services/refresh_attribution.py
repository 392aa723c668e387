"""A full attribution run whose state is kept, so that later calls are answered at once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from hashlib import sha256

import numpy as np
from threadpoolctl import threadpool_limits

from tracer.domain.attribution.engine import affordable
from tracer.domain.attribution.fit import Fitter
from tracer.domain.attribution.model import AttributionModel
from tracer.domain.attribution.snapshot import snapshot_of
from tracer.services.gather_evidence import gather_evidence
from tracer.storage.attribution_states import AttributionState
from tracer.storage.unit_of_work import UnitOfWork

Progress = Callable[[float], None]


def refreshed_state(
    work: UnitOfWork, model: AttributionModel, as_of: datetime, progress: Progress = lambda share: None
) -> AttributionState:
    """The state of everything up to `as_of`; a unit of work that reads is enough, `keep_state` stores it."""
    position = work.attribution_states.position()
    evidence = gather_evidence(work, model, as_of).evidence
    with threadpool_limits(limits=1, user_api="blas"):
        rng = np.random.default_rng(model.sampling.seed)
        fitter = Fitter(evidence, model.other, model.assumptions)
        fit = fitter.fit(affordable(model.sampling, evidence), rng, progress)
        snapshot = snapshot_of(evidence, fit)
    return AttributionState(snapshot, work.now, as_of, settings_mark(model), position)


def keep_state(work: UnitOfWork, state: AttributionState) -> None:
    """Store the state in place of an earlier one."""
    work.attribution_states.keep(state)


def settings_mark(model: AttributionModel) -> str:
    """A short mark of all settings that the attribution depends on."""
    return sha256(repr(model).encode()).hexdigest()
