"""How far the jobs of this host are, in small files beside an SQLite database.

An import holds the only write lock there is, so on SQLite it cannot note its progress in the database itself.
The notes are no truth: without one a job is just said to be at its beginning.
"""

from __future__ import annotations

import json
import os
from contextlib import suppress
from pathlib import Path


class ProgressNotes:
    """A file a running job, in a folder that is made when first needed."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def write(self, job_id: str, done: int, total: int | None) -> None:
        """Note how far a job is. A disk that refuses costs the note only."""
        with suppress(OSError):
            self._folder.mkdir(mode=0o700, exist_ok=True)
            aside = self._folder / f".{job_id}.{os.getpid()}"
            aside.write_text(json.dumps([done, total]), "ascii")
            aside.replace(self._folder / job_id)

    def read(self, job_id: str) -> tuple[int, int | None] | None:
        """What was noted last, None where nothing was."""
        try:
            done, total = json.loads((self._folder / job_id).read_text("ascii"))
        except (OSError, ValueError):
            return None
        return done, total

    def drop(self, job_id: str) -> None:
        """The job ended."""
        with suppress(OSError):
            (self._folder / job_id).unlink(missing_ok=True)
