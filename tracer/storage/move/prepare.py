"""Look at the database that is to be moved into, and make it ready."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Engine, select, text

from tracer.domain.errors import NotAllowed, StoreUnavailable
from tracer.storage.instant import pack
from tracer.storage.migrations import HEAD, current_revision, take_turns, upgrade
from tracer.storage.move.target import Target
from tracer.storage.move.unfinished import UnfinishedMove, filled_tables, mark_unfinished, unfinished_move
from tracer.storage.tables import InstanceRow

_EMPTY = "Make an empty database for Tracer (docs/postgresql.md); nothing was touched"


def begin_move(engine: Engine, instance: dict[str, Any], where: str, there: str) -> bool:
    """Make an empty database ready, or one with an unfinished move of this registry; False where it is moved already.

    `instance` is the source's instance row. Raises NotOurDatabase for another program's database, NotAllowed
    for another registry's, StoreUnavailable where this registry was moved elsewhere. All or nothing happens.
    """
    with engine.begin() as connection:
        take_turns(connection)
        if current_revision(connection) is not None:
            found = connection.execute(select(InstanceRow.instance_id)).scalar() if _has_instance(connection) else None
            if found is not None:
                _require_same(found, instance, where, there)
                return False
        mark = unfinished_move(connection)
        if mark is None:
            _begin(connection, instance, where, there)
        else:
            _go_on(connection, mark, instance, where, there)
        Target(connection).drop_foreign_keys()
    return True


def _has_instance(connection: Connection) -> bool:
    return connection.execute(text("SELECT to_regclass('instance')")).scalar() is not None


def _require_same(found: str, instance: dict[str, Any], where: str, there: str) -> None:
    if found != instance["instance_id"]:
        raise NotAllowed(f"{there} holds another registry already. {_EMPTY}")
    if instance["moved_at"] is None:
        raise NotAllowed(
            f"{there} holds this registry already, and {where} is in use as well: it was restored from a backup after "
            "the move, or is a copy. Go on with one of the two and put the other away; nothing was touched"
        )


def _begin(connection: Connection, instance: dict[str, Any], where: str, there: str) -> None:
    if instance["moved_at"] is not None:
        raise StoreUnavailable(
            f"{where} was moved into another database already, and {there} is not that one. Nothing was touched"
        )
    encoding = connection.execute(text("SHOW server_encoding")).scalar()
    if encoding != "UTF8":
        raise NotAllowed(f"{there} has the encoding {encoding}, expected UTF8. {_EMPTY}")
    upgrade(connection)
    filled = filled_tables(connection)
    if filled:
        raise NotAllowed(f"{there} has rows in {filled[0]} already. {_EMPTY}")
    mark_unfinished(connection, instance["instance_id"])


def _go_on(connection: Connection, mark: UnfinishedMove, instance: dict[str, Any], where: str, there: str) -> None:
    if mark.instance_id != instance["instance_id"]:
        raise NotAllowed(f"{there} holds the unfinished move of another registry. {_EMPTY}")
    found = current_revision(connection)
    if found != HEAD:
        raise NotAllowed(f"the move into {there} was begun by another version of Tracer (schema {found}). {_EMPTY}")
    closed_at = instance["moved_at"]
    if closed_at is not None and pack(closed_at) != mark.closing_at:
        raise StoreUnavailable(
            f"{where} was moved into another database already; {there} holds an older attempt that was not finished. "
            "Nothing was touched"
        )
