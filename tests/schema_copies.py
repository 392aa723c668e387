"""Databases that begin with the schema: the migrations run once a test process, and what they made is copied."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

from sqlalchemy import text

from tests.postgresql import Server
from tracer.bootstrap import make_home
from tracer.storage.engine import open_engine
from tracer.storage.migrations import ensure_schema


def migrated(url: str) -> None:
    """Run the real migrations on an empty database, as the program does at its first start."""
    engine = open_engine(url)
    ensure_schema(engine, url)
    engine.dispose()  # SQLite's last connection leaves one file, without a -wal beside it


def begin_home(home: Path, migrated_file: Path) -> str:
    """Make a home with a copy of a migrated file in it; its database URL."""
    make_home(home)
    file = shutil.copy(migrated_file, home / "tracer.db")
    return f"sqlite:///{file}"


def new_database(server: Server, template: str = "template1") -> Iterator[str]:
    """The URL of a database made from a template, which is dropped afterwards."""
    name = f"tracer_{uuid4().hex}"
    admin = open_engine(server.url("postgres"))
    try:
        with admin.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            # Since 15 a copy goes through the log of a server by default: dearer for one that syncs nothing.
            by_file = "STRATEGY FILE_COPY" if (connection.dialect.server_version_info or (0,)) >= (15,) else ""
            connection.execute(text(f"CREATE DATABASE {name} TEMPLATE {template} {by_file}"))
            yield server.url(name)
            connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    finally:
        admin.dispose()
