"""Make a backup while the registry stays in use, and look at those that are there."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from tracer.domain.backup import BackupFound, BackupMade
from tracer.storage.backup.files import drop_oldest, new_name, whole_backups, written_whole
from tracer.storage.backup.head_line import ledger_size
from tracer.storage.backup.write import is_closed, write_backup
from tracer.storage.journal import Fact
from tracer.storage.master_keys import MasterKeys
from tracer.storage.unit_of_work import UnitOfWork


def make_backup(work: UnitOfWork, keys: MasterKeys, path: Path, tell: Callable[[float], None]) -> BackupMade:
    """Write what `work`, which only reads, sees into a new file, or into a folder under a new name.

    The ledger is to be sealed just before. Raises NotAllowed where the file is there already, BackupUnwritable
    where it cannot be written: then nothing of it stays.
    """
    place = new_name(path, work.now) if path.is_dir() else path
    with written_whole(place) as file:
        head, rows = write_backup(work.session, keys, work.keys.state(), work.now, file, tell)
    return BackupMade(head, str(place), rows, file.size, file.sha256, ledger_size(head))


def note_backup(work: UnitOfWork, made: BackupMade) -> None:
    """That a backup was made is a fact, with the hash of its file: the ledger vouches for it from now on.

    Raises StoreUnavailable for a registry that is closed, which takes no facts.
    """
    payload = {"made_at": made.head.made_at.isoformat(), "sha256": made.sha256, "size": made.size}
    work.journal.record([Fact("backup_made", made.head.backup_id, {**payload, "ledger_size": made.ledger_size})])


def takes_facts(work: UnitOfWork) -> bool:
    """Whether the registry is in use: one that was moved elsewhere, or set aside by a restore, is only read."""
    return not is_closed(work.session)


def drop_old_backups(work: UnitOfWork, folder: Path, kept: int, made: BackupMade) -> tuple[str, ...]:
    """Delete this registry's whole backups in the folder but the newest and `made`; the names of those deleted."""
    return drop_oldest(folder, work.keys.state().instance_id, kept, Path(made.path))


def list_backups(work: UnitOfWork, folder: Path) -> list[BackupFound]:
    """This registry's whole backups in the folder, newest first."""
    found = []
    for path, head, size in whole_backups(folder, work.keys.state().instance_id):
        facts = work.journal.about(head.backup_id)
        known = next((str(fact.payload.get("sha256", "")) for fact in facts if fact.event == "backup_made"), "")
        found.append(BackupFound(path.name, head.made_at, size, known, ledger_size(head), head.schema))
    return found
