"""Backups over HTTP: asked for, made by a worker, listed, and handed out to nobody."""

import pytest

from tests.integration.api.test_jobs import done
from tests.serving import client, key_with
from tracer.domain.access import Scope

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
