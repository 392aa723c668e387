"""Backups: whether there is one, and how old it is."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from tracer.bootstrap import Application
from tracer.domain.finding import Finding, notice, well
from tracer.services.upkeep.make_backup import list_backups

CHECK = "backups"
_FRESH = timedelta(days=7)


def look(app: Application) -> Iterator[Finding]:
    """The newest one in the home's folder; copies elsewhere are not known here."""
    with app.reading() as work:
        found = list_backups(work, app.backups_folder)
        sealed = work.ledger.size()
    if sealed or found:
        yield judge(app.clock(), found[0].made_at if found else None)


def judge(now: datetime, newest: datetime | None) -> Finding:
    """What the time of the newest backup means."""
    if newest is None:
        return notice(CHECK, "There is none.", "`tracer backup`, and copy it to another machine.")
    if now - newest > _FRESH:
        days = (now - newest).days
        return notice(CHECK, f"The newest is {days} days old.", "`tracer backup`, and copy it to another machine.")
    return well(CHECK, f"The newest is of {newest.isoformat()}. `tracer restore --check FILE` tries it.")
