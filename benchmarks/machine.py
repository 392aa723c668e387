"""What the run was made on, and how busy it was."""

from __future__ import annotations

import os
import platform
import sqlite3
import tempfile
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

PEERS = ("faker", "mimesis", "rapidfuzz", "pypinyin", "DoubleMetaphone", "psycopg", "numpy", "scipy")
BUSY = 0.5
"""Running programs a processor, before anything was measured, from which on the page says that it was busy."""


@dataclass(frozen=True)
class Machine:
    """Processors, memory, the file system of the databases, versions, and the load before anything was measured."""

    processor: str
    processors: int
    memory: int
    file_system: str
    system: str
    python: str
    sqlite: str
    versions: dict[str, str]
    load: tuple[float, ...]

    @property
    def busy(self) -> bool:
        """Whether others' work was to be felt."""
        return self.load[0] > BUSY * self.processors


def this_machine() -> Machine:
    """The facts as they are now."""
    pages = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    return Machine(
        processor=_processor(),
        processors=len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1,
        memory=round(pages / 2**30),
        file_system=_file_system(Path(tempfile.gettempdir())),
        system=f"{platform.system()} {platform.release()}",
        python=platform.python_version(),
        sqlite=sqlite3.sqlite_version,
        versions={name: version(name) for name in PEERS},
        load=tuple(round(one, 2) for one in os.getloadavg()),
    )


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.machine()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()


def _file_system(folder: Path) -> str:
    """The kind of the file system a folder lies on, where the system tells."""
    try:
        mounts = [line.split()[:3] for line in Path("/proc/mounts").read_text(encoding="utf-8").splitlines()]
    except OSError:
        return "unknown"
    over = [(place, kind) for _, place, kind in mounts if folder.resolve().is_relative_to(place)]
    return max(over, key=lambda one: len(one[0]))[1] if over else "unknown"
