"""`tracer migrate-to`: everything arrives, whatever interrupts it, and never do two databases take writes."""

import json
import signal
import subprocess
import sys

import pytest
from sqlalchemy import update

from tests.command_line import ROOT, CommandLine
from tests.factories import records as rows
from tests.factories.any_rows import TABLES, any_row, fill_any
from tests.integration import move_and_die
from tests.integration.moving import (
    REFUSED_SOURCE,
    assert_moved,
    assert_schema,
    connected,
    held,
    instance,
    interrupt,
    refused,
    sqlite_url,
    takes_writes,
    write,
)
from tests.storage_dump import dump, execute
from tracer.domain.errors import StoreUnavailable
from tracer.storage.engine import open_engine
from tracer.storage.move import move
from tracer.storage.tables import APPEND_ONLY, Base

DIED = -signal.SIGKILL


def test_every_table_is_moved_with_every_kind_of_value(old, new):
    before = held(sqlite_url(old))
    assert {name for name, found in before.items() if len(found) != 30} == {
        "alembic_version",
        "key_versions",
        "ledger_logs",
    }
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
                assert made == 31 + (table.name in ("journal", "pending_leaves"))  # the move is noted


def test_the_home_is_the_same_and_goes_on(tracer, empty_postgresql_url, tmp_path):
    tables = rows.campaign()
    tables["canaries.csv"].append(rows.canary("k-2", "王志强", notes="备注 🦊"))
    tracer.ok("import", rows.write_bundle(tmp_path / "bundle", tables))
    tracer.ok("refresh")
    heard = ("identify", "--heard", "张晓萌", "--format", "json")
    report = ("report", "--format", "json", "--as-of", "2026-11-21T12:00:00+08:00")
    before = [tracer.ok(*heard).out, reported(tracer, report), tracer.ok("explain", "c-1").out]
    tracer.ok("export", tmp_path / "before")
    tracer.ok("migrate-to", empty_postgresql_url)
    moved = CommandLine(tracer.home, empty_postgresql_url)
    assert [moved.ok(*heard).out, reported(moved, report), moved.ok("explain", "c-1").out] == before
    moved.ok("export", tmp_path / "after")
    assert contents(tmp_path / "after") == contents(tmp_path / "before")
    log = ("call", "log", "--dialled", tables["canaries.csv"][0]["phone"], "--name", "张晓萌")
    assert REFUSED_SOURCE in tracer(*log).refused()
    moved.ok(*log)
    assert len(moved.json("call", "list")) == len(tracer.json("call", "list")) + 1


def reported(tracer, report):
    """The report without what is sealed by then: the move itself is a fact."""
    told = json.loads(tracer.ok(*report).out)
    assert told["diagnostics"].pop("ledger")["size"] > 0
    return told


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


@pytest.mark.parametrize("step", ["commit_copy", "close_source"])
def test_what_changed_since_an_interrupted_move_is_caught_up(old, new, monkeypatch, step):
    interrupt(old, new, monkeypatch, step)
    with connected(sqlite_url(old)) as connection:
        change_everything(connection)
    old.ok("migrate-to", new.database_url)
    assert_moved(old, new)


def change_everything(connection):
    """Rows that are new, other and gone, in the middle and at the ends, in every table that allows it."""
    kept = {*APPEND_ONLY, "ledger_logs"}  # which checkpoints point to
    allowing = [table for table in TABLES if table.name not in kept]
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


def test_what_changes_while_it_is_copied_is_brought_over(old, new, make_app, monkeypatch):
    """Rows that come, change and go in a source that stays in use, between any two batches."""
    app = make_app(sqlite_url(old))
    heard, changed = [], []

    def use(share):
        heard.append(share)
        if len(heard) % 5 or "locked" in heard:
            return
        with connected(sqlite_url(old)) as connection:
            turn = len(heard) // 5
            if turn % 5 == 1:
                fill_any(connection, range(100 + turn, 103 + turn))
            connection.exec_driver_sql(f"UPDATE channels SET tags = 'after {turn}' WHERE rowid % 5 = {turn % 5}")
            connection.exec_driver_sql(f"DELETE FROM sessions WHERE rowid % 30 = {turn % 30}")
        changed.append(len(heard))

    lock = move.Move._lock

    def locked(*arguments):
        execute(sqlite_url(old), "UPDATE numbers SET kind = 'changed at the last moment'")
        heard.append("locked")  # from here on writers wait
        lock(*arguments)

    monkeypatch.setattr(move.Move, "_lock", locked)
    moved = app.move_into(new.database_url, use)
    assert len(changed) > 40
    assert len(heard) > heard.index("locked") + 100  # it looked once more
    assert moved.rows["channels"] > 40
    assert_moved(old, new)


def test_a_connection_that_breaks(old, new, make_app, caplog):
    app = make_app(sqlite_url(old))

    def cut(share):
        if share > 0.2:
            end = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database()"
            execute(new.database_url, f"{end} AND pid <> pg_backend_pid()")

    with pytest.raises(StoreUnavailable, match=r"the PostgreSQL database .*: the database does not answer"):
        app.move_into(new.database_url, cut)
    assert caplog.records == []
    assert takes_writes(old)
    old.ok("migrate-to", new.database_url)
    assert_moved(old, new)


def test_the_last_step_fails(old, new, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(move, "open_target", lambda connection: connection.exec_driver_sql("SELECT 1 FROM nowhere"))
        assert "is closed by now and takes no writes" in refused(old, new.database_url)
    old.ok("migrate-to", new.database_url)
    assert_moved(old, new)


def test_where_nothing_changed_the_source_is_not_read_once_more(old, new, make_app):
    heard = []
    make_app(sqlite_url(old)).move_into(new.database_url, heard.append)
    assert heard[-2:] == [pytest.approx(2 / 3), 1]
    assert_moved(old, new)


def test_a_schema_without_rows_is_as_good_as_empty(old, new):
    new.ok("migrate")
    execute(new.database_url, "DELETE FROM instance", "DELETE FROM key_versions", "DELETE FROM ledger_logs")
    old.ok("migrate-to", new.database_url)
    assert_moved(old, new)


def test_moved_already(old, new):
    old.ok("migrate-to", new.database_url)
    write(new)
    before = dump(new.database_url)
    assert "was moved into the PostgreSQL database" in (said := old.ok("migrate-to", new.database_url).out)
    assert "before; nothing was left to do" in said
    assert dump(new.database_url) == before
