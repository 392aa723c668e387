"""Backups: what one says of itself, and what making, listing, checking and restoring tell."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class BackupHead:
    """The plain first line of a backup, which the seal vouches for.

    `keys` are the versions of the master key in force with a check of each, oldest first: the newest sealed the
    backup, and all are needed to use what it holds. `checkpoint` is the newest signed one of the ledger in it,
    empty for a ledger without facts.
    """

    program: str
    schema: str
    instance_id: str
    backup_id: str
    made_at: datetime
    keys: tuple[tuple[int, bytes], ...]
    checkpoint: str


@dataclass(frozen=True, slots=True)
class BackupMade:
    """A backup that was written: where, its rows by table, bytes, SHA-256, and the size of the ledger in it."""

    head: BackupHead
    path: str
    rows: Mapping[str, int]
    size: int
    sha256: str
    ledger_size: int
    dropped: tuple[str, ...] = ()
    """Names of older ones that made room for it."""


@dataclass(frozen=True, slots=True)
class BackupFound:
    """A backup in the folder. `sha256` is what the journal says of it, empty where it does not know of it."""

    name: str
    made_at: datetime
    size: int
    sha256: str
    ledger_size: int
    schema: str


@dataclass(frozen=True, slots=True)
class BackupChecked:
    """What a backup proved to hold: rows by table, how many sealed values were opened as samples, the ledger."""

    head: BackupHead
    rows: Mapping[str, int]
    opened: int
    ledger_size: int
    waiting: int


@dataclass(frozen=True, slots=True)
class Restored:
    """What a restore did.

    `set_aside` names what was there before, empty for nothing; `keys_put_back` the versions of the key that were
    taken from where they had been set aside; `last_known` is the size that was signed last, as far as is known here.
    """

    checked: BackupChecked
    where: str
    set_aside: str
    facts_set_aside: int
    keys_put_back: tuple[int, ...]
    origin: str
    last_known: int
    checkpoint: str

    @property
    def behind(self) -> int:
        """How many facts that were signed have no place in the backup's ledger: some of those that wait may be them."""
        return max(0, self.last_known - self.checked.ledger_size)


def made_record(made: BackupMade) -> dict[str, Any]:
    """A backup that was made, as JSON."""
    return {
        "backup_id": made.head.backup_id,
        "made_at": made.head.made_at.isoformat(),
        "path": made.path,
        "size": made.size,
        "sha256": made.sha256,
        "ledger_size": made.ledger_size,
        "rows": {table: count for table, count in made.rows.items() if count},
        "dropped": list(made.dropped),
    }


def found_record(found: BackupFound) -> dict[str, Any]:
    """A backup in the folder, as JSON."""
    return {
        "name": found.name,
        "made_at": found.made_at.isoformat(),
        "size": found.size,
        "sha256": found.sha256 or None,
        "ledger_size": found.ledger_size,
    }


def checked_record(checked: BackupChecked) -> dict[str, Any]:
    """What a backup proved to hold, as JSON."""
    return {
        "backup_id": checked.head.backup_id,
        "instance_id": checked.head.instance_id,
        "made_at": checked.head.made_at.isoformat(),
        "program": checked.head.program,
        "schema": checked.head.schema,
        "rows": {table: count for table, count in checked.rows.items() if count},
        "sealed_values_opened": checked.opened,
        "ledger_size": checked.ledger_size,
        "facts_without_a_place": checked.waiting,
    }


def restored_record(restored: Restored) -> dict[str, Any]:
    """What a restore did, as JSON."""
    return {
        **checked_record(restored.checked),
        "where": restored.where,
        "set_aside": restored.set_aside or None,
        "facts_set_aside": restored.facts_set_aside,
        "keys_put_back": list(restored.keys_put_back),
        "log": restored.origin,
        "last_signed_before": restored.last_known,
        "signed_and_not_in_it": restored.behind,
    }
