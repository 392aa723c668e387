"""`tracer migrate-to` where it must not: refused, and neither database is touched."""

# statements of our own

import shutil

import pytest
from sqlalchemy import text

from tests.command_line import CommandLine
from tests.integration.moving import connected, held, instance, interrupt, refused, sqlite_url, takes_writes, write
from tests.storage_dump import dump, execute
from tracer.storage.advisory_locks import Lock
from tracer.storage.engine import open_engine
from tracer.storage.move import move


def refused_untouched(old, url):
    """The message; neither database was touched."""
    before = held(sqlite_url(old)), instance(sqlite_url(old)), dump(url)
    message = old("migrate-to", url).refused()
    assert (held(sqlite_url(old)), instance(sqlite_url(old)), dump(url)) == before
    return message


def test_a_database_of_another_program_is_left_alone(old, new):
    execute(new.database_url, "CREATE TABLE customers (id INT)", "INSERT INTO customers VALUES (1)")
    message = refused_untouched(old, new.database_url)
    assert "expected a Tracer database or an empty one, found other tables: customers" in message


@pytest.mark.parametrize("step", [None, "commit_copy"])
def test_another_registry_is_left_alone(old, new, tmp_path, monkeypatch, step):
    other = CommandLine(tmp_path / "other")
    if step is None:
        CommandLine(tmp_path / "other", new.database_url).ok("channel", "add", "courier", "青松")
    else:
        other.ok("channel", "add", "courier", "青松")
        interrupt(other, new, monkeypatch, step)
    expected = "holds another registry already" if step is None else "holds the unfinished move of another registry"
    assert expected in refused_untouched(old, new.database_url)


def test_a_registry_without_its_instance_row_is_left_alone_and_not_founded_anew(old, new):
    old.ok("migrate-to", new.database_url)
    execute(new.database_url, "DELETE FROM instance")
    key = (old.home / "tracer.key").read_bytes()
    assert "its instance row is missing" in new("channel", "list").refused()
    assert "is not that one" in refused_untouched(old, new.database_url)
    execute(sqlite_url(old), "UPDATE instance SET moved_at = NULL")
    assert "has rows in " in refused_untouched(old, new.database_url)
    assert (old.home / "tracer.key").read_bytes() == key


def test_moved_elsewhere(old, new, monkeypatch):
    """One attempt that was given up, at its last step even, and one elsewhere that was finished."""
    interrupt(old, new, monkeypatch, "close_source")
    elsewhere = new.database_url + "_b"
    with another_database(new.database_url, elsewhere):
        old.ok("migrate-to", elsewhere)
        assert "holds an older attempt that was not finished" in refused_untouched(old, new.database_url)


class another_database:  # noqa: N801  # reads like a function
    def __init__(self, beside, url):
        self._beside, self._name = beside, url.rsplit("/", 1)[1]

    def _run(self, statement):
        engine = open_engine(self._beside)
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql(statement)
        engine.dispose()

    def __enter__(self):
        self._run(f"CREATE DATABASE {self._name}")

    def __exit__(self, *error):
        self._run(f"DROP DATABASE {self._name} WITH (FORCE)")


def test_a_source_restored_after_the_move(old, new):
    shutil.copytree(old.home, backup := old.home.parent / "backup")
    old.ok("migrate-to", new.database_url)
    restored = CommandLine(backup)
    assert "is in use as well: it was restored from a backup" in refused_untouched(restored, new.database_url)


def test_a_source_restored_during_the_move(old, new, monkeypatch):
    """Its journal lost entries that are there already, and journals never forget."""
    shutil.copytree(old.home, backup := old.home.parent / "backup")
    write(old)
    interrupt(old, new, monkeypatch, "commit_copy")
    message = refused(CommandLine(backup), new.database_url)
    assert "holds rows in journal that the old one does not have" in message


def test_only_from_sqlite_into_postgresql(old, new, tmp_path):
    assert "only a registry in SQLite can be moved" in refused(old, f"sqlite:///{tmp_path / 'other.db'}")
    assert not (tmp_path / "other.db").exists()
    assert "expected sqlite:///PATH or postgresql://" in refused(old, "mysql://root:geheim@127.0.0.1/x")
    assert "geheim" not in refused(old, "postgresql://tracer:geheim@127.0.0.1:port/x")
    server = CommandLine(tmp_path / "other", new.database_url)
    assert "only a registry in SQLite can be moved" in refused(server, new.database_url)
    assert takes_writes(old)


def test_a_server_that_is_not_there(old):
    message = refused(old, "postgresql://tracer:geheim@127.0.0.1:1/registry")
    assert "the PostgreSQL database registry at 127.0.0.1:1: the database does not answer" in message
    assert "geheim" not in message
    assert takes_writes(old)


def test_a_password_is_never_said(old, new):
    url = new.database_url.replace("//tracer@", "//tracer:geheim@")
    ran = old.ok("migrate-to", url)
    assert "geheim" not in ran.out + ran.err
    assert b"geheim" not in b"".join(path.read_bytes() for path in old.home.iterdir())


def test_two_moves_at_once(old, new, monkeypatch):
    monkeypatch.setattr(move, "_PATIENCE", 0.3)
    with connected(new.database_url) as connection:
        connection.execute(text("SELECT pg_advisory_lock(:key)"), {"key": int(Lock.MOVE)})
        assert "another process is moving into" in refused_untouched(old, new.database_url)


def test_another_key(old, new):
    (old.home / "tracer.key").write_text("ab" * 32)
    assert "was sealed with another key" in refused_untouched(old, new.database_url)


def test_a_source_that_cannot_be_closed_is_not_copied(old, new):
    old.database_url = f"sqlite:///file:{old.home / 'tracer.db'}?mode=ro&uri=true"
    assert "the database is read-only" in refused_untouched(old, new.database_url)


@pytest.mark.parametrize("text", ["a\0b", "x" * 129])
def test_a_value_that_postgresql_does_not_take(old, new, text):
    """The program lets none in; somebody may have put it there otherwise."""
    with connected(sqlite_url(old)) as connection:
        connection.exec_driver_sql("UPDATE jobs SET principal = ? WHERE rowid = 9", (text,))
    message = refused(old, new.database_url)
    assert "PostgreSQL does not take a value in jobs: " in message
    assert text not in message
    assert takes_writes(old)


def test_a_row_that_points_nowhere(old, new):
    with open_engine(sqlite_url(old)).connect() as connection:
        plain = connection.connection.driver_connection
        plain.execute("PRAGMA foreign_keys=OFF")
        plain.execute("UPDATE orders SET canary_id = 'nobody' WHERE rowid = 9")
        connection.detach()
    message = refused(old, new.database_url)
    assert "a row of orders points nowhere (fk_orders_canary_id): the old database is damaged" in message
    assert takes_writes(old)


def test_a_server_with_another_encoding(old, new):
    engine = open_engine(new.database_url)
    name = f"{new.database_url.rsplit('/', 1)[1]}_latin"
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {name} ENCODING 'LATIN1' TEMPLATE template0")
        assert "has the encoding LATIN1, expected UTF8" in refused_untouched(old, f"{new.database_url}_latin")
        connection.exec_driver_sql(f"DROP DATABASE {name} WITH (FORCE)")
    engine.dispose()
