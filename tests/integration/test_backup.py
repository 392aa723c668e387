"""Backups are whole, private, of one moment, and the oldest make room."""

import os
import stat
import threading
from dataclasses import replace
from datetime import timedelta
from hashlib import sha256
from pathlib import Path

import pytest
from sqlalchemy import LargeBinary, insert

from tests.factories import registry
from tests.factories.any_rows import TABLES, any_row, fill_any
from tests.integration.backing_up import furnish, made, quiet, rows
from tests.storage_dump import dump
from tracer.domain.errors import LedgerForked, NotAllowed, StoreUnavailable
from tracer.services.upkeep.make_backup import drop_old_backups, list_backups
from tracer.storage.backup.dump import LEFT_OUT
from tracer.storage.backup.dump import dump as write_rows
from tracer.storage.backup.frames import End, read_frames
from tracer.storage.backup.load import load
from tracer.storage.backup.postgresql_place import PostgresqlPlace
from tracer.storage.backup.sqlite_place import SqlitePlace
from tracer.storage.engine import open_engine
from tracer.storage.migrations import HEAD, current_revision, upgrade
from tracer.storage.tables import Base


def later(app, **by):
    now = app.clock() + timedelta(**by)
    app.clock = lambda: now


def test_a_backup_is_for_its_owner_and_checks_out(app):
    furnish(app)
    told = []
    backup = app.back_up(told.append)
    path = Path(backup.path)
    assert path.parent == app.backups_folder
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert [one.name for one in path.parent.iterdir()] == [path.name]
    assert (backup.size, backup.sha256) == (path.stat().st_size, sha256(path.read_bytes()).hexdigest())
    assert told[-1] == 1
    checked = app.check_backup(path, quiet)
    assert checked.rows == backup.rows
    assert checked.rows["calls"] == 1
    assert checked.ledger_size == backup.ledger_size == checked.rows["leaves"] > 5
    assert checked.opened > 20
    with app.reading() as work:
        (fact,) = work.journal.about(backup.head.backup_id)
        (found,) = list_backups(work, app.backups_folder)
    assert (fact.event, fact.payload["sha256"]) == ("backup_made", backup.sha256)
    assert (found.name, found.sha256, found.ledger_size) == (path.name, backup.sha256, backup.ledger_size)


def test_checking_touches_nothing(app, database_url, tmp_path, monkeypatch):
    furnish(app)
    path = made(app)
    before, files = dump(database_url), sorted(app.settings.home.rglob("*"))
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "temporary"))
    (tmp_path / "temporary").mkdir()
    app.check_backup(path, quiet)
    assert list((tmp_path / "temporary").iterdir()) == []
    assert dump(database_url) == before
    assert sorted(app.settings.home.rglob("*")) == files


def test_the_backup_is_of_one_moment_while_others_write(app):
    furnish(app)
    app.open()
    stop = threading.Event()

    def write():
        while not stop.is_set():
            registry.log(app, transcript="您好" * 50)

    writers = [threading.Thread(target=write) for _ in range(2)]
    for one in writers:
        one.start()
    try:
        paths = [made(app, app.settings.home / f"{number}.backup") for number in range(3)]
    finally:
        stop.set()
        for one in writers:
            one.join()
    counts = [app.check_backup(path, quiet).rows for path in paths]
    assert all(found["journal"] == found["leaves"] + found["pending_leaves"] for found in counts)
    assert counts[0]["calls"] <= counts[1]["calls"] <= counts[2]["calls"]
    assert counts[2]["calls"] > 1


def test_the_oldest_make_room_and_other_files_stay(app):
    app.settings = app.settings.model_copy(update={"backups_kept": 2})
    first = made(app)
    cut = first.with_name("tracer-20200101T000000Z.backup")
    cut.write_bytes(first.read_bytes()[:-5])
    mine = first.with_name("before-the-holidays.backup")
    mine.write_bytes(first.read_bytes())
    for _ in range(2):
        later(app, days=1)
        last = app.back_up(quiet)
    assert last.dropped == (first.name,)
    assert not first.exists()
    assert cut.exists()
    assert mine.exists()
    with app.reading() as work:
        found = list_backups(work, app.backups_folder)
    assert [one.name for one in found] == [Path(last.path).name, "tracer-20261122T040000Z.backup"]
    again = app.back_up(quiet)  # within the same second
    assert Path(again.path).name == "tracer-20261123T040000Z-2.backup"


def test_a_clock_that_ran_ahead_costs_no_backup(app):
    app.settings = app.settings.model_copy(update={"backups_kept": 2})
    later(app, days=365)
    ahead = [made(app).name for _ in range(2)]
    later(app, days=-365)
    right = app.back_up(quiet)
    assert Path(right.path).exists()
    assert right.dropped == (ahead[0],)
    with app.reading() as work:
        assert [one.name for one in list_backups(work, app.backups_folder)] == [Path(right.path).name, ahead[1]]


def test_the_one_just_made_stays_though_its_ledger_is_older(app, make_app, database_url):
    first = made(app, app.settings.home / "first.backup")
    app.settings = app.settings.model_copy(update={"backups_kept": 1})
    for _ in range(4):
        larger = app.back_up(quiet)
    app.close()
    back = make_app(database_url)
    back.settings = back.settings.model_copy(update={"backups_kept": 2})
    back.restore(first, quiet, over=True)
    after = back.back_up(quiet)  # a smaller ledger, of a later log
    assert after.ledger_size < larger.ledger_size
    with back.reading() as work:
        names = [one.name for one in list_backups(work, back.backups_folder)]
    assert names == [Path(after.path).name, Path(larger.path).name]
    with back.reading() as work:
        assert drop_old_backups(work, back.backups_folder, 1, larger) == (Path(after.path).name,)


def test_nothing_is_overwritten_and_nothing_half_stays(app, tmp_path, monkeypatch):
    out = tmp_path / "here.backup"
    out.write_text("precious")
    with pytest.raises(NotAllowed, match="exists already"):
        app.back_up(quiet, out)
    assert out.read_text() == "precious"
    with pytest.raises(StoreUnavailable, match="cannot be written"):
        app.back_up(quiet, tmp_path / "no such folder" / "x.backup")

    def full(_file):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(StoreUnavailable, match=r"No space left on device\. No backup was made"):
        app.back_up(quiet, tmp_path / "new.backup")
    assert [path.name for path in tmp_path.iterdir() if "new" in path.name] == []


def test_a_forked_ledger_is_not_backed_up(app):
    furnish(app)
    app.seal_ledger()
    with app.reading() as work:
        log = work.ledger.log()
    head = app.ledger_head
    note = head.note(log.key)
    (head._folder / f"{log.key.name.split('/')[1]}.checkpoint").write_text(note.replace("\n", "\n9", 1))
    with pytest.raises(LedgerForked):
        app.back_up(quiet)
    assert not app.backups_folder.exists()


@pytest.mark.parametrize("there", ["sqlite", "postgresql"])
def test_rows_of_every_table_go_from_each_database_into_each(app, database_url, postgresql_for_module, tmp_path, there):
    app.open()
    engine = open_engine(database_url)
    written = bytearray()
    with engine.begin() as connection:
        fill_any(connection, range(1, 40))
    with engine.connect() as connection:
        counts = write_rows(connection, written.extend, lambda _rows: None)
    engine.dispose()
    assert {name for name, count in counts.items() if count >= 39} == {
        table.name for table in TABLES if table.name not in LEFT_OUT
    }
    now = app.clock()
    if there == "sqlite":
        url = f"sqlite:///{tmp_path / 'there.db'}"
        place = SqlitePlace(tmp_path / "there.db", now)
    else:
        url = postgresql_for_module
        place = PostgresqlPlace(url, "there", now)
    occupied = place.occupant() is not None
    with place.filling(HEAD, occupied=occupied) as connection:
        assert load(connection, read_frames(_Bytes(written)), lambda _rows: None) == counts
    assert rows(url) == rows(database_url)
    assert bool(place.set_aside_as()) == occupied


def test_large_rows_behind_small_ones_make_no_large_frame(app, database_url):
    app.open()
    parts = Base.metadata.tables["job_parts"]
    engine = open_engine(database_url)
    written = []
    with engine.begin() as connection:
        jobs = Base.metadata.tables["jobs"]
        connection.execute(insert(jobs), [any_row(jobs, 1)])
        for number in range(1, 365):
            content = b"x" * (1 << 20) if number > 340 else b"x"
            row = {**any_row(parts, number), "job_id": any_row(jobs, 1)["job_id"], "content": content}
            connection.execute(insert(parts), [row])
    with engine.connect() as connection:
        counts = write_rows(connection, written.append, lambda _rows: None)
    engine.dispose()
    assert counts["job_parts"] == 364
    assert max(map(len, written)) < 3 << 20


def test_rows_of_an_older_schema_are_brought_up(app, database_url, postgresql_for_module, tmp_path):
    """They come into the schema that they were in, which is then brought up to this program's."""
    app.open()
    engine = open_engine(database_url)
    written = bytearray()
    with engine.begin() as connection:
        fill_any(connection, range(1, 8))
    with engine.connect() as connection:
        write_rows(connection, written.extend, lambda _rows: None)
    engine.dispose()
    url = f"sqlite:///{tmp_path / 'there.db'}"
    place = SqlitePlace(tmp_path / "there.db", app.clock())
    if not database_url.startswith("sqlite"):
        url, place = postgresql_for_module, PostgresqlPlace(postgresql_for_module, "there", app.clock())
    newer = {"ledger_logs", "checkpoints", "time_tokens", "leaves", "pending_leaves", "tree_nodes", "erased_entries"}
    newer |= {"retention", "deliveries", "tracked_parcels", "recurring_jobs", "notify_targets", "implicated_channels"}
    frames = [
        one if isinstance(one, End) else _without(one, {"erased_at", "caller_group"})
        for one in read_frames(_Bytes(written))
        if isinstance(one, End) or one.table not in newer
    ]
    counts = {table: count for table, count in frames.pop().counts.items() if table not in newer}
    with place.filling("0006", occupied=place.occupant() is not None) as connection:
        load(connection, [*frames, End(counts)], lambda _rows: None)
        upgrade(connection)
        assert current_revision(connection) == HEAD
    later = ("calls", "canaries", "orders")  # they have a column more by now
    found, expected = rows(url), rows(database_url)
    assert {name: found[name] for name in counts if name in found and name not in later} == {
        name: expected[name] for name in counts if name in expected and name not in later
    }
    assert {name: len(found[name]) for name in later} == {name: len(expected[name]) for name in later}


def _without(batch, columns):
    """As a program wrote it that did not know these columns."""
    kept = [place for place, name in enumerate(batch.columns) if name not in columns]
    return replace(
        batch,
        columns=[batch.columns[place] for place in kept],
        rows=[tuple(row[place] for place in kept) for row in batch.rows],
    )


class _Bytes:
    def __init__(self, content):
        self._content, self._at = bytes(content), 0

    def read(self, count):
        self._at += count
        return self._content[self._at - count : self._at]


def test_no_column_of_bytes_is_taken_for_text():
    kinds = {type(column.type) for table in Base.metadata.tables.values() for column in table.columns}
    assert [kind for kind in kinds if "Binary" in kind.__name__ and not issubclass(kind, LargeBinary)] == []
