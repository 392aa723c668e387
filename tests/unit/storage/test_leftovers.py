"""Copies of rows that SQLite leaves in unused parts of pages: they are seen, and gone after clear_overwritten."""

import sqlite3
import subprocess
import sys
from contextlib import closing
from random import Random

import pytest

from tracer.storage import overwritten
from tracer.storage.engine import open_engine
from tracer.storage.leftovers import holds_leftovers
from tracer.storage.overwritten import clear_overwritten


@pytest.fixture
def path(tmp_path):
    return tmp_path / "t.db"


@pytest.fixture
def engine(path):
    engine = open_engine(f"sqlite:///{path}")
    yield engine
    engine.dispose()


def fill(engine, random, count):
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE t (k INTEGER PRIMARY KEY, a BLOB, b BLOB)")
        for number in range(count):
            connection.exec_driver_sql("INSERT INTO t VALUES (?, ?, NULL)", (number, random.randbytes(200)))


def grow_and_empty(engine, random, count):
    """Rows that grow are shared out anew; the values that are no longer there after that."""
    with engine.begin() as connection:
        for number in random.sample(range(count), count // 2):
            grown = random.randbytes(random.randint(40, 400))
            connection.exec_driver_sql("UPDATE t SET b = ? WHERE k = ?", (grown, number))
        gone = [value for row in connection.exec_driver_sql("SELECT a, b FROM t WHERE k % 2") for value in row if value]
        connection.exec_driver_sql("UPDATE t SET a = NULL, b = NULL WHERE k % 2")
    return gone


def left(path, gone):
    held = path.read_bytes() + path.with_name("t.db-wal").read_bytes()
    return [value for value in gone if value[:24] in held or value[-24:] in held]


def empty_log(path):
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def test_copies_that_zeros_do_not_reach_are_cleared(path, engine):
    random = Random(1)
    fill(engine, random, 1_000)
    empty_log(path)
    assert not holds_leftovers(path)
    gone = grow_and_empty(engine, random, 1_000)
    empty_log(path)
    assert left(path, gone)  # secure_delete is on, and yet
    assert holds_leftovers(path)
    assert clear_overwritten(engine)
    assert not holds_leftovers(path)
    assert not left(path, gone)


def test_a_large_file_is_left_and_that_is_told(path, engine, monkeypatch):
    random = Random(1)
    fill(engine, random, 1_000)
    gone = grow_and_empty(engine, random, 1_000)
    monkeypatch.setattr(overwritten, "_MOST_VACUUMED", 1_000)
    assert not clear_overwritten(engine)
    assert left(path, gone)


def test_where_somebody_writes_it_is_left_and_told(path, engine, monkeypatch):
    random = Random(1)
    fill(engine, random, 1_000)
    grow_and_empty(engine, random, 1_000)
    monkeypatch.setattr(overwritten, "_PATIENCE", 20)
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        assert not clear_overwritten(engine)
    assert clear_overwritten(engine)


def test_looking_loses_no_lock(path, engine):
    """A process that closes the database's file loses its locks: another that comes and goes takes the log away."""
    fill(engine, Random(1), 50)
    grow_and_empty(engine, Random(1), 50)
    with engine.connect() as reader:
        reader.exec_driver_sql("SELECT count(*) FROM t")
        reader.rollback()
        assert clear_overwritten(engine)
        assert counted(path) == "0"
        with engine.begin() as connection:
            connection.exec_driver_sql("INSERT INTO t VALUES (9999, NULL, NULL)")
    assert counted(path) == "1"


def counted(path):
    """By another process that comes and goes."""
    look = "connection.execute('SELECT count(*) FROM t WHERE k = 9999').fetchone()[0]"
    program = f"import sqlite3, sys; connection = sqlite3.connect(sys.argv[1]); print({look}); connection.close()"
    asked = [sys.executable, "-c", program, str(path)]
    return subprocess.run(asked, check=True, capture_output=True, text=True).stdout.strip()
