"""A full attribution run whose state is kept, so that later calls are answered at once."""

from __future__ import annotations

from datetime import datetime, timedelta
from hashlib import sha256

from tracer.domain.attribution.model import AttributionModel
from tracer.domain.attribution.snapshot import snapshot_of
from tracer.services.fit_campaign import Progress, fit_campaign
from tracer.services.gather_evidence import gather_evidence
from tracer.storage.attribution_states import AttributionState
from tracer.storage.unit_of_work import UnitOfWork


def refreshed_state(
    work: UnitOfWork, model: AttributionModel, as_of: datetime, progress: Progress = lambda share: None
) -> AttributionState:
    """The state of everything up to `as_of`; a unit of work that reads is enough, `keep_state` stores it."""
    position = work.attribution_states.position()
    evidence = gather_evidence(work, model, as_of).evidence
    snapshot = snapshot_of(evidence, fit_campaign(evidence, model, progress))
    return AttributionState(snapshot, work.now, as_of, settings_mark(model), position)


def keep_state(work: UnitOfWork, state: AttributionState) -> None:
    """Store the state in place of an earlier one."""
    work.attribution_states.keep(state)


def is_outdated(work: UnitOfWork, model: AttributionModel, oldest: timedelta) -> bool:
    """Whether a refresh would tell something new: facts that it goes by came, settings changed, or much time passed.

    Time speaks by itself: an order that stays silent for longer speaks for its channels. What lies ahead of the
    clock was made by one that was wrong. A registry without such facts has nothing to work out.
    """
    state = work.attribution_states.latest()
    if state is None or state.settings != settings_mark(model) or not work.now - oldest < state.as_of <= work.now:
        return work.attribution_states.changed_since(0)
    return work.attribution_states.changed_since(state.position)


def settings_mark(model: AttributionModel) -> str:
    """A short mark of all settings that the attribution depends on."""
    return sha256(repr(model).encode()).hexdigest()
