"""Backups over HTTP: asked for, made by a worker, listed, and handed out to nobody."""

import errno
from pathlib import Path

import pytest

from tests.integration.api.test_jobs import done
from tests.serving import client, key_with
from tracer.domain.access import Scope
from tracer.domain.ledger.checkpoint import Checkpoint

V1 = "/api/v1"
SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def test_an_owner_makes_one_and_finds_it_in_the_list(app, owner):
    assert owner.get(f"{V1}/backups").json()["items"] == []
    job = done(app, owner, owner.post(f"{V1}/backups"))
    assert (job["kind"], job["state"]) == ("backup", "done")
    (listed,) = owner.get(f"{V1}/backups").json()["items"]
    told = {name: job["result"][name] for name in ("name", "made_at", "size", "sha256", "ledger_size")}
    assert listed == told
    (path,) = app.backups_folder.iterdir()
    assert (path.name, path.stat().st_size) == (listed["name"], listed["size"])
    assert str(app.settings.home) not in str(job)  # where it lies is nobody's business
    checked = app.check_backup(path, lambda share: None)
    assert checked.rows["jobs"] == 1  # itself, at work


def test_a_folder_that_refuses_is_named_at_once(app, owner):
    app.backups_folder.write_text("a file where the folder should be")
    job = done(app, owner, owner.post(f"{V1}/backups"))
    assert job["state"] == "failed"
    assert job["result"]["error"].startswith("the folder $TRACER_HOME/backups cannot be made: File exists")


@SQLITE
def test_a_full_disk_is_named_at_once(app, owner, monkeypatch):
    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("tracer.storage.backup.files.put_in_place", full)
    job = done(app, owner, owner.post(f"{V1}/backups"))
    assert job["state"] == "failed"
    assert "cannot be written: No space left on device. No backup was made" in job["result"]["error"]
    assert str(app.settings.home) not in str(job)


@SQLITE
def test_old_ones_that_stay_are_named_and_the_new_one_is_known(app, owner, monkeypatch):
    app.settings = app.settings.model_copy(update={"backups_kept": 1})
    done(app, owner, owner.post(f"{V1}/backups"))

    def refused(*_, **_also):
        raise PermissionError(errno.EACCES, "Permission denied")

    with monkeypatch.context() as patch:
        patch.setattr(Path, "unlink", refused)
        job = done(app, owner, owner.post(f"{V1}/backups"))
    assert (job["state"], "cannot be deleted: Permission denied" in job["result"]["error"]) == ("failed", True)
    assert all(one["sha256"] for one in owner.get(f"{V1}/backups").json()["items"])


def test_a_forked_ledger_is_named_at_once(app, owner):
    app.seal_ledger()
    with app.reading() as work:
        log = work.ledger.log()
        app.ledger_head.remember(work.ledger.sign(Checkpoint(log.key.name, 10_000, bytes(32))))
    job = done(app, owner, owner.post(f"{V1}/backups"))
    assert job["state"] == "failed"
    assert "10,000 were signed before" in job["result"]["error"]


@SQLITE
def test_the_file_is_handed_out_to_nobody(app, owner):
    job = done(app, owner, owner.post(f"{V1}/backups"))
    assert owner.get(f"{V1}/jobs/{job['job_id']}/output").status_code == 409
    assert owner.get(f"{V1}/backups/{job['result']['name']}").status_code == 404


@SQLITE
def test_a_key_for_backups_makes_them_and_reads_nothing(app, address):
    with client(address, key_with(app, Scope.BACK_UP)) as keeper:
        assert keeper.post(f"{V1}/backups", headers={"Idempotency-Key": "nightly"}).status_code == 202
        again = keeper.post(f"{V1}/backups", headers={"Idempotency-Key": "nightly"})
        assert again.headers["idempotency-replayed"] == "true"
        assert len(keeper.get(f"{V1}/jobs").json()["items"]) == 1
        assert keeper.get(f"{V1}/calls").status_code == 403
        assert keeper.post(f"{V1}/jobs", json={"kind": "export"}).status_code == 403


@SQLITE
def test_others_may_not(operator, analyst, auditor, intake, outsider):
    for who, status in ((operator, 403), (analyst, 403), (auditor, 403), (intake, 403), (outsider, 401)):
        assert who.get(f"{V1}/backups").status_code == status
        assert who.post(f"{V1}/backups").status_code == status
