"""Where the tasks of an attribution may go; apart from what sends them, so that settings load without it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class TaskRules:
    """A Dask scheduler where there is one (tls://host:port, or tcp:// on this machine), else processes of this machine.

    `authority`, `certificate` and `key` are PEM files, for tls only; `connect_seconds` is for reaching the scheduler.
    """

    cluster: str = ""
    processes: int = 1
    authority: Path | None = None
    certificate: Path | None = None
    key: Path | None = None
    connect_seconds: float = 5
