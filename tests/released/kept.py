"""The registries of released schemas, as README.md here explains them: unpacked, and what was said of them."""

from __future__ import annotations

import json
import lzma
import shutil
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, text

from tracer.storage.backup.frames import Batch, End
from tracer.storage.backup.load import load
from tracer.storage.engine import open_engine
from tracer.storage.migrations import migrating, upgrade

FOLDER = Path(__file__).parent
UNRELEASED = frozenset({"0014"})
"""Revisions that no release has so far; before one has, its folder takes its place here."""
SERIAL = "SELECT table_name, column_name FROM information_schema.columns WHERE column_default LIKE 'nextval%'"


@dataclass(frozen=True)
class Released:
    """A registry that the program of one schema founded."""

    revision: str

    @property
    def folder(self) -> Path:
        return FOLDER / self.revision

    def has(self, name: str) -> bool:
        """Whether a file of that name is kept of it."""
        return (self.folder / name).exists()

    @cached_property
    def expected(self) -> dict[str, Any]:
        """What that program said of it."""
        return json.loads(lzma.decompress((self.folder / "expected.json.xz").read_bytes()))  # type: ignore[no-any-return]

    def unpack(self, home: Path, *, database: bool = True) -> None:
        """A home as that program left it; without the database what lies beside it, the key before all."""
        home.mkdir(mode=0o700, exist_ok=True)
        shutil.copytree(self.folder / "home", home, dirs_exist_ok=True)
        packed = home / "tracer.db.xz"
        if database:
            (home / "tracer.db").write_bytes(lzma.decompress(packed.read_bytes()))
        packed.unlink()
        for path in home.glob("tracer.key*"):
            path.chmod(0o600)  # Git keeps no such modes

    def pack(self, folder: Path) -> Path:
        """The evidence pack it made."""
        return _unpacked(self.folder / "evidence.zip.xz", folder)

    def backup(self, folder: Path) -> Path:
        """The backup it made."""
        return Path(shutil.copy(self.folder / "registry.backup", folder))

    def load_into_new(self, url: str) -> None:
        """The database at a URL, made by the real migrations up to that schema, with the rows in it."""
        engine = open_engine(url)
        with migrating(engine, url) as connection:
            upgrade(connection, self.revision)
            self._load_into(connection)
        engine.dispose()

    def _load_into(self, connection: Connection) -> None:
        load(connection, _frames(lzma.decompress((self.folder / "home" / "tracer.db.xz").read_bytes())), lambda _: None)
        if connection.dialect.name == "postgresql":
            for table, column in connection.execute(text(SERIAL)).all():
                sequence = f"pg_get_serial_sequence('{table}', '{column}')"
                connection.execute(text(f"SELECT setval({sequence}, max({column})) FROM {table}"))


def read_bundle(folder: Path) -> dict[str, str]:
    """An exported bundle: file name to text."""
    return {path.name: path.read_text("utf-8") for path in folder.iterdir()}


def _unpacked(packed: Path, folder: Path) -> Path:
    file = folder / packed.stem
    file.write_bytes(lzma.decompress(packed.read_bytes()))
    return file


def _frames(content: bytes) -> Iterator[Batch | End]:
    database = sqlite3.connect(":memory:")
    database.deserialize(content)
    counts = {}
    names = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
    for (name,) in database.execute(names).fetchall():
        if name != "alembic_version":
            found = database.execute(f'SELECT * FROM "{name}"')  # a table that is there
            columns, rows = tuple(column[0] for column in found.description), found.fetchall()
            yield Batch(name, columns, rows)
            counts[name] = len(rows)
    database.close()
    yield End(counts)


RELEASED = [Released(folder.name) for folder in sorted(FOLDER.glob("[0-9]*"))]
