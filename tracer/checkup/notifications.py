"""Notifications: whether the places where people are told of things take them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from tracer.bootstrap import Application
from tracer.domain.finding import Finding, notice, well
from tracer.domain.notice import SwitchedOff, Target

CHECK = "notifications"
_PATIENCE = timedelta(hours=1)


def look(app: Application) -> Iterator[Finding]:
    """How each place did last; none is asked."""
    with app.reading() as work:
        targets = work.notify_targets.all()
    yield from judge(app.clock(), targets)


def judge(now: datetime, targets: Sequence[Target]) -> Iterator[Finding]:
    """What is to be said of these places. They are named by id; where they are is secret."""
    on = [one for one in targets if one.off is not SwitchedOff.OWNER]
    dead = [one.target_id for one in on if one.off is SwitchedOff.DEAD]
    silent = [
        one.target_id
        for one in on
        if one.off is None and one.failing_since is not None and now - one.failing_since > _PATIENCE
    ]
    advice = "`tracer notify show TARGET` says why, `tracer notify test TARGET` tries it again."
    if dead:
        yield notice(CHECK, f"Switched off, since they took nothing for days: {' '.join(dead)}.", advice)
    if silent:
        yield notice(CHECK, f"They take nothing at present: {' '.join(silent)}.", advice)
    if not dead and not silent:
        yield well(CHECK, f"Places that are told of things: {len(on)}; none has failed for an hour.")
