"""A full attribution run whose state is kept, so that later calls are answered at once."""

from __future__ import annotations

from datetime import datetime, timedelta
from hashlib import sha256

from tracer.domain.attribution.model import AttributionModel
from tracer.domain.attribution.snapshot import snapshot_of
from tracer.domain.attribution.tasks import OpenTasks, Progress, here
from tracer.domain.attribution.verdicts import implicated
from tracer.services.attribution.fit_campaign import fit_campaign
from tracer.services.attribution.gather_evidence import gather_evidence
from tracer.services.notices.write_notices import notice_verdicts
from tracer.storage.attribution_states import AttributionState
from tracer.storage.unit_of_work import UnitOfWork


def refreshed_state(
    work: UnitOfWork,
    model: AttributionModel,
    as_of: datetime,
    progress: Progress = lambda share: None,
    tasks: OpenTasks = here,
) -> AttributionState:
    """The state of everything up to `as_of`; a unit of work that reads is enough, `keep_state` stores it."""
    position = work.listings.last_position()
    evidence = gather_evidence(work, model, as_of).evidence
    fit = fit_campaign(evidence, model, progress, tasks)
    p = fit.draws.p_leaky[: len(evidence.channel_ids)]
    named = implicated(p, fit.leak_priors(evidence), model.thresholds)
    found = {channel: float(p[i]) for i, channel in enumerate(evidence.channel_ids) if named[i]}
    return AttributionState(snapshot_of(evidence, fit), work.now, as_of, settings_mark(model), position, found)


def keep_state(work: UnitOfWork, state: AttributionState) -> None:
    """Store the state in place of an earlier one, and tell those who want to know whom it newly implicates.

    A state that looks at an earlier time than the one before tells nobody anything.
    """
    before = work.attribution_states.as_of()
    if state.implicated is not None and (before is None or state.as_of >= before):
        notice_verdicts(work, state.implicated, state.as_of)
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
