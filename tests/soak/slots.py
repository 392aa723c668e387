"""Two processes run the slots of recurring jobs, and are killed while at it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from tests.integration.job_slots import run_slots
from tests.postgresql import own_server
from tracer.storage.engine import open_engine

_SLOTS_A_KILL = 20


@dataclass(frozen=True)
class SlotFindings:
    """What became of the slots."""

    slots: int
    missed: int
    doubled: int
    killed: int

    @property
    def is_good(self) -> bool:
        """Whether each was run once, with processes killed in between."""
        return not (self.missed or self.doubled) and self.killed > 0

    def __str__(self) -> str:
        return f"{self.slots:,} slots, {self.missed} missed, {self.doubled} run twice; {self.killed} killed while at it"


def take_slots(home: Path, url: str, rounds: int, rng: np.random.Generator, kind: str) -> SlotFindings:
    """So many slots of one kind of job."""
    found = run_slots(home, url, rounds, max(1, rounds // _SLOTS_A_KILL), rng, kind)
    doubled = sum(times - 1 for times in found.runs.values()) + len(found.runs.keys() - set(range(rounds)))
    return SlotFindings(rounds, rounds - len(found.runs), doubled, found.killed)


def on_sqlite(folder: Path, rounds: int, rng: np.random.Generator, kind: str) -> Iterator[SlotFindings]:
    """On a new file."""
    home = folder / "home"
    yield take_slots(home, f"sqlite:///{home / 'tracer.db'}", rounds, rng, kind)


def on_postgresql(folder: Path, rounds: int, rng: np.random.Generator, kind: str) -> Iterator[SlotFindings]:
    """In a new database."""
    with own_server() as server:
        admin = open_engine(server.url("postgres"))
        with admin.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql("CREATE DATABASE slots")
        admin.dispose()
        yield take_slots(folder / "home", server.url("slots"), rounds, rng, kind)
