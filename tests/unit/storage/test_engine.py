"""How engines are set up, and what is said where a database refuses."""

import sys

import pytest
from sqlalchemy.exc import DatabaseError, IntegrityError, OperationalError

from tracer.domain.errors import NotOurDatabase, StoreError, StoreUnavailable
from tracer.storage import engine as engines
from tracer.storage.engine import open_engine, readable_errors


@pytest.fixture
def engine(tmp_path):
    engine = open_engine(f"sqlite:///{tmp_path / 'x.db'}")
    yield engine
    engine.dispose()


@pytest.mark.parametrize(
    ("pragma", "value"), [("journal_mode", "wal"), ("synchronous", 2), ("foreign_keys", 1), ("temp_store", 2)]
)
def test_sqlite_survives_a_power_cut_and_keeps_references(engine, pragma, value):
    with engine.connect() as connection:
        assert connection.exec_driver_sql(f"PRAGMA {pragma}").scalar() == value


def test_a_second_writer_waits_and_is_told_why_it_gave_up(tmp_path, monkeypatch):
    monkeypatch.setattr(engines, "BUSY_SECONDS", 0.1)
    first, second = (open_engine(f"sqlite:///{tmp_path / 'x.db'}") for _ in range(2))
    with (
        first.begin(),
        pytest.raises(StoreUnavailable, match=r"another program held the database.*Try again"),
        readable_errors("x.db"),
        second.begin(),
    ):
        pass
    first.dispose()
    second.dispose()


def test_a_reader_does_not_wait_for_a_writer(engine):
    with engine.begin() as writer:
        writer.exec_driver_sql("CREATE TABLE t (x)")
        with engine.connect().execution_options(tracer_read_only=True) as reader:
            assert reader.exec_driver_sql("SELECT count(*) FROM sqlite_master").scalar() == 0


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("mysql://host/name", "sqlite:///PATH or postgresql://"),
        ("nonsense", "sqlite:///PATH or postgresql://"),
        ("", "sqlite:///PATH or postgresql://"),
        ("sqlite://", "sqlite:///PATH"),
        ("postgresql://u:secret@host:port/x", "sqlite:///PATH or postgresql://"),
    ],
)
def test_a_url_for_something_else_is_refused_without_repeating_it(url, says):
    with pytest.raises(NotOurDatabase, match=says) as refusal:
        open_engine(url)
    assert "secret" not in str(refusal.value)


def test_without_the_postgresql_driver_it_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(StoreUnavailable, match=r"pip install 'psycopg\[binary\]'"):
        open_engine("postgresql://127.0.0.1/x")


class Driver(Exception):
    """What a driver raises."""


@pytest.mark.parametrize(
    ("kind", "text", "says"),
    [
        (OperationalError, "database or disk is full", "disk is full. Nothing was written"),
        (OperationalError, "attempt to write a readonly database", "read-only"),
        (OperationalError, "unable to open database file", "cannot be opened"),
        (OperationalError, "disk I/O error", "check the disk"),
        (OperationalError, "could not extend file: No space left on device", "disk is full"),
        (OperationalError, "connection refused\nmore", r"does not answer \(connection refused\)"),
        (OperationalError, "", "no reason given"),
        (DatabaseError, "file is not a database", "not a Tracer database"),
        (DatabaseError, "database disk image is malformed", "Restore a backup"),
        (DatabaseError, "cannot execute INSERT in a read-only transaction", "read-only"),
        (IntegrityError, "UNIQUE constraint failed: channels.channel_id", "at the same time"),
    ],
)
def test_what_the_driver_says_becomes_a_message(kind, text, says):
    with pytest.raises(StoreError, match=says), readable_errors("tracer.db"):
        raise kind("INSERT INTO canaries VALUES (?)", {"name": "张晓萌"}, Driver(text))


def test_an_error_shows_no_values(engine):
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE t (x UNIQUE)")
        connection.exec_driver_sql("INSERT INTO t VALUES (?)", ("张晓萌",))
        with pytest.raises(IntegrityError) as refusal:
            connection.exec_driver_sql("INSERT INTO t VALUES (?)", ("张晓萌",))
    assert "张晓萌" not in str(refusal.value)


class Raised(Exception):
    """As psycopg raises it."""

    def __init__(self, said, sqlstate):
        super().__init__(said)
        self.sqlstate = sqlstate


@pytest.mark.parametrize(
    ("said", "state", "busy"),
    [
        ("canceling statement due to lock timeout", "55P03", True),
        ("由于锁超时,正在取消语句", "55P03", True),  # the server's language is the server's business
        ("Verklemmung entdeckt", "40P01", True),
        ("relation locked_out does not exist", "42P01", False),
        ("the connection is lost", None, False),
        ("database is locked", None, True),
    ],
)
def test_what_others_held_is_told_in_any_language(said, state, busy):
    error = OperationalError("LOCK", None, Raised(said, state))
    assert engines.is_busy(error) is busy
    with pytest.raises(StoreError) as refused, readable_errors("x"):
        raise error
    assert engines.is_busy(refused.value) is busy
