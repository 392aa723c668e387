"""Give a canary up, give its line back, and keep notes on it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from tracer.domain.canary import LIVE_STATES, Canary, CanaryState
from tracer.domain.errors import NotAllowed
from tracer.domain.personal import refuse_personal
from tracer.domain.records import check_annotations
from tracer.storage.journal import Fact
from tracer.storage.unit_of_work import UnitOfWork


def retire_canary(work: UnitOfWork, canary_id: str) -> Canary:
    """Give a canary up: its line is quarantined, still listened to, and comes free after the quarantine.

    Raises UnknownId, NotAllowed where it was given up before.
    """
    work.canaries.hold(canary_id)
    canary = work.canaries.get(canary_id)
    if canary.state not in LIVE_STATES:
        raise NotAllowed(f"canary {canary_id!r} is {canary.state.value} already")
    return _enter(work, canary, CanaryState.QUARANTINED)


def release_lines(work: UnitOfWork, quarantine_days: int) -> int:
    """Retire the canaries whose quarantine is over, which frees their lines; gives how many."""
    due = [
        canary
        for canary, since in work.canaries.in_state(CanaryState.QUARANTINED)
        if since + timedelta(days=quarantine_days) <= work.now
    ]
    for canary in due:
        _enter(work, canary, CanaryState.RETIRED)
    return len(due)


def annotate_canary(
    work: UnitOfWork, canary_id: str, add_tags: Sequence[str], drop_tags: Sequence[str], notes: str | None
) -> Canary:
    """Change the tags and notes of a canary; None leaves the notes as they are. Raises UnknownId, InvalidValue."""
    work.canaries.hold(canary_id)
    canary = work.canaries.get(canary_id)
    tags = tuple(tag for tag in dict.fromkeys((*canary.tags, *add_tags)) if tag not in drop_tags)
    check_annotations(tags, notes or "")
    changed = replace(canary, tags=tags, notes=canary.notes if notes is None else notes)
    refuse_personal("canary", canary_id, canary.erased_at, {"notes": changed.notes})
    work.canaries.change(changed)
    work.journal.record([Fact("canary_annotated", canary_id, {"tags": " ".join(tags), "notes": changed.notes})])
    return changed


def _enter(work: UnitOfWork, canary: Canary, state: CanaryState) -> Canary:
    changed = replace(canary, state=state)
    work.canaries.change(changed, state_since=work.now)
    work.journal.record([Fact(f"canary_{state.value}", canary.canary_id, {"state": state.value})])
    return changed
