"""Where a backup is restored to: a new SQLite file or an empty PostgreSQL database, and what was there set aside.

Nothing is deleted. What a place held before is found afterwards under another name: an SQLite file beside the new
one, a schema of its own in the same PostgreSQL database.
"""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol

from sqlalchemy import Connection, func, inspect, select

from tracer.domain.errors import BackupRejected, NotAllowed, NotOurDatabase
from tracer.storage.migrations import current_revision
from tracer.storage.tables import InstanceRow, JournalRow


@dataclass(frozen=True, slots=True)
class Occupant:
    """The registry that a place holds, and how many facts it has."""

    instance_id: str
    facts: int


class Place(Protocol):
    """A database that a backup is restored to."""

    where: str

    def occupant(self) -> Occupant | None:
        """The registry that is there; raises NotOurDatabase for something else, StoreError where it cannot be read."""

    def filling(self, revision: str, *, occupied: bool) -> AbstractContextManager[Connection]:
        """A connection in a transaction on empty tables of that schema revision; kept if the block ends well.

        What is there is set aside in the same step, if `occupied`.
        """

    def set_aside_as(self) -> str:
        """How what was there is called now, empty where nothing was."""


def require_room(place: Place, instance_id: str, *, replace: bool) -> Occupant | None:
    """What is to be set aside; raises NotAllowed or BackupRejected, before anything is touched, where it may not be."""
    there = place.occupant()
    if there is None:
        return None
    if not there.facts:  # founded by somebody's first look, and never used
        return there
    if there.instance_id != instance_id:
        raise BackupRejected(
            f"the backup is one of registry {instance_id}, and {place.where} holds registry {there.instance_id} with "
            f"{_facts(there)}. Set TRACER_HOME or TRACER_DATABASE_URL to another place; nothing was touched"
        )
    if not replace:
        raise NotAllowed(
            f"{place.where} holds this registry with {_facts(there)} already. To look at the backup, restore it "
            "into another home (TRACER_HOME=/another/folder, with a copy of the key); to go on from the backup, call "
            "again with --replace, which sets what is there aside. Nothing was touched"
        )
    return there


def occupant_of(connection: Connection) -> Occupant | None:
    """The registry in a database; None for an empty one. Raises NotOurDatabase for something else."""
    if current_revision(connection) is None:
        return None
    if not inspect(connection).has_table(InstanceRow.__tablename__):
        raise NotOurDatabase("expected a Tracer database or an empty one, found one without its instance row")
    instance_id = connection.execute(select(InstanceRow.instance_id)).scalar()
    facts = int(connection.execute(select(func.count()).select_from(JournalRow)).scalar_one())
    if instance_id is None and not facts:
        return Occupant("", 0)
    return Occupant(instance_id or "(unknown)", facts)


def stamp(now: datetime) -> str:
    """A time as part of a name."""
    return now.astimezone(UTC).strftime("%Y%m%dt%H%M%S")


def _facts(there: Occupant) -> str:
    return "1 fact" if there.facts == 1 else f"{there.facts:,} facts"
