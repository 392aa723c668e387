"""Where one call came from, at once, from the state that the latest full run left."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import numpy as np
from threadpoolctl import threadpool_limits

from tracer.domain.attribution.model import AttributionModel
from tracer.domain.attribution.update import update
from tracer.domain.call import CallState, Nature
from tracer.domain.report import CallFinding
from tracer.services.attribution.gather_around import gather_around
from tracer.services.attribution.refresh_attribution import settings_mark
from tracer.storage.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class QuickFinding:
    """The finding, the time of the state it stands on, and how many calls changed since, this one included."""

    finding: CallFinding
    as_of: datetime
    calls_since: int


def attribute_call(work: UnitOfWork, model: AttributionModel, call_id: str, as_of: datetime) -> QuickFinding | None:
    """The finding for a call as a full run up to `as_of` would give it, within Monte-Carlo error.

    None where only a full run can tell: there is no state of these settings or it is of a later time, the call
    does not count, which number rang is not known, a channel is newer than the state, or the call moves
    the posterior too far. Raises UnknownId.
    """
    call = work.calls.get(call_id)
    state = work.attribution_states.latest()
    if state is None or state.settings != settings_mark(model) or state.as_of > as_of:
        return None
    if call.state is not CallState.LOGGED or call.nature is Nature.LEGITIMATE or call.received_at > as_of:
        return None
    piece = gather_around(work, model, call, as_of)
    if piece is None or not set(piece.evidence.channel_ids) <= state.snapshot.place_of.keys():
        return None
    changed = work.attribution_states.calls_since(state.position)
    calls, seen = piece.evidence.calls, state.snapshot.as_of
    counted = np.array([one not in changed for one in calls.ids], dtype=np.bool_) & (calls.day <= seen)
    with threadpool_limits(limits=1, user_api="blas"):
        found = update(piece.evidence, state.snapshot, counted, piece.place, model.other, model.assumptions)
    return QuickFinding(found.finding, state.as_of, len(changed)) if found.holds else None
