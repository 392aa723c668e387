"""A restore into a PostgreSQL database, in one transaction: what is there moves into a schema of its own first."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from sqlalchemy import Connection, inspect, text

from tracer.domain.errors import NotAllowed
from tracer.storage.backup.places import Occupant, occupant_of, stamp
from tracer.storage.engine import open_engine, readable_errors
from tracer.storage.migrations import current_revision, take_turns, upgrade
from tracer.storage.move.driver import quoted
from tracer.storage.move.target import Target
from tracer.storage.move.unfinished import refuse_unfinished

_PATIENCE = "5s"  # in which others end what they are at with the old tables
_FUNCTIONS = text(
    "SELECT p.oid::regprocedure::text FROM pg_proc p WHERE p.pronamespace = current_schema()::regnamespace "
    "AND NOT EXISTS (SELECT 1 FROM pg_depend d WHERE d.objid = p.oid AND d.deptype = 'e')"
)


class PostgresqlPlace:
    """A database on a server; see Place."""

    def __init__(self, url: str, where: str, now: datetime) -> None:
        self._url = url
        self._now = now
        self._aside = ""
        self.where = where

    def occupant(self) -> Occupant | None:
        """See Place."""
        engine = open_engine(self._url)
        try:
            with readable_errors(self.where), engine.connect() as connection:
                there = occupant_of(connection) if current_revision(connection) is not None else None
                if there is not None:
                    refuse_unfinished(connection, self.where)
                return there
        finally:
            engine.dispose()

    @contextmanager
    def filling(self, revision: str, *, occupied: bool) -> Iterator[Connection]:
        """See Place."""
        engine = open_engine(self._url)
        try:
            with readable_errors(self.where), engine.begin() as connection:
                take_turns(connection)
                encoding = connection.execute(text("SHOW server_encoding")).scalar()
                if encoding != "UTF8":
                    raise NotAllowed(f"{self.where} has the encoding {encoding}, expected UTF8. Make an empty database")
                if occupied:
                    self._aside = self._set_aside(connection)
                upgrade(connection, revision)
                yield connection
            with readable_errors(self.where), engine.begin() as connection:
                Target(connection).analyze()
        finally:
            engine.dispose()

    def set_aside_as(self) -> str:
        """See Place."""
        return self._aside

    def _set_aside(self, connection: Connection) -> str:
        schema = f"before_{stamp(self._now)}"
        while inspect(connection).has_schema(schema):
            schema = f"{schema}_{secrets.token_hex(2)}"
        connection.execute(text(f"SET LOCAL lock_timeout = '{_PATIENCE}'"))
        connection.execute(text(f"CREATE SCHEMA {quoted(schema)}"))
        for table in inspect(connection).get_table_names():
            connection.execute(text(f"ALTER TABLE {quoted(table)} SET SCHEMA {quoted(schema)}"))
        for function in connection.execute(_FUNCTIONS).scalars().all():
            connection.execute(text(f"ALTER FUNCTION {function} SET SCHEMA {quoted(schema)}"))
        connection.execute(text("SET LOCAL lock_timeout TO DEFAULT"))
        return f"the schema {schema}"
