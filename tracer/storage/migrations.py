"""Bring a database to the schema of this program, by itself, at first use.

A revision is `0014`, or `0014_from_0013` where the migration only adds (tables, columns that may stay empty): then
servers of programs with schema 0013 and newer go on with the upgraded database while they are upgraded one by one
(ADR 0043).
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Connection, Engine, inspect, text

from tracer.domain.errors import DatabaseTooNew, NotOurDatabase, StoreUnavailable
from tracer.storage.advisory_locks import Lock, hold
from tracer.storage.crypto import Cipher
from tracer.storage.engine import READ_ONLY, is_busy, readable_errors

HEAD = "0013"
BEHIND = "tracer_behind"
"""Of a connection's `info`: whether a newer program upgraded the database."""
_APPLICATION_ID = 0x54524352  # "TRCR", SQLite's mark of whose file it is
_REVISION = re.compile(r"(\d{4})(?:_from_(\d{4}))?")
_PATIENCE_SECONDS = 120.0
_LOCK_SECONDS = 2


def migrations_folder() -> Path:
    """The migrations inside the installed wheel, else the project's folder."""
    packaged = Path(__file__).parent.parent / "_alembic"
    return packaged if packaged.is_dir() else Path(__file__).parents[2] / "alembic"


def current_revision(connection: Connection) -> str | None:
    """The schema revision of the database, None for an empty one; raises NotOurDatabase otherwise."""
    tables = set(inspect(connection).get_table_names())
    if "alembic_version" not in tables:
        if tables:
            shown = ", ".join(sorted(tables)[:5])
            raise NotOurDatabase(
                f"expected a Tracer database or an empty one, found other tables: {shown}. "
                "Point TRACER_HOME or TRACER_DATABASE_URL elsewhere"
            )
        return None
    found = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    if found is not None and "journal" not in tables:
        raise NotOurDatabase("expected a Tracer database, found another program's alembic_version table")
    return str(found) if found is not None else None


def may_go_on(found: str, head: str = HEAD) -> bool:
    """Whether a server with schema `head` may serve from a database that a newer program brought to `found`."""
    schema = _REVISION.fullmatch(found)
    return schema is not None and schema[2] is not None and schema[2] <= head[:4] < schema[1]


def ensure_schema(engine: Engine, where: str, *, beside_newer: bool = False) -> bool:
    """Create or upgrade the schema where needed; raises DatabaseTooNew, NotOurDatabase, StoreUnavailable.

    `beside_newer`: be content with one that a newer program made, if it allows that; then False.
    """
    with readable_errors(where):
        with engine.connect().execution_options(**{READ_ONLY: True}) as connection:  # waits for no writer
            found = current_revision(connection)
            if found == HEAD:
                return True
            if beside_newer and found is not None and may_go_on(found):
                return False
        _migrate_patiently(engine, where)
        return True


def take_turns(connection: Connection) -> None:
    """Wait until no other process makes, upgrades or founds, to the end of the transaction.

    On SQLite writers take turns anyway.
    """
    hold(connection, Lock.SCHEMA)


def upgrade(connection: Connection, revision: str = "head") -> None:
    """Run migrations up to the revision on a connection that is in a transaction."""
    _run(connection, lambda command, config: command.upgrade(config, revision))


def downgrade(connection: Connection, revision: str, cipher: Cipher | None = None) -> None:
    """Run migrations down to the revision on a connection that is in a transaction.

    Below 0002 there are blind indexes of names, for which the registry's cipher is needed.
    """
    _run(connection, lambda command, config: command.downgrade(config, revision), cipher)


def _run(connection: Connection, act: Callable[..., None], cipher: Cipher | None = None) -> None:
    # Alembic takes long to import and is needed once in a database's life.
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(migrations_folder()))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    config.attributes["cipher"] = cipher
    act(command, config)


@contextmanager
def migrating(engine: Engine, where: str) -> Iterator[Connection]:
    """A connection in a transaction, in which batch migrations do no harm to the rows that point to a table.

    They make the table anew, and on SQLite with foreign keys on that fails or deletes those rows.
    """
    with engine.connect() as connection:
        sqlite = connection.dialect.name == "sqlite"
        if sqlite:
            cursor = connection.connection.cursor()
            cursor.execute("PRAGMA foreign_keys=OFF")
            cursor.close()
            connection.detach()  # not back into the pool without foreign keys
        with connection.begin():
            take_turns(connection)
            if not sqlite:
                connection.execute(text(f"SET LOCAL lock_timeout = '{_LOCK_SECONDS}s'"))
            yield connection
            if sqlite:
                broken = connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall()
                if broken:
                    raise NotOurDatabase(f"{where}: after the upgrade {len(broken)} rows point nowhere; undone")


def _migrate_patiently(engine: Engine, where: str) -> None:
    """Give way, again and again, where others hold the tables: whoever waits for one keeps all who come after waiting.

    On SQLite writers take turns, and readers are in nobody's way.
    """
    until = time.monotonic() + _PATIENCE_SECONDS
    while True:
        try:
            with readable_errors(where):
                _migrate(engine, where)
        except StoreUnavailable as error:
            if engine.dialect.name != "postgresql" or not is_busy(error):
                raise
            if time.monotonic() > until:
                raise StoreUnavailable(
                    f"{where}: others, a long report perhaps, held its tables for {_PATIENCE_SECONDS:g} s. Its schema "
                    "was not upgraded, nothing was changed; end the workers, and start again"
                ) from error
            time.sleep(_LOCK_SECONDS / 4)
        else:
            return


def _migrate(engine: Engine, where: str) -> None:
    with migrating(engine, where) as connection:
        found = current_revision(connection)
        if found == HEAD:
            return
        if found is not None and found not in known_revisions():
            raise DatabaseTooNew(
                f"{where} was written by a newer Tracer (schema {found}, this program knows up to {HEAD}). "
                "Upgrade the program; nothing was changed"
            )
        upgrade(connection)
        mark_ours(connection)


def mark_ours(connection: Connection) -> None:
    """Write into an SQLite file whose it is, for who looks at files from outside."""
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql(f"PRAGMA application_id={_APPLICATION_ID}")


def known_revisions() -> frozenset[str]:
    """All revisions that this program's migrations reach."""
    names = (path.name for path in (migrations_folder() / "versions").glob("*.py"))
    return frozenset(found[0] for name in names if (found := _REVISION.match(name)))
