"""Bring a database to the schema of this program, by itself, at first use."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Connection, Engine, inspect, text

from tracer.domain.errors import DatabaseTooNew, NotOurDatabase
from tracer.storage.advisory_locks import Lock, hold
from tracer.storage.crypto import Cipher
from tracer.storage.engine import READ_ONLY, readable_errors

HEAD = "0013"
_APPLICATION_ID = 0x54524352  # "TRCR", SQLite's mark of whose file it is


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


def ensure_schema(engine: Engine, where: str) -> None:
    """Create or upgrade the schema where needed; raises DatabaseTooNew, NotOurDatabase, StoreUnavailable."""
    with readable_errors(where):
        with engine.connect().execution_options(**{READ_ONLY: True}) as connection:  # waits for no writer
            if current_revision(connection) == HEAD:
                return
        _migrate(engine, where)


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
            yield connection
            if sqlite:
                broken = connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall()
                if broken:
                    raise NotOurDatabase(f"{where}: after the upgrade {len(broken)} rows point nowhere; undone")


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
    return frozenset(path.name.split("_")[0] for path in (migrations_folder() / "versions").glob("*.py"))
