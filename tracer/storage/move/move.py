"""Move a registry from SQLite into PostgreSQL (ADR 0019).

Most is copied while the old database stays in use. In the end it is locked, what changed meanwhile is
brought over, and three commits follow: the new database is whole, but marked as unfinished; the
old one is closed (`moved_at`); the new one gets its instance row and loses the mark. Between any
two of them at most one of the two takes writes, and calling again goes on from there.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Engine, Table, func, insert, make_url, select, update
from sqlalchemy.exc import DatabaseError

from tracer.domain.errors import DatabaseTooNew, NotAllowed, StoreUnavailable
from tracer.storage.advisory_locks import Lock
from tracer.storage.crypto import Cipher
from tracer.storage.engine import READ_ONLY, open_engine, readable_errors
from tracer.storage.instant import pack
from tracer.storage.journal import Fact, Journal
from tracer.storage.migrations import HEAD, current_revision
from tracer.storage.move.prepare import begin_move
from tracer.storage.move.source import Known, Source
from tracer.storage.move.sweep import Sweep
from tracer.storage.move.target import Target
from tracer.storage.move.unfinished import mark_closing, unmark
from tracer.storage.session import Session
from tracer.storage.tables import Base, InstanceRow

_PATIENCE = 20  # seconds in which the server notices that a killed process is gone
TABLES: tuple[Table, ...] = tuple(
    table for table in Base.metadata.sorted_tables if table.name != InstanceRow.__tablename__
)


@dataclass(frozen=True, slots=True)
class Moved:
    """What a move did. `rows` by table; `locked` is for how many seconds the old database took no writes.

    `again`: it was done before, and nothing was left to do.
    """

    where: str
    rows: dict[str, int]
    locked: float
    again: bool = False


@dataclass(frozen=True, slots=True)
class Move:
    """A registry to be moved: its database with a name for people, the cipher, who does it and when."""

    source: Engine
    where: str
    cipher: Cipher
    actor: str
    now: datetime

    def into(self, url: str, tell: Callable[[float], None]) -> Moved:
        """Move into the database at the URL, or go on with a move that was interrupted.

        `tell` hears the share done. Raises NotAllowed for databases that this cannot move from or into,
        StoreUnavailable where one does not answer or was moved elsewhere.
        """
        engine = open_engine(url)
        try:
            if self.source.dialect.name != "sqlite" or engine.dialect.name != "postgresql":
                raise NotAllowed(
                    "only a registry in SQLite can be moved, and only into PostgreSQL: expected "
                    "postgresql://user@host/name while TRACER_DATABASE_URL points at the SQLite file or is not set"
                )
            there = _name_of(url)
            with readable_errors(there), _alone(engine, there):
                return self._into(engine, there, tell)
        finally:
            engine.dispose()

    def _into(self, engine: Engine, there: str, tell: Callable[[float], None]) -> Moved:
        instance = self._instance()
        if not begin_move(engine, instance, self.where, there):
            return Moved(there, {}, 0, again=True)
        with self.source.connect() as old, engine.connect() as new:
            old.execution_options(**{READ_ONLY: True})
            source = Source(old, self.where)
            told = _Share(tell, sum(source.count(table) for table in TABLES))
            sweep = Sweep(source, Target(new), new.commit, told)
            found = _Found()
            for _ in range(2):  # what changed while the first took its time, the second brings over quickly
                found = _sweep_all(sweep, found, between=old.rollback)
            sweep.target.analyze()
            new.commit()
            old.rollback()
            old.execution_options(**{READ_ONLY: False})  # the same connection, which can tell whether others wrote
            closed_at, found, locked = self._close(old, new, instance, found, sweep)
        try:
            self._open(engine, instance, closed_at)
        except DatabaseError as error:
            raise StoreUnavailable(
                f"{there} failed in the last step. {self.where} is closed by now and takes no writes; everything is in "
                "the new database. Call the same command again to finish"
            ) from error
        tell(1)
        return Moved(there, found.rows, locked)

    def _close(
        self, old: Connection, new: Connection, instance: dict[str, Any], found: _Found, sweep: Sweep
    ) -> tuple[datetime, _Found, float]:
        """Bring over the rest while nobody writes, and close the source: when, the rows, and seconds locked."""
        self._lock(old, instance)
        begun = time.monotonic()
        if sweep.source.version() != found.version:  # else the last sweep saw what is there now
            found = _sweep_all(replace(sweep, keep=_not_yet), found)
        closed_at = instance["moved_at"] or _unmistakable(self.now)
        sweep.target.add_foreign_keys()
        sweep.target.set_sequences()
        mark_closing(new, pack(closed_at))
        commit_copy(new)
        with readable_errors(self.where):
            old.execute(update(InstanceRow).values(moved_at=closed_at))
            close_source(old)
        return closed_at, found, time.monotonic() - begun

    def _open(self, engine: Engine, instance: dict[str, Any], closed_at: datetime) -> None:
        """Let the new database be used, which notes in its journal where it comes from."""
        with engine.connect() as connection:
            connection.execute(insert(InstanceRow).values({**instance, "moved_at": None}))
            journal = Journal(Session(connection, self.cipher), self.actor, self.now)
            journal.record([Fact("registry_moved", instance["instance_id"], {"closed_at": closed_at.isoformat()})])
            unmark(connection)
            open_target(connection)

    def _instance(self) -> dict[str, Any]:
        """The source's instance row; raises StoreUnavailable where the source cannot be closed in the end."""
        with readable_errors(self.where), self.source.connect() as connection:
            connection.execute(update(InstanceRow).values(single=1))  # may it be written? Not kept
            return dict(connection.execute(select(InstanceRow.__table__)).mappings().one())

    def _lock(self, old: Connection, instance: dict[str, Any]) -> None:
        """Begin a transaction in which nobody else can write to the source; raises where it is not what it was."""
        with readable_errors(self.where):
            revision = current_revision(old)
            now = dict(old.execute(select(InstanceRow.__table__)).mappings().one())
        if revision != HEAD:
            raise DatabaseTooNew(f"another version of Tracer upgraded {self.where} to {revision} meanwhile. Use that")
        if now != instance:
            raise StoreUnavailable(f"{self.where} was changed by another move meanwhile. Look which one ended")


@dataclass(frozen=True, slots=True)
class _Found:
    """What a sweep over all tables found: equal batches and rows by table, and the source's version at its begin."""

    known: dict[str, Known] = field(default_factory=lambda: {table.name: Known() for table in TABLES})
    rows: dict[str, int] = field(default_factory=dict)
    version: int = -1


def _sweep_all(sweep: Sweep, before: _Found, between: Callable[[], None] = lambda: None) -> _Found:
    """Bring every table up; `between` them the source may be looked at anew."""
    between()
    known, rows, version = {}, {}, sweep.source.version()
    for table in TABLES:
        between()
        known[table.name], rows[table.name] = sweep.bring_up(table, before.known[table.name])
    return _Found(known, rows, version)


def _not_yet() -> None:
    """Nothing is kept before the end."""


def commit_copy(connection: Connection) -> None:
    """First of the three commits: everything is there."""
    connection.commit()


def close_source(connection: Connection) -> None:
    """Second: the old database takes no more writes."""
    connection.commit()


def open_target(connection: Connection) -> None:
    """Third: the new one does."""
    connection.commit()


class _Share:
    """Adds up rows to a share of all: two sweeps, and perhaps a third."""

    def __init__(self, tell: Callable[[float], None], total: int) -> None:
        self._tell, self._total, self._done = tell, max(1, 3 * total), 0

    def __call__(self, rows: int) -> None:
        self._done += rows
        self._tell(min(1.0, self._done / self._total))


@contextmanager
def _alone(engine: Engine, there: str) -> Iterator[None]:
    """Hold the database's lock for moves; raises StoreUnavailable where another process holds it."""
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        until = time.monotonic() + _PATIENCE
        while not connection.execute(select(func.pg_try_advisory_lock(int(Lock.MOVE)))).scalar():
            if time.monotonic() > until:
                raise StoreUnavailable(f"another process is moving into {there}. Wait until it is done")
            time.sleep(0.2)
        yield


def _name_of(url: str) -> str:
    """The database for people: without user and password."""
    parsed = make_url(url)
    port = f":{parsed.port}" if parsed.port else ""
    return f"the PostgreSQL database {parsed.database or '(of its user)'} at {parsed.host or 'this host'}{port}"


def _unmistakable(now: datetime) -> datetime:
    """The time with microseconds by lot: two attempts to close a database are never taken for one."""
    return now.replace(microsecond=1 + secrets.randbelow(999_999))
