"""Straight to the database drivers, for what goes in bulk: SQLAlchemy's rows cost more than the rest."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError


def quoted(name: str) -> str:
    """A name of our own as SQL, whatever words are reserved."""
    return f'"{name}"'


@contextmanager
def driver_errors(connection: Connection) -> Iterator[None]:
    """Errors of a driver as SQLAlchemy raises them, without parameters: those may hold plain ids."""
    dbapi = connection.dialect.loaded_dbapi
    try:
        yield
    except dbapi.Error as error:
        if connection.dialect.is_disconnect(error, connection.connection.dbapi_connection, None):
            connection.invalidate(error)  # else the pool would try to roll back what is no longer there
        raise DBAPIError.instance(None, None, error, dbapi.Error, hide_parameters=True) from error
