"""A registry: one database with its key, opened, founded where it is new, and units of work on it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import TypeVar

from sqlalchemy import Connection, Engine, insert
from uuid_utils.compat import uuid7

from tracer.domain.codebook.sound_version import SOUND_VERSION
from tracer.domain.errors import DatabaseTooNew, StoreUnavailable, WrongKey
from tracer.storage.claims_rebuild import ensure_claims
from tracer.storage.crypto import Cipher, key_check
from tracer.storage.engine import READ_ONLY, open_engine, readable_errors
from tracer.storage.keyfile import KeySource
from tracer.storage.ledger_beginning import ensure_ledger
from tracer.storage.master_keys import MasterKeys, Standing, hold_keys_alone, key_state, share_keys
from tracer.storage.migrations import BEHIND, HEAD, current_revision, ensure_schema, may_go_on, take_turns
from tracer.storage.move.move import Move, Moved
from tracer.storage.move.unfinished import refuse_ownerless, refuse_unfinished
from tracer.storage.overwritten import clear_overwritten, empty_log
from tracer.storage.shared_commits import SharedCommits
from tracer.storage.tables import InstanceRow, KeyVersionRow
from tracer.storage.unit_of_work import SharedUnit, UnitOfWork, check_actor

T = TypeVar("T")
_CIPHER = "tracer_cipher"
_STANDING = (
    "SELECT version_num, moved_at, (SELECT max(version) FROM key_versions), key_version, "
    "(SELECT count(*) FROM key_versions WHERE retired_at IS NULL) FROM alembic_version LEFT JOIN instance ON 1 = 1"
)


class Registry:
    """A database with its key. Opening it brings the schema up to date."""

    def __init__(self, engine: Engine, keys: MasterKeys, where: str, *, beside_newer: bool = False) -> None:
        self._engine = engine
        self.keys = keys
        self.where = where
        self._beside_newer = beside_newer
        self._shared = SharedCommits(self._connection)
        self.has_written = False
        """Whether this process committed anything."""

    def close(self) -> None:
        """Close every connection."""
        self._engine.dispose()

    def empty_log(self) -> None:
        """Put SQLite's write-ahead log into the file: what was overwritten is then in neither of them."""
        empty_log(self._engine)

    def clear_overwritten(self) -> bool:
        """After an erasure: let no bytes of old rows lie in the database's files; False where some may for a while.

        SQLite: the write-ahead log is emptied, for which no reader may be at work; where copies of rows lie in unused
        parts of pages, the file is written anew (VACUUM) unless it is larger than 128 MB.
        PostgreSQL: VACUUM, for which this user must own the tables; its own write-ahead log keeps the bytes until the
        server recycles it.
        """
        with readable_errors(self.where):
            return clear_overwritten(self._engine)

    @contextmanager
    def writing(self, actor: str, now: datetime, *, alone: bool = False) -> Iterator[UnitOfWork]:
        """A unit of work that may change things; rolled back unless committed inside.

        `alone`: while nobody else does, which is for who changes the keys of blind indexes.
        Raises InvalidValue for an actor that the journal cannot name.
        """
        check_actor(actor)
        with self._connection(alone=alone) as connection:
            unit = UnitOfWork(connection, connection.info[_CIPHER], actor, now)
            try:
                yield unit
            finally:
                self.has_written |= unit.is_committed

    def write(self, actor: str, now: datetime, do: Callable[[UnitOfWork], T]) -> T:
        """What `do` returns, once its changes are durable; raises what it raises, and then nothing of it is kept.

        Many threads may write at once. On SQLite their changes share a transaction, and so the wait for the
        disk; PostgreSQL does the like by itself. `do` does not commit, and may be called twice.
        """
        check_actor(actor)
        if self._engine.dialect.name != "sqlite":
            with self._connection() as connection:
                result = do(SharedUnit(connection, connection.info[_CIPHER], actor, now))
                connection.commit()
                self.has_written = True
                return result

        def work(connection: Connection) -> T:
            with readable_errors(self.where):
                return do(SharedUnit(connection, connection.info[_CIPHER], actor, now))

        made = self._shared.run(work)
        self.has_written = True
        return made

    @contextmanager
    def _connection(self, *, alone: bool = False) -> Iterator[Connection]:
        """A connection that may write, in a transaction; its `info` has the cipher in force."""
        with readable_errors(self.where), self._engine.connect() as connection:
            (hold_keys_alone if alone else share_keys)(connection)
            connection.info[_CIPHER] = self._admitted(connection, writing=True)
            yield connection

    @contextmanager
    def reading(self, actor: str, now: datetime) -> Iterator[UnitOfWork]:
        """A unit of work that only reads, on one consistent state."""
        with readable_errors(self.where), self._engine.connect() as connection:
            if connection.dialect.name == "postgresql":
                connection = connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
            else:
                connection = connection.execution_options(**{READ_ONLY: True})
            yield UnitOfWork(connection, self._admitted(connection, writing=False), actor, now)

    def move_into(self, url: str, actor: str, now: datetime, tell: Callable[[float], None]) -> Moved:
        """Move everything into the PostgreSQL database at the URL and close this one; see storage.move."""
        check_actor(actor)
        with readable_errors(self.where), self._engine.connect().execution_options(**{READ_ONLY: True}) as connection:
            cipher = self.keys.cipher(connection)
        return Move(self._engine, self.where, cipher, actor, now).into(url, tell)

    def _admitted(self, connection: Connection, *, writing: bool) -> Cipher:
        """The cipher in force, looked at in each transaction.

        Raises where another process upgraded the database meanwhile, moved it, or gave it a key that is not at hand.
        """
        found, moved_at, *standing = connection.exec_driver_sql(_STANDING).one()
        connection.info[BEHIND] = found != HEAD
        if found != HEAD and not (self._beside_newer and may_go_on(found)):
            raise DatabaseTooNew(
                f"{self.where} has schema {found} by now, this program has {HEAD}: another version of Tracer "
                "changed it while this one was running. Nothing was done; start this program again, in that version"
            )
        if writing and moved_at is not None:
            raise StoreUnavailable(
                f"{self.where} was moved into another database with `tracer migrate-to`, or set aside by "
                "`tracer restore`, and is kept as it was. Nothing was written; point TRACER_DATABASE_URL at the new one"
            )
        return self.keys.cipher(connection, Standing(*standing))


def open_registry(url: str, where: str, source: KeySource, now: datetime, *, beside_newer: bool = False) -> Registry:
    """Open the registry at a database URL; `beside_newer`: as well where a newer program upgraded it and allows that.

    The source gives the master keys, and is asked to make one only where the database holds nothing
    yet. Raises WrongKey before anything is touched if the keys are not the registry's.
    """
    engine = open_engine(url)
    keys = MasterKeys(where, source)
    try:
        with readable_errors(where):
            founded = keys.fit(engine)  # before the schema: with a wrong key nothing is upgraded either
            if not founded:
                _refuse_unfinished(engine, where)
            is_ours = ensure_schema(engine, where, beside_newer=beside_newer)
            if not founded:
                _found(engine, where, source, now)
                keys.fit(engine)
            if is_ours:  # else the newer program has seen to it
                ensure_claims(engine, keys)
                ensure_ledger(engine, keys, now)
        return Registry(engine, keys, where, beside_newer=beside_newer)
    except BaseException:
        engine.dispose()
        raise


def _refuse_unfinished(engine: Engine, where: str) -> None:
    """Raise where a move into this database goes on, before its schema is looked after."""
    with engine.connect().execution_options(**{READ_ONLY: True}) as connection:
        if current_revision(connection) is not None:
            refuse_unfinished(connection, where)


def _found(engine: Engine, where: str, source: KeySource, now: datetime) -> None:
    with engine.begin() as connection:
        take_turns(connection)  # before a key is made: whoever comes second must not make one for nothing
        if key_state(connection) is not None:
            return
        refuse_unfinished(connection, where)  # again: a move may have begun since
        refuse_ownerless(connection, where)
        masters = source.create()
        if not masters:
            raise WrongKey("a new registry needs a key, and none was given")
        instance_id = uuid7().hex
        check = key_check(masters[-1], instance_id)
        founded = {"instance_id": instance_id, "created_at": now, "key_check": check}
        connection.execute(insert(InstanceRow).values(**founded, sound_version=SOUND_VERSION))
        connection.execute(insert(KeyVersionRow).values(version=1, key_check=check, made_at=now))
