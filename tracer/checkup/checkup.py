"""Look at the whole installation, check by check; what cannot be looked at is a finding, too."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from tracer.bootstrap import Application
from tracer.checkup import authority, backups, clock, database, disk, jobs, key, ledger, lines, notifications
from tracer.domain.errors import TracerError
from tracer.domain.finding import Finding, State, wrong

Check = Callable[[Application], Iterator[Finding]]

FIRST = "database"
CHECKS: Mapping[str, Check] = {
    "key": key.look,
    FIRST: database.look,
    "disk": disk.look,
    "clock": clock.look,
    "ledger": ledger.look,
    "authority": authority.look,
    "backups": backups.look,
    "lines": lines.look,
    "jobs": jobs.look,
    "notifications": notifications.look,
}
_WITHOUT_DATABASE = ("key", "disk")


def examine(app: Application) -> Iterator[Finding]:
    """Every finding of every check, as it is found. Where the database does not open, what needs it is left out."""
    opens = True
    for name, look in CHECKS.items():
        if not opens and name not in _WITHOUT_DATABASE:
            continue
        for finding in _found(name, look, app):
            opens = opens and (finding.check, finding.state) != (FIRST, State.WRONG)
            yield finding


def _found(name: str, look: Check, app: Application) -> Iterator[Finding]:
    try:
        yield from look(app)
    except (TracerError, OSError) as error:  # of the system's, such as a folder that may not be read
        yield wrong(
            name, f"This could not be looked at: {error}", "Mend what the sentence before says, and look again."
        )
