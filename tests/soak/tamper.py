"""A registry's database, changed behind its back in one value at a time: the audit must find every one."""

from __future__ import annotations

import shutil
import sqlite3
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from tests.factories import registry
from tracer.bootstrap import Application, build

NOT_SEALED = {
    "canaries": {"state_since", "import_id", "sounds_like_another", "issued_line_key"},
    "channels": {"import_id"},
    "numbers": {"import_id", "test_line"},
    "orders": {"import_id"},
    "exposures": {"exposure_id", "import_id"},
    "calls": {"import_id", "number_id", "caller_group"},
    "journal": {"position"},
    "checkpoints": {"made_at"},
}
"""Columns that no fact tells of: most can be worked out anew or say nothing of what happened.

`caller_group`, which an erasure draws for calls of one caller, is neither, and not compared yet.
"""
TABLES = (
    *("journal", "leaves", "tree_nodes", "checkpoints"),
    *("channels", "numbers", "canaries", "issued_for", "orders", "exposures", "calls"),
)


@dataclass(frozen=True)
class TamperFindings:
    """How many changes were found, and those that were not, by table and column."""

    found: int
    missed: Mapping[str, int] = field(default_factory=dict)

    @property
    def is_good(self) -> bool:
        """Whether the promise was kept."""
        return not self.missed

    def __str__(self) -> str:
        missed = ", ".join(f"{where} ({count})" for where, count in self.missed.items())
        return f"{self.found:,} found, {sum(self.missed.values())} missed" + (f": {missed}" if missed else "")


def tamper(folder: Path, rounds: int, rng: np.random.Generator) -> Iterator[TamperFindings]:
    """One finding, at the end."""
    app = build(folder / "home", seed=1)
    _fill(app)
    app.close()
    home, whole = folder / "home", folder / "whole"
    shutil.copytree(home, whole)
    found, missed = 0, Counter[str]()
    for _ in range(rounds):
        shutil.copyfile(whole / "tracer.db", home / "tracer.db")
        where = _change(home / "tracer.db", rng)
        if _noticed(home):
            found += 1
        else:
            missed[where] += 1
    yield TamperFindings(found, dict(missed))


def _fill(app: Application) -> None:
    """Three hundred facts and more, so that the tree has stored nodes."""
    shop, courier = registry.add_channel(app), registry.add_channel(app, "courier", "顺路快递")
    registry.own_number(app)
    for canary in registry.issue(app, shop, courier, count=40, number=registry.LANDLINE):
        for _ in range(2):
            registry.place(app, canary.canary_id, shop, courier)
            registry.log(app, canary_id=canary.canary_id, heard_name=canary.recipient_name, notes="note")
        app.seal_ledger()
    for _ in range(40):
        registry.log(app, dialled_number=f"{registry.LANDLINE};ext=9999", heard_name="王五")
    app.seal_ledger()


def _change(path: Path, rng: np.random.Generator) -> str:
    """Another value, of the same kind, in one column of one row; or a row less."""
    with closing(sqlite3.connect(path)) as connection:
        for (trigger,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            connection.execute(f"DROP TRIGGER {trigger}")  # our own names
        while True:
            table = str(rng.choice(TABLES))
            columns = [row[1] for row in connection.execute(f"PRAGMA table_info({table})")]
            rows = [row[0] for row in connection.execute(f"SELECT rowid FROM {table}")]
            row = int(rng.choice(rows))
            if rng.random() < 0.1 and table != "checkpoints":  # a signature lost changes nothing that was signed
                connection.execute(f"DELETE FROM {table} WHERE rowid = ?", (row,))
                connection.commit()
                return f"{table}, a row"
            column = str(rng.choice([name for name in columns if name not in NOT_SEALED.get(table, ())]))
            (value,) = connection.execute(f"SELECT {column} FROM {table} WHERE rowid = ?", (row,)).fetchone()
            other = _other(value, rng)
            try:
                connection.execute(f"UPDATE {table} SET {column} = ? WHERE rowid = ?", (other, row))
            except sqlite3.IntegrityError:
                continue
            connection.commit()
            return f"{table}.{column}"


def _other(value: object, rng: np.random.Generator) -> object:
    if isinstance(value, bytes) and value:
        place = int(rng.integers(len(value)))
        return value[:place] + bytes([value[place] ^ (1 << int(rng.integers(8)))]) + value[place + 1 :]
    if isinstance(value, int):
        return 1 - value if value in (0, 1) else value + int(rng.choice([-2048, 2048, 1 << 31]))
    if isinstance(value, str):
        return value + "x" if rng.random() < 0.5 or not value else value[:-1]
    return "x"


def _noticed(home: Path) -> bool:
    app = build(home, seed=1)
    try:
        return bool(app.audit_ledger(lambda share: None).found)
    finally:
        app.close()
