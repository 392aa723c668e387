"""The drill: a registry that is lost comes back out of its backup, and its ledger goes on honestly."""

import json
import shutil
import threading
from pathlib import Path

import pytest

from tests.command_line import CommandLine
from tests.factories import access, registry
from tests.integration.backing_up import RENEWED, empty, furnish, made, proof_of, quiet, rows
from tests.storage_dump import dump, execute
from tracer.domain.errors import LedgerForked, NotAllowed, StoreUnavailable
from tracer.domain.job import JobKind, JobState
from tracer.domain.ledger.checkpoint import read_checkpoint, verified_checkpoint, verify_proof
from tracer.domain.ledger.merkle import leaf_hash
from tracer.domain.report import report_object
from tracer.services.access.log_in import log_in, make_login_link
from tracer.services.jobs.queue_job import queue_job
from tracer.services.jobs.run_job import claim_job
from tracer.services.reports.build_report import build_report
from tracer.services.upkeep.rotate_key import rotate_key
from tracer.storage.keyfile import KeyFile

SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture
def again(app, make_app, database_url):
    """The application anew, as the next process has it."""

    def anew():
        app.close()
        return make_app(database_url)

    return anew


def report(app):
    with app.reading() as work:
        told = report_object(build_report(work, app.model, app.clock()))
    told["diagnostics"].pop("ledger")  # it goes on in another log
    return json.dumps(told, sort_keys=True, default=list)


def lost(app, again, url):
    app.close()
    empty(url)
    return again()


def test_a_lost_registry_comes_back_and_its_ledger_goes_on(app, again, database_url):
    furnish(app)
    app.seal_ledger()
    call_id = app_call(app)
    leaf, proof = proof_of(app, call_id)
    with app.reading() as work:
        old = work.ledger.log().key
    stop = threading.Event()
    writer = threading.Thread(target=lambda: [registry.log(app) for _ in iter(lambda: stop.is_set(), True)])
    writer.start()
    try:
        backup = app.back_up(quiet)
    finally:
        stop.set()
        writer.join()
    registry.log(app, transcript="logged after the backup")
    app.seal_ledger()
    signed_last = read_checkpoint(app.ledger_head.note(old))[0]
    expected = app.check_backup(Path(backup.path), quiet).rows

    back = lost(app, again, database_url)
    restored = back.restore(Path(backup.path), quiet)
    assert restored.checked.rows == expected
    assert restored.set_aside == ""
    assert (restored.last_known, restored.behind) == (signed_last.size, signed_last.size - backup.ledger_size)
    assert restored.behind > 0
    found = dump(database_url)
    assert {name: len(found[name]) for name in expected if name not in RENEWED} == {
        name: count for name, count in expected.items() if name not in RENEWED
    }

    with back.reading() as work:
        logs = list(work.ledger.logs())
        (fact,) = [one for one in work.journal.about(restored.checked.head.instance_id) if "restored" in one.event]
        size = work.ledger.size()
        assert work.ledger.root(backup.ledger_size) == read_checkpoint(backup.head.checkpoint)[0].root
    assert [log.epoch for log in logs] == [1, 2]
    assert logs[1].key.name.startswith(f"{old.name}/2-")
    assert read_checkpoint(logs[1].continues)[0] == signed_last
    assert (fact.event, fact.actor) == ("registry_restored", "tester")
    assert fact.payload == {
        "backup_id": backup.head.backup_id,
        "backup_made_at": backup.head.made_at.isoformat(),
        "ledger_size": backup.ledger_size,
        "last_known_log": old.name,
        "last_known_size": signed_last.size,
    }

    assert verify_proof(leaf_hash(leaf), proof, old).size <= backup.ledger_size  # old evidence verifies
    again_leaf, new_proof = proof_of(back, call_id)  # and the same leaf lies in the new log
    assert again_leaf == leaf
    assert verify_proof(leaf_hash(leaf), new_proof, logs[1].key).size == size
    registry.log(back, transcript="after the restore")
    signed = back.seal_ledger()
    assert verified_checkpoint(signed.note, logs[1].key).size == size + 1
    assert back.ledger_head.note(old) == signed.note


def app_call(app):
    with app.reading() as work:
        return next(iter(work.calls.all())).call_id


def test_a_quiet_registry_comes_back_row_by_row_and_reports_the_same(app, again, database_url):
    furnish(app)
    told = report(app)
    path = made(app)
    before = rows(database_url)
    back = lost(app, again, database_url)
    restored = back.restore(path, quiet)
    assert rows(database_url) == before
    assert report(back) == told
    assert restored.behind == 0
    with back.reading() as work:
        assert len(work.ledger.logs()) == 2  # somebody else may have gone on with the original


def test_a_registry_goes_from_one_kind_of_database_into_the_other(app, make_app, database_url, tmp_path, request):
    furnish(app)
    path, before = made(app), rows(database_url)
    if database_url.startswith("sqlite"):
        url = request.getfixturevalue("empty_postgresql_url")
    else:
        url = f"sqlite:///{tmp_path / 'home' / 'tracer.db'}"
    there = make_app(url)
    there.restore(path, quiet)
    assert rows(url) == before
    registry.add_channel(there, name="后来的店")  # sequences go on where they were
    registry.log(there)


def test_the_registry_that_is_there_is_set_aside_and_kept(app, again, database_url):
    furnish(app)
    path = made(app)
    registry.log(app, transcript="not in the backup")
    before = dump(database_url)
    app.close()
    back = again()
    with pytest.raises(NotAllowed, match=r"holds this registry with .* facts already.*--replace"):
        back.restore(path, quiet)
    assert dump(database_url) == before
    restored = back.restore(path, quiet, over=True)
    if database_url.startswith("sqlite"):
        aside = Path(restored.set_aside)
        assert aside.parent == back.settings.home
        kept = dump(f"sqlite:///{aside}")
        del kept["instance"], before["instance"]  # it says that it was closed
        assert kept == before
        old = type(back)(back.settings.model_copy(update={"database_url": f"sqlite:///{aside}"}), back.clock, back.rng)
        with pytest.raises(StoreUnavailable, match="set aside by `tracer restore`"):
            registry.add_channel(old)
        old.close()
    else:
        schema = restored.set_aside.removeprefix("the schema ")
        execute(
            database_url, f"SELECT set_config('search_path', '{schema}', false)", "SELECT 1 / count(*) FROM journal"
        )
        assert set(dump(database_url)) == set(before)
    with back.reading() as work:
        assert len(list(work.calls.all())) == 1


@SQLITE
def test_a_file_that_others_have_open_is_not_exchanged(app, make_app, database_url):
    furnish(app)
    path = made(app)
    before = dump(database_url)
    other = make_app(database_url)
    with pytest.raises(StoreUnavailable, match=r"another program has .* open. Stop `tracer serve`"):
        other.restore(path, quiet, over=True)
    assert dump(database_url) == before
    assert sorted(one.name for one in app.settings.home.glob("*tracer.db*before*")) == []
    assert sorted(one.name for one in app.settings.home.glob(".tracer.db*")) == []


@SQLITE
def test_the_log_of_a_file_that_is_gone_is_not_taken_for_the_new_one(app, again, database_url):
    furnish(app)
    path = made(app)
    registry.log(app, transcript="in the log only")
    home, before = app.settings.home, rows(database_url)
    wal = (home / "tracer.db-wal").read_bytes()
    back = lost(app, again, database_url)
    (home / "tracer.db-wal").write_bytes(wal)
    back.restore(path, quiet)
    assert len(rows(database_url)["calls"]) == len(before["calls"]) - 1
    assert [one.read_bytes() for one in home.glob("tracer.db.before-*-wal")] == [wal]


@SQLITE
def test_a_file_that_is_copied_back_signs_nothing(app, again, database_url):
    furnish(app)
    app.seal_ledger()
    app.close()
    home = app.settings.home
    shutil.copy(home / "tracer.db", home / "copy")
    newer = again()
    registry.log(newer)
    newer.seal_ledger()
    newer.close()
    shutil.copy(home / "copy", home / "tracer.db")
    older = again()
    with pytest.raises(LedgerForked, match="set back to an older state"):
        older.seal_ledger()
    registry.log(older, transcript="facts are still taken")
    for act in (older.seal_ledger, lambda: older.back_up(quiet)):
        with pytest.raises(LedgerForked):
            act()
    backup = older.back_up(quiet, home / "as-it-is.backup", unsealed=True)
    older.close()
    back = again()
    restored = back.restore(Path(backup.path), quiet, over=True)
    assert (restored.last_known, restored.behind) == (restored.checked.ledger_size + 1, 1)
    assert back.seal_ledger().size == restored.checked.ledger_size + restored.checked.waiting + 1
    assert len(registry.everything(back)["calls"]) == 2


@SQLITE
def test_a_file_from_before_a_restore_signs_nothing_either(app, again, database_url):
    furnish(app)
    path = made(app)
    app.close()
    home = app.settings.home
    shutil.copy(home / "tracer.db", home / "copy")
    back = lost(app, again, database_url)
    back.restore(path, quiet)
    back.close()
    shutil.copy(home / "copy", home / "tracer.db")
    with pytest.raises(LedgerForked, match="which this database does not know"):
        again().seal_ledger()


@SQLITE
def test_the_same_backup_restored_twice_begins_two_logs(app, again, database_url):
    furnish(app)
    path = made(app)
    names = set()
    for _ in range(2):
        app = lost(app, again, database_url)
        names.add(app.restore(path, quiet).origin)
        app.seal_ledger()
    assert len(names) == 2


@pytest.mark.usefixtures("cheap_passwords")
def test_nobody_is_logged_in_afterwards_and_long_work_begins_again(app, again, database_url):
    user = access.person(app, "mei", "owner", "a long enough one")
    access.do(app, log_in, "mei", "a long enough one", access.CLIENT)
    access.do(app, make_login_link, user.user_id)
    with app.writing() as work:
        job = queue_job(work, JobKind.REFRESH, user.user_id, {}, app.rng)
        work.commit()
    with app.writing() as work:
        claim_job(work, "a worker of then")
        work.commit()
    path = made(app)
    back = lost(app, again, database_url)
    back.restore(path, quiet)
    found = dump(database_url)
    assert (found["sessions"], found["login_links"], found["rate_limits"], found["outbox"]) == ([], [], [], [])
    with back.reading() as work:
        assert work.jobs.get(job.job_id).state is JobState.QUEUED
    with back.writing() as work:
        assert claim_job(work, "a worker of now").job_id == job.job_id
    access.do(back, log_in, "mei", "a long enough one", access.CLIENT)


def test_a_backup_from_before_a_rotation_takes_its_key_back(app, again, database_url):
    furnish(app)
    path = made(app)
    rotate_key(app.registry, app.actor, app.clock, lambda done, total: None)
    registry.log(app)
    file = KeyFile(app.settings.key_path)
    (new,) = file.read()
    ((_, old),) = file.kept_aside()
    assert app.check_backup(path, quiet).rows["calls"] == 1
    assert file.read() == [new]
    back = lost(app, again, database_url)
    restored = back.restore(path, quiet)
    assert restored.keys_put_back == (1,)
    assert file.read() == [old, new]
    furnished = registry.everything(back)
    assert len(furnished["calls"]) == 1
    rotate_key(back.registry, back.actor, back.clock, lambda done, total: None)  # to the key that is there already
    assert file.read() == [new]


def test_the_drill_on_the_command_line(tracer_on: CommandLine, tmp_path):
    tracer_on.ok("channel", "add", "merchant", "兰亭旗舰店")
    backup = tracer_on.json("backup")
    path = Path(backup["path"])
    assert backup["rows"]["channels"] == 1
    assert backup["ledger_size"] == backup["rows"]["leaves"] == 1
    (listed,) = tracer_on.json("backup", "--list")
    assert (listed["name"], listed["sha256"]) == (path.name, backup["sha256"])
    assert path.name in tracer_on.ok("backup", "--list").out
    checked = tracer_on.ok("restore", "--check", path).out
    assert "Nothing was changed: this backup can be restored." in checked
    assert "holds this registry with 2 facts already" in tracer_on("restore", path).refused()
    empty(tracer_on.database_url)
    restored = tracer_on.ok("restore", path)
    assert restored.err == ""  # no bar where nobody looks
    assert "The ledger goes on as the log tracer/" in restored.out
    assert "begun at" in tracer_on.ok("ledger", "verify").out
    assert [one["name"] for one in tracer_on.json("channel", "list")] == ["兰亭旗舰店"]
    replaced = tracer_on.json("restore", path, "--replace")
    assert replaced["set_aside"]
    assert tracer_on("backup", "--unsealed").code == 2
    tracer_on.ok("backup", "--out", tmp_path / "mine.backup")
    assert (tmp_path / "mine.backup").exists()
    tracer_on.ok("backup", "--out", tmp_path)
    assert len(list(tmp_path.glob("tracer-*.backup"))) == 1
