"""Bring a registry back out of a backup, or try whether that would go well."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from tracer.domain.backup import BackupChecked, Restored
from tracer.domain.errors import EvidenceRejected, LedgerForked
from tracer.domain.ledger.checkpoint import Checkpoint, read_checkpoint, verified_checkpoint
from tracer.domain.ledger.note import NoteKey
from tracer.services.ledger.seal_ledger import seal_ledger
from tracer.storage.backup.fill import fill
from tracer.storage.backup.open_backup import OpenBackup, open_backup
from tracer.storage.backup.places import Place, require_room
from tracer.storage.backup.sqlite_place import SqlitePlace
from tracer.storage.journal import Fact
from tracer.storage.keyfile import KeySource
from tracer.storage.ledger_head import LedgerHead
from tracer.storage.unit_of_work import UnitOfWork, check_actor


@dataclass(frozen=True, slots=True)
class Restoring:
    """Where to and by whom: the place, the source of keys, the head kept outside the database, who and when."""

    place: Place
    keys: KeySource
    ledger_head: LedgerHead
    actor: str
    now: datetime


def check_backup(file: Path, keys: KeySource, now: datetime, tell: Callable[[float], None]) -> BackupChecked:
    """Restore a backup into a private folder that is gone afterwards, and say what it holds.

    Touches nothing else. Raises BackupRejected, WrongKey or DatabaseTooNew for what could not be restored.
    """
    with open_backup(file, keys) as backup, TemporaryDirectory(prefix="tracer-check-") as folder:
        place = SqlitePlace(Path(folder) / "tracer.db", now)
        with place.filling(backup.head.schema, occupied=False) as connection:
            return fill(connection, backup, tell)[1]


def restore_backup(
    file: Path, restoring: Restoring, tell: Callable[[float], None], *, replace: bool = False
) -> Restored:
    """Put a registry back as a backup has it, and let its ledger go on in a new log that says so.

    All of it or nothing; it commits by itself, as a migration does. With `replace` a registry that is there is set
    aside. Raises BackupRejected, WrongKey, DatabaseTooNew or NotAllowed before anything is touched.
    """
    check_actor(restoring.actor)
    with open_backup(file, restoring.keys) as backup:
        there = require_room(restoring.place, backup.head.instance_id, replace=replace)
        with restoring.place.filling(backup.head.schema, occupied=there is not None) as connection:
            session, checked = fill(connection, backup, tell)
            work = UnitOfWork(connection, session.cipher, restoring.actor, restoring.now)
            note, known = _continue_ledger(work, restoring.ledger_head, checked)
            work.jobs.begin_again()
            _put_keys_back(backup, restoring.keys)
        restoring.ledger_head.remember(note)
    return Restored(
        checked=checked,
        where=restoring.place.where,
        set_aside=restoring.place.set_aside_as(),
        facts_set_aside=there.facts if there else 0,
        keys_put_back=backup.keys.from_aside,
        origin=read_checkpoint(note)[0].origin,
        last_known=known.size if known else 0,
        checkpoint=note,
    )


def _continue_ledger(work: UnitOfWork, head: LedgerHead, checked: BackupChecked) -> tuple[str, Checkpoint | None]:
    """Record that this is a restored backup, begin a new log, and sign it: its note, and the last that was known.

    What was signed last need not be a tree that the backup has: it may be one of a log that a restore began later, or
    a larger one. The fact and the new log name it; that the backup's own checkpoint holds was looked at before.
    """
    note, known = _last_known(work, head)
    payload = {
        "backup_id": checked.head.backup_id,
        "backup_made_at": checked.head.made_at.isoformat(),
        "ledger_size": checked.ledger_size,
        "last_known_log": known.origin if known else "",
        "last_known_size": known.size if known else 0,
    }
    work.journal.record([Fact("registry_restored", checked.head.instance_id, payload)])
    work.ledger.begin_log(work.now, continues=note)
    signed = seal_ledger(work, None)
    if signed is None:
        raise LookupError("a ledger with a fact was not signed")
    return signed.note, known


def _last_known(work: UnitOfWork, head: LedgerHead) -> tuple[str, Checkpoint | None]:
    """The newest signed note that is known of this registry: in the backup, or beside the key in its home."""
    log, newest = work.ledger.log(), work.ledger.latest_checkpoint()
    of_backup = newest.note if newest else ""
    kept = head.note(log.key)
    if not kept:
        return of_backup, read_checkpoint(of_backup)[0] if of_backup else None
    try:
        found = read_checkpoint(kept)[0]
        found = verified_checkpoint(kept, NoteKey(found.origin, log.key.public))
    except EvidenceRejected as error:
        raise LedgerForked(
            f"the ledger's head in the home is not one that this registry signed: {error}. Move the file "
            f"ledger/{work.keys.state().instance_id}.checkpoint elsewhere and call again; nothing was touched"
        ) from error
    mine = read_checkpoint(of_backup)[0] if of_backup else None
    older = {one.key.name for one in work.ledger.logs()} - {log.key.name}
    if mine is not None and (found.origin in older or (found.origin == mine.origin and found.size <= mine.size)):
        return of_backup, mine
    return kept, found


def _put_keys_back(backup: OpenBackup, keys: KeySource) -> None:
    """Keys that were set aside are needed again: they come before those that are there, which are newer."""
    again = [backup.keys.masters[version] for version in backup.keys.from_aside]
    if again:
        keys.write([*again, *(key for key in keys.read() if key not in again)])
