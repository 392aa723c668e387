"""The master key: where it is, and who else may read it."""

from __future__ import annotations

from collections.abc import Iterator

from tracer.bootstrap import Application
from tracer.domain.finding import Finding, notice, well, wrong

CHECK = "key"


def look(app: Application) -> Iterator[Finding]:
    """Whether it is there, closed to others, and one. Whether it fits is told by the database."""
    source, path = app.key_source, app.settings.key_path
    keys = source.read()
    if app.settings.key.get_secret_value():
        yield well(CHECK, "It comes from TRACER_KEY.")
    elif not keys:
        yield notice(CHECK, f"There is none at {path} yet.", "The first command that needs one makes it.")
        return
    elif path.stat().st_mode & 0o077:
        yield wrong(CHECK, f"{path} may be read by other users of this machine.", f"chmod 600 {path}")
    else:
        yield well(CHECK, f"{path} is there, for its owner only. Keep a copy apart from the backups.")
    if len(keys) > 1:
        yield notice(
            CHECK, f"{len(keys)} keys are in force: a rotation is under way.", "`tracer rotate-key` goes on with it."
        )
