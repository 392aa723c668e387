"""Begin a registry's ledger: when it is founded, and once after migration 0008 for one that is older."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, Engine, select
from sqlalchemy.exc import DatabaseError

from tracer.storage import migrations
from tracer.storage.engine import READ_ONLY, may_not_write
from tracer.storage.journal import seal_older
from tracer.storage.ledger import Ledger
from tracer.storage.master_keys import MasterKeys, share_keys
from tracer.storage.session import Session
from tracer.storage.tables import LogRow


def ensure_ledger(engine: Engine, keys: MasterKeys, now: datetime) -> None:
    """See that the database has a log and every fact a leaf; facts from before get one that says so.

    Where the database may only be read it stays as it is.
    """
    with engine.connect().execution_options(**{READ_ONLY: True}) as connection:  # waits for no writer
        if _is_begun(connection):
            return
    try:
        with engine.connect() as connection, connection.begin():
            share_keys(connection)
            migrations.take_turns(connection)
            if not _is_begun(connection):  # else another process was faster
                session = Session(connection, keys.cipher(connection))
                for _ in seal_older(session, now):
                    pass
                Ledger(session).begin_log(now)
    except DatabaseError as error:
        if not may_not_write(error):
            raise


def _is_begun(connection: Connection) -> bool:
    return connection.execute(select(LogRow.epoch).limit(1)).first() is not None
