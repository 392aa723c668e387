"""From an open backup to a database of this program's schema, proved to be what was backed up."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import Connection, update

from tracer.domain.backup import BackupChecked
from tracer.storage.backup.examine import examine, require_whole
from tracer.storage.backup.load import load
from tracer.storage.backup.open_backup import OpenBackup
from tracer.storage.master_keys import MasterKeys
from tracer.storage.migrations import HEAD, upgrade
from tracer.storage.move.target import Target
from tracer.storage.session import Session
from tracer.storage.tables import InstanceRow


def fill(connection: Connection, backup: OpenBackup, tell: Callable[[float], None]) -> tuple[Session, BackupChecked]:
    """Write a backup's rows into empty tables of its schema, upgrade those, and look at everything.

    Raises BackupRejected for whatever does not hold: the transaction is then to be given up. `tell` hears the
    share that was read.
    """
    rows = load(connection, backup.frames(), lambda _: tell(backup.share()))
    require_whole(connection, rows)
    if backup.head.schema != HEAD:
        upgrade(connection)
    if connection.dialect.name == "postgresql":
        Target(connection).set_sequences()
    connection.execute(update(InstanceRow).values(moved_at=None))  # one that was set aside or moved is in use again
    cipher = MasterKeys("the backup", backup.keys.source()).cipher(connection)
    session = Session(connection, cipher)
    found = examine(session, backup.head)
    return session, BackupChecked(backup.head, rows, *found)
