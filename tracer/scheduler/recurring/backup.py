"""A backup into the folder of the home."""

from __future__ import annotations

from pathlib import Path

from tracer.bootstrap import Application
from tracer.scheduler.recurring.job import RecurringJob, simply


def _back_up(app: Application) -> str:
    made = app.back_up(lambda share: None)
    return f"{Path(made.path).name}, {made.size} bytes"


BACKUP = RecurringJob("backup", "Make an encrypted backup", simply(_back_up))
