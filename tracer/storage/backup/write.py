"""A backup of what one unit of work sees."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import datetime

from sqlalchemy import select

from tracer import __version__
from tracer.domain.backup import BackupHead
from tracer.storage.backup.dump import count_rows, dump
from tracer.storage.backup.files import Measured
from tracer.storage.backup.head_line import write_head
from tracer.storage.backup.sealed_stream import Sealing, bound_to
from tracer.storage.crypto import backup_subkey
from tracer.storage.ledger import Ledger
from tracer.storage.master_keys import KeyState, MasterKeys
from tracer.storage.migrations import HEAD
from tracer.storage.session import Session
from tracer.storage.tables import InstanceRow

_ID_BYTES = 16


def write_backup(
    session: Session, keys: MasterKeys, state: KeyState, now: datetime, file: Measured, tell: Callable[[float], None]
) -> tuple[BackupHead, dict[str, int]]:
    """Write all that the session sees, sealed; the head and the rows of each table. `tell` hears the share done.

    In flat memory. `state` are the versions of the key as the session sees them; the newest one seals.
    """
    backup_id = os.urandom(_ID_BYTES)
    in_force = state.in_force
    checkpoint = Ledger(session).latest_checkpoint()
    head = BackupHead(
        program=__version__,
        schema=HEAD,
        instance_id=state.instance_id,
        backup_id=backup_id.hex(),
        made_at=now,
        keys=tuple((one.version, one.check) for one in in_force),
        checkpoint=checkpoint.note if checkpoint else "",
    )
    line = write_head(head)
    file.write(line)
    sealing = Sealing(file, backup_subkey(keys.masters(state)[in_force[-1].version], backup_id), bound_to(line))
    share = _Share(tell, count_rows(session.connection))
    rows = dump(session.connection, sealing.write, share)
    sealing.close()
    return head, rows


def is_closed(session: Session) -> bool:
    """Whether the registry was moved into another database or set aside: then it takes no writes."""
    return session.connection.execute(select(InstanceRow.moved_at)).scalar() is not None


class _Share:
    """Adds up rows to a share of all."""

    def __init__(self, tell: Callable[[float], None], total: int) -> None:
        self._tell, self._total, self._done = tell, max(1, total), 0

    def __call__(self, rows: int) -> None:
        self._done += rows
        self._tell(min(1.0, self._done / self._total))
