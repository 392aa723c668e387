"""`tracer migrate-to`: everything arrives, whatever interrupts it, and never do two databases take writes."""

# ruff: noqa: S608  # statements of our own

import re
import shutil
import signal
import subprocess
import sys

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import inspect, text, update

from tests.command_line import ROOT, CommandLine
from tests.factories import records as rows
from tests.factories.any_rows import TABLES, any_row, fill_any
from tests.integration import move_and_die
from tests.storage_dump import dump, execute
from tracer.bootstrap import build
from tracer.domain.errors import StoreUnavailable
from tracer.storage.engine import open_engine
from tracer.storage.journal import Fact
from tracer.storage.move import move, source
from tracer.storage.tables import Base

DIED = -signal.SIGKILL
REFUSED_SOURCE = "was moved into another database with `tracer migrate-to`"


class Interrupted(Exception):
    pass


@pytest.fixture(autouse=True)
def small_batches(monkeypatch):
    monkeypatch.setattr(source, "_MOST_ROWS", 7)
    monkeypatch.setattr(source, "_FETCHED", 3)


@pytest.fixture
def old(tracer):
    """A home on SQLite with rows in every table."""
    tracer.ok("migrate")
    with connected(sqlite_url(tracer)) as connection:
        fill_any(connection, range(1, 31))
    return tracer


@pytest.fixture
def new(old, postgresql_url):
    """The same home with the database to move into."""
    return CommandLine(old.home, postgresql_url)


def sqlite_url(tracer):
    return f"sqlite:///{tracer.home / 'tracer.db'}"


class connected:  # noqa: N801  # reads like a function
    def __init__(self, url):
        self._engine = open_engine(url)

    def __enter__(self):
        self._transaction = self._engine.begin()
        return self._transaction.__enter__()

    def __exit__(self, *error):
        self._transaction.__exit__(*error)
        self._engine.dispose()


def held(url):
    """All rows but the instance's and what a finished move notes, the same for both databases."""
    tables = dump(url)
    moved = [row for row in tables["journal"] if "registry_moved" in row]
    tables["journal"] = [row for row in tables["journal"] if row not in moved]
    tables.pop("instance")
    plain = {
        name: [tuple(int(v) if v is True or v is False else v for v in row) for row in found]
        for name, found in tables.items()
    }
    return {name: sorted(found, key=repr) for name, found in plain.items()}


def instance(url):
    return dump(url)["instance"]


def write(tracer, *, kept=True):
    """A unit of work that writes a fact."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TRACER_DATABASE_URL", tracer.database_url)
        app = build(tracer.home)
        try:
            with app.writing() as work:
                work.journal.record([Fact("written", "x", {})])
                if kept:
                    work.commit()
        finally:
            app.close()


def takes_writes(tracer):
    try:
        write(tracer, kept=False)
    except StoreUnavailable as error:
        assert re.search(f"{REFUSED_SOURCE}|unfinished move", str(error))  # noqa: PT017  # one of two outcomes
        return False
    return True


def assert_moved(old, new):
    """Whole, in the same schema, and the only one that takes writes."""
    assert held(new.database_url) == held(sqlite_url(old))
    (before,), (after,) = instance(sqlite_url(old)), instance(new.database_url)
    assert before[:-1] == after[:-1]
    assert before[-1] is not None
    assert after[-1] is None
    assert not takes_writes(old)
    assert takes_writes(new)


def assert_schema(new):
    """As the migrations make it, and nothing of the move is left."""
    engine = open_engine(new.database_url)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        assert compare_metadata(context, Base.metadata) == []
        assert set(inspect(connection).get_table_names()) == {*Base.metadata.tables, "alembic_version"}
        valid = "SELECT count(*) FROM pg_constraint WHERE contype = 'f' AND convalidated AND NOT condeferrable"
        keys = sum(len(table.foreign_key_constraints) for table in Base.metadata.tables.values())
        assert connection.execute(text(valid)).scalar() == keys
    engine.dispose()


def test_every_table_is_moved_with_every_kind_of_value(old, new):
    before = held(sqlite_url(old))
    assert [name for name, found in before.items() if name != "alembic_version" and len(found) != 30] == []
    said = old.ok("migrate-to", new.database_url).out
    assert held(sqlite_url(old)) == before
    assert_moved(old, new)
    assert_schema(new)
    assert "From now on set TRACER_DATABASE_URL" in said
    assert f"The key stays: {old.home / 'tracer.key'}" in said
    assert f"{old.home / 'tracer.db'} is kept as it was and refuses to be written" in said


def test_numbers_go_on_after_the_last(old, new):
    old.ok("migrate-to", new.database_url)
    with connected(new.database_url) as connection:
        for table in TABLES:
            row = {**any_row(table, 101), **{c.name: "王'\"000101" for c in table.c if c.foreign_keys}}
            key = table.autoincrement_column
            if key is not None:
                del row[key.name]
                row |= {c.name: any_row(table, 1)[c.name] for c in table.c if c.foreign_keys}
                (made,) = connection.execute(table.insert().values(row)).inserted_primary_key
                assert made == 31 + (table.name == "journal")  # which notes the move


def test_the_home_is_the_same_and_goes_on(tracer, postgresql_url, tmp_path):
    tables = rows.campaign()
    tables["canaries.csv"].append(rows.canary("k-2", "王志强", notes="备注 🦊"))
    tracer.ok("import", rows.write_bundle(tmp_path / "bundle", tables))
    tracer.ok("refresh")
    heard = ("identify", "--heard", "张晓萌", "--format", "json")
    report = ("report", "--format", "json", "--as-of", "2026-11-21T12:00:00+08:00")
    before = [tracer.ok(*heard).out, tracer.ok(*report).out, tracer.ok("explain", "c-1").out]
    tracer.ok("export", tmp_path / "before")
    tracer.ok("migrate-to", postgresql_url)
    moved = CommandLine(tracer.home, postgresql_url)
    assert [moved.ok(*heard).out, moved.ok(*report).out, moved.ok("explain", "c-1").out] == before
    moved.ok("export", tmp_path / "after")
    assert contents(tmp_path / "after") == contents(tmp_path / "before")
    log = ("call", "log", "--dialled", tables["canaries.csv"][0]["phone"], "--name", "张晓萌")
    assert REFUSED_SOURCE in tracer(*log).refused()
    moved.ok(*log)
    assert len(moved.json("call", "list")) == len(tracer.json("call", "list")) + 1


def contents(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.mark.parametrize("step", move_and_die.STEPS)
def test_killed_at_any_step_it_goes_on(old, new, step):
    command = [sys.executable, move_and_die.__file__, str(old.home), new.database_url, step]
    done = subprocess.run(command, env=old.environment | {"PYTHONPATH": str(ROOT)}, capture_output=True, check=False)
    assert done.returncode == DIED, done.stderr
    if step != "when the target is open":
        message = new("channel", "list").refused()
        assert "holds an unfinished move and cannot be used yet. Call `tracer migrate-to` once more" in message
        assert instance(new.database_url) == []
        assert takes_writes(old) is (step != "when the source is closed")
    said = old.ok("migrate-to", new.database_url).out
    assert ("nothing was left to do" in said) is (step == "when the target is open")
    assert_moved(old, new)
    assert_schema(new)


def interrupt(old, new, monkeypatch, step):
    with monkeypatch.context() as patch:

        def stop(*_):
            raise Interrupted

        patch.setattr(move, step, stop)
        with pytest.raises(Interrupted):
            old("migrate-to", new.database_url)


@pytest.mark.parametrize("step", ["commit_copy", "close_source"])
def test_what_changed_since_an_interrupted_move_is_caught_up(old, new, monkeypatch, step):
    interrupt(old, new, monkeypatch, step)
    with connected(sqlite_url(old)) as connection:
        change_everything(connection)
    old.ok("migrate-to", new.database_url)
    assert_moved(old, new)


def change_everything(connection):
    """Rows that are new, other and gone, in the middle and at the ends, in every table that allows it."""
    allowing = [table for table in TABLES if table.name != "journal"]
    for table in reversed(allowing):
        for gone in (1, 12, 30):
            connection.execute(table.delete().where(*is_row(table, gone)))
    for table in allowing:
        empty = {column.name: None for column in table.columns if column.nullable}
        for changed in (3, 15):
            if empty:
                assert connection.execute(update(table).where(*is_row(table, changed)).values(empty)).rowcount == 1
    fill_any(connection, range(31, 50))
    # Two canaries exchange what is unique: neither new row may come before both old ones are gone.
    canaries = Base.metadata.tables["canaries"]
    keys = {number: any_row(canaries, number)["issued_line_key"] for number in (5, 27)}
    for number, key in ((5, None), (27, keys[5]), (5, keys[27])):
        connection.execute(update(canaries).where(*is_row(canaries, number)).values(issued_line_key=key))


def is_row(table, number):
    return [column == any_row(table, number)[column.name] for column in table.primary_key.columns]


def test_a_source_made_compact_between_two_calls(old, new, monkeypatch):
    interrupt(old, new, monkeypatch, "commit_copy")
    execute(sqlite_url(old), "DELETE FROM name_claims WHERE claim % 3 = 0", "DELETE FROM rate_limits")
    with open_engine(sqlite_url(old)).connect() as connection:
        connection.connection.driver_connection.execute("VACUUM")
    old.ok("migrate-to", new.database_url)
    assert_moved(old, new)


def test_what_changes_while_it_is_copied_is_brought_over(old, new, make_app):
    """Rows that come, change and go in a source that stays in use, between any two batches."""
    app = make_app(sqlite_url(old))
    numbers = iter(range(100, 1000, 20))
    done = []

    def use(share):
        if len(done) == 60:
            return
        done.append(share)
        with connected(sqlite_url(old)) as connection:
            if len(done) % 10 == 1:
                fill_any(connection, range(start := next(numbers), start + 3))
            connection.exec_driver_sql(
                f"UPDATE channels SET tags = 'after {len(done)}' WHERE rowid % 5 = {len(done) % 5}"
            )
            connection.exec_driver_sql(f"DELETE FROM sessions WHERE rowid % 30 = {len(done) % 30}")

    moved = app.move_into(new.database_url, use)
    assert len(done) == 60
    assert moved.rows["channels"] > 40
    assert_moved(old, new)


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


def test_a_schema_without_rows_is_as_good_as_empty(old, new):
    new.ok("migrate")
    execute(new.database_url, "DELETE FROM instance")
    old.ok("migrate-to", new.database_url)
    assert_moved(old, new)


def test_moved_already(old, new):
    old.ok("migrate-to", new.database_url)
    write(new)
    before = dump(new.database_url)
    assert "was moved into the PostgreSQL database" in (said := old.ok("migrate-to", new.database_url).out)
    assert "before; nothing was left to do" in said
    assert dump(new.database_url) == before


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
    assert "holds journal entries that the old one does not have" in message


def refused(tracer, url):
    return tracer("migrate-to", url).refused()


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


def test_a_connection_that_breaks(old, new, make_app):
    app = make_app(sqlite_url(old))

    def cut(share):
        if share > 0.2:
            end = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database()"
            execute(new.database_url, f"{end} AND pid <> pg_backend_pid()")

    with pytest.raises(StoreUnavailable, match=r"the PostgreSQL database .*: the database does not answer"):
        app.move_into(new.database_url, cut)
    assert takes_writes(old)
    old.ok("migrate-to", new.database_url)
    assert_moved(old, new)


def test_the_last_step_fails(old, new, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(move, "open_target", lambda connection: connection.exec_driver_sql("SELECT 1 FROM nowhere"))
        assert "is closed by now and takes no writes" in refused(old, new.database_url)
    old.ok("migrate-to", new.database_url)
    assert_moved(old, new)


def test_two_moves_at_once(old, new, monkeypatch):
    monkeypatch.setattr(move, "_PATIENCE", 0.3)
    with connected(new.database_url) as connection:
        connection.execute(text("SELECT pg_advisory_lock(:key)"), {"key": move._MOVING})
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
