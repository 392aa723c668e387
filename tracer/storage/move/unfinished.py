"""The mark of an unfinished move in the database that is moved into: no Tracer may use it before the end.

The mark is a table of one row that only lives while a move goes on. The registry's instance row comes
with the very last commit, in which the mark goes; a database with the mark has none.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, exists, inspect, select, text

from tracer.domain.errors import NotOurDatabase, StoreUnavailable
from tracer.storage.tables import Base, InstanceRow

_TABLE = "unfinished_move"


@dataclass(frozen=True, slots=True)
class UnfinishedMove:
    """Which registry is being moved here. `closing_at` is what the source's `moved_at` becomes, packed:

    once it is set everything is here, and only if the source says the same was it closed for this move.
    """

    instance_id: str
    closing_at: int | None


def unfinished_move(connection: Connection) -> UnfinishedMove | None:
    """The mark, None where no move goes on."""
    if not inspect(connection).has_table(_TABLE):
        return None
    row = connection.execute(text(f"SELECT instance_id, closing_at FROM {_TABLE}")).one()  # noqa: S608  # our own name
    return UnfinishedMove(row[0], row[1])


def mark_unfinished(connection: Connection, instance_id: str) -> None:
    """Set the mark."""
    connection.execute(text(f"CREATE TABLE {_TABLE} (instance_id VARCHAR(128) NOT NULL, closing_at BIGINT)"))
    connection.execute(text(f"INSERT INTO {_TABLE} VALUES (:id, NULL)"), {"id": instance_id})  # noqa: S608  # our own name


def mark_closing(connection: Connection, closing_at: int) -> None:
    """Note with which mark the source will be closed."""
    connection.execute(text(f"UPDATE {_TABLE} SET closing_at = :at"), {"at": closing_at})  # noqa: S608  # our own name


def unmark(connection: Connection) -> None:
    """Take the mark away: the move is done."""
    connection.execute(text(f"DROP TABLE {_TABLE}"))


def refuse_unfinished(connection: Connection, where: str) -> None:
    """Raise StoreUnavailable where a move goes on: no registry may be founded in its middle."""
    if unfinished_move(connection) is not None:
        raise StoreUnavailable(
            f"{where} holds an unfinished move and cannot be used yet. Call `tracer migrate-to` once more where the "
            "old database is; until then TRACER_DATABASE_URL points there"
        )


def refuse_ownerless(connection: Connection, where: str) -> None:
    """Raise NotOurDatabase where there are rows without the instance row, which says whose they are."""
    found = filled_tables(connection)
    if found:
        raise NotOurDatabase(
            f"{where} has rows in {found[0]}, but its instance row is missing, which says whose they are: it is "
            "damaged. Restore a backup; nothing was touched"
        )


def filled_tables(connection: Connection) -> list[str]:
    """The tables of ours that have rows, instance left out."""
    tables = [table for table in Base.metadata.sorted_tables if table.name != InstanceRow.__tablename__]
    return [table.name for table in tables if connection.execute(select(exists(select(table)))).scalar()]
