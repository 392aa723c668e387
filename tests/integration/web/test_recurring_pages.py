"""The recurring jobs on the page of jobs: how each stands, run now, pause, resume."""

import pytest

from tests.factories.reports import written
from tracer.domain.errors import BackupUnwritable
from tracer.scheduler.recurring.jobs import RECURRING
from tracer.scheduler.run_recurring import Worker, run_due, run_now


def test_who_may_see_jobs_sees_them_and_only_owners_steer(analyst, auditor, operator, owner):
    for who in (analyst, auditor):
        page = who.get("/jobs").text
        assert "Sealing the ledger" in page
        assert "/recurring-jobs/" not in page
        assert who.send("/recurring-jobs/tidy/pause").status_code == 403
    assert operator.get("/jobs").status_code == 403
    assert owner.http.post("/recurring-jobs/tidy/pause", data={}).status_code == 403, "without the page's token"
    assert 'action="/recurring-jobs/tidy/pause"' in owner.get("/jobs").text


def test_one_is_asked_for_paused_and_resumed(app, owner):
    assert owner.send("/recurring-jobs/tidy/run").headers["location"] == "/jobs?done=recurring-run#recurring"
    assert "within seconds" in written(owner.get("/jobs"))
    assert run_due(app, RECURRING["tidy"], Worker("me")) is not None
    assert "went well tidy" in written(owner.get("/jobs"))
    owner.send("/recurring-jobs/tidy/pause")
    page = owner.get("/jobs").text
    assert 'action="/recurring-jobs/tidy/resume"' in page
    assert 'action="/recurring-jobs/tidy/pause"' not in page
    owner.send("/recurring-jobs/tidy/resume")
    assert 'action="/recurring-jobs/tidy/pause"' in owner.get("/jobs").text


@pytest.mark.parametrize("path", ["/recurring-jobs/nix/run", "/recurring-jobs/tidy/drop"])
def test_what_is_not_there_is_refused(owner, path):
    assert owner.send(path).status_code in (404, 422)


def test_a_failing_one_is_told_above_all(app, owner, monkeypatch):
    def refuse(self, tell):
        raise BackupUnwritable(f"the folder {self.settings.home / 'backups'} cannot be made: full. Set TRACER_HOME")

    monkeypatch.setattr(type(app), "back_up", refuse)
    assert "keeps failing" not in owner.get("/jobs").text
    owner.send("/recurring-jobs/backup/run")
    for _ in range(3):
        run_now(app, RECURRING["backup"], Worker("me"))
    said = written(owner.get("/jobs"))
    assert "A recurring job keeps failing: Making a backup" in said
    assert "failed the folder $TRACER_HOME/backups cannot be made: full. Set TRACER_HOME (3 in a row)" in said
    assert str(app.settings.home) not in said
    chinese = written(owner.get("/jobs", headers={"Accept-Language": "zh-CN"}))
    assert "无法建立文件夹 $TRACER_HOME/backups" in chinese


def test_how_often_is_said_in_both_languages(app, owner):
    assert "every 5 s" in written(owner.get("/jobs"))
    assert "daily at 03:30" in written(owner.get("/jobs"))
    chinese = written(owner.get("/jobs", headers={"Accept-Language": "zh-CN"}))
    assert "每 15 分钟" in chinese
    assert "每天 03:30" in chinese
