"""The page of backups: for owners only, it makes one and lists it, and hands the file to nobody."""

import re

from tests.factories import registry
from tests.factories.reports import written
from tracer.scheduler.run_jobs import run_one


def test_only_owners_see_and_make_backups(operator, analyst, auditor, outsider, owner):
    for who in (operator, analyst, auditor):
        assert who.get("/backups").status_code == 403
        assert who.send("/backups").status_code == 403
    assert outsider.get("/backups").status_code == 303
    assert owner.http.post("/backups", data={}).status_code == 403, "without the page's token"


def test_a_backup_is_made_listed_and_not_handed_out(app, owner):
    registry.add_channel(app)
    assert "There is none yet." in written(owner.get("/backups"))
    begun = owner.send("/backups", {"once": "a"}).headers["location"]
    waiting = owner.get("/backups").text
    assert begun.partition("?")[0] in waiting
    assert "Back up now" not in waiting
    assert owner.send("/backups", {"once": "b"}).headers["location"] == begun, "not begun twice"
    assert run_one(app, "tester")
    (path,) = app.backups_folder.iterdir()
    with app.reading() as work:
        made = work.jobs.get(begun.partition("?")[0].rpartition("/")[2]).result
    job, listed = owner.get(begun), owner.get("/backups")
    for page in (job, listed):
        assert made["sha256"] in page.text
        assert path.name in page.text
    assert f"tracer restore --check {path}" in written(listed)
    assert re.search(rf"{made['ledger_size']}\b", written(listed))
    assert owner.get(f"/backups/{path.name}").status_code == 404
    assert owner.get(f"{begun.partition('?')[0]}/output").status_code == 409
    assert "/output" not in job.text
    app.check_backup(path, lambda share: None)


def test_in_chinese(app, owner):
    said = written(owner.get("/backups", headers={"Accept-Language": "zh-CN"}))
    assert "立即备份" in said
    assert "恢复备份" in said
