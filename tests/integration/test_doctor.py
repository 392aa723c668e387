"""`tracer doctor` on installations that are well, and on those that are not."""

import shutil
from datetime import UTC, datetime, timedelta
from json import loads

import pytest

from tests.factories import access, registry
from tests.factories import records as rows
from tests.factories.notices import stored, target_of, tell, told_by
from tests.time_authority import authority
from tracer.checkup import checkup, notifications
from tracer.checkup.jobs import look
from tracer.domain.errors import OutboundFailed
from tracer.domain.job import JobKind
from tracer.domain.recurring import FAILING_AFTER
from tracer.scheduler.recurring.job import RecurringJob, simply
from tracer.scheduler.recurring.jobs import RECURRING, planned_jobs
from tracer.scheduler.run_recurring import Worker, run_due, run_now
from tracer.services.jobs.queue_job import queue_job
from tracer.services.jobs.run_recurring import begin_rows
from tracer.services.jobs.steer_recurring import pause_job


def found(tracer, check, code=0):
    ran = tracer("doctor", "--format", "json")
    assert ran.code == code, ran
    return [(one["state"], one["says"], one["advice"]) for one in loads(ran.out) if one["check"] == check]


def states(tracer, check, code=0):
    return [state for state, _, _ in found(tracer, check, code)]


def test_an_installation_that_is_well(tracer, tmp_path):
    tracer.ok("import", rows.write_bundle(tmp_path / "bundle", rows.campaign()))
    tracer.ok("canary", "issue", "--control")
    tracer.ok("backup")
    text = tracer.ok("doctor").out
    assert "WRONG" not in text
    assert "opens with the key" in text
    assert "No time-stamp authority is named" in text  # a notice is no failure
    assert states(tracer, "lines") == ["well"]
    assert states(tracer, "backups") == ["well"]
    for record in rows.campaign()["canaries.csv"]:
        assert record["recipient_name"] not in text
        assert record["phone"][:13] not in text


def test_what_is_missing_is_said(tracer):
    assert states(tracer, "lines") == ["notice"]
    tracer.ok("number", "add", "+442079460016")
    tracer.ok("channel", "add", "merchant", "兰亭旗舰店")
    tracer.ok("canary", "issue", "--for", "merchant-1")
    ((state, says, advice), _) = found(tracer, "lines")[::-1]
    assert state == "notice"
    assert "control" in says
    assert "tracer canary issue --control" in advice
    assert states(tracer, "backups") == ["notice"]


def test_a_key_that_others_may_read(tracer):
    tracer.ok("channel", "add", "merchant", "兰亭旗舰店")
    key = tracer.home / "tracer.key"
    key.chmod(0o644)
    ((state, _, advice),) = found(tracer, "key", 1)
    assert state == "wrong"
    assert advice == f"chmod 600 {key}"


def test_a_key_that_is_lost_leaves_out_what_needs_the_database(tracer):
    tracer.ok("channel", "add", "merchant", "兰亭旗舰店")
    (tracer.home / "tracer.key").unlink()
    ran = tracer("doctor")
    assert ran.code == 1
    assert [line[:6] for line in ran.out.splitlines() if not line.startswith(" ")] == ["notice", "WRONG ", "well  "]
    assert "backup" not in ran.out.splitlines()[-1]


def test_a_key_that_is_no_key(tracer):
    tracer.ok("channel", "add", "merchant", "兰亭旗舰店")
    (tracer.home / "tracer.key").write_text("not a key\n")
    assert states(tracer, "key", 1) == ["wrong"]


def test_a_database_that_was_set_back(tracer):
    tracer.database_url = ""
    tracer.ok("channel", "add", "merchant", "兰亭旗舰店")
    shutil.copy(tracer.home / "tracer.db", tracer.home / "before.db")
    tracer.ok("channel", "add", "merchant", "花间美妆")
    for path in tracer.home.glob("tracer.db*"):
        path.unlink()
    shutil.copy(tracer.home / "before.db", tracer.home / "tracer.db")
    ((state, says, _),) = found(tracer, "ledger", 1)
    assert state == "wrong"
    assert "set back" in says or "does not continue" in says


def test_a_time_authority_is_asked(tracer, tmp_path):
    tracer.ok("channel", "add", "merchant", "兰亭旗舰店")
    with authority(tmp_path, "good") as running:
        roots = running.roots
        (tracer.home / "tracer.toml").write_text(
            f'outbound_allow = ["127.0.0.0/8"]\ntime_authorities = [{{ url = "{running.url}", roots = "{roots}" }}]\n'
        )
        assert states(tracer, "authority")[0] == "well"
    ((state, says, _),) = found(tracer, "authority", 1)
    assert state == "wrong"
    assert "127.0.0.1" in says


@pytest.mark.parametrize("minutes", [5, 15])
def test_a_job_that_nobody_takes_up(make_app, tmp_path, minutes):
    app = make_app(f"sqlite:///{tmp_path / 'home' / 'tracer.db'}")
    with app.writing() as work:
        queue_job(work, JobKind.REFRESH, "owner", {}, app.rng)
        work.commit()
    later: datetime = app.clock() + timedelta(minutes=minutes)
    app.clock = lambda: later
    finding, recurring = look(app)
    assert finding.state.value == ("well" if minutes == 5 else "notice")
    assert recurring.says == "Nobody runs the recurring jobs: none has run yet."


def test_recurring_jobs_that_fail_or_that_nobody_runs(make_app, tmp_path):
    def fail(_app):
        raise OutboundFailed("127.0.0.1:9 refused the connection")

    app = make_app(f"sqlite:///{tmp_path / 'home' / 'tracer.db'}")
    job = RecurringJob("tidy", "a job of this test", simply(fail))
    with app.writing() as work:
        begin_rows(work, [job.planned(app)], app.zone)
        work.commit()
    for _ in range(FAILING_AFTER):
        run_now(app, job, Worker("me"))
    _, recurring, *late, failing = look(app)
    assert late == []
    assert recurring.state.value == "well"
    assert failing.state.value == "wrong"
    assert "tidy fails" in failing.says
    assert "refused the connection" in failing.says


def test_single_jobs_that_are_paused_or_late_though_others_are_run(make_app, tmp_path):
    app = make_app(f"sqlite:///{tmp_path / 'home' / 'tracer.db'}")
    app.__dict__["zone"] = UTC
    with app.writing() as work:
        begin_rows(work, planned_jobs(app), app.zone)
        work.commit()
    for name in ("seal", "tidy", "quarantine"):
        assert run_due(app, RECURRING[name], Worker("me")) is not None
    with app.writing() as work:
        pause_job(work, RECURRING["quarantine"].planned(app), app.zone)
        work.commit()
    assert [one.says for one in look(app)][2:] == ["Paused: quarantine."]
    later = app.clock() + timedelta(days=2, hours=2)
    app.clock = lambda: later
    assert run_due(app, RECURRING["seal"], Worker("me")) is not None
    assert [one.says for one in look(app)][1:] == [
        "The recurring jobs are run.",
        "Paused: quarantine.",
        "Not run in their time: tidy backup.",
    ]
    earlier = later - timedelta(days=30)
    app.clock = lambda: earlier
    assert "none has run yet" in [one.says for one in look(app)][1], "a clock that ran ahead speaks for nobody"


def test_places_that_take_no_notifications(make_app, tmp_path):
    app = make_app(f"sqlite:///{tmp_path / 'home' / 'tracer.db'}")
    service, clock = told_by(app)
    owner = access.person(app)
    fine, down = (target_of(app, owner.user_id, f"json://127.0.0.1:9/{name}") for name in ("fine", "down"))
    service.down.add("json://127.0.0.1:9/down")
    registry.log(app, nature="scam")
    tell(app)
    assert [one.state.value for one in notifications.look(app)] == ["well"], "it may be back in a minute"
    clock.go_on(hours=2)
    (finding,) = notifications.look(app)
    assert finding.says == f"They take nothing at present: {down.target_id}."
    while stored(app, down).off is None:
        tell(app)
        clock.go_on(hours=6)
    (finding,) = notifications.look(app)
    assert (finding.state.value, down.target_id in finding.says) == ("notice", True)
    assert "Switched off" in finding.says
    assert fine.target_id not in finding.says


def test_what_the_system_refuses_is_a_finding(make_app, tmp_path, monkeypatch):
    def look_at_what_is_gone(_app):
        yield from (tmp_path / "gone").iterdir()

    app = make_app(f"sqlite:///{tmp_path / 'home' / 'tracer.db'}")
    monkeypatch.setattr(checkup, "CHECKS", {"disk": look_at_what_is_gone})
    (finding,) = checkup.examine(app)
    assert (finding.check, finding.state.value) == ("disk", "wrong")
    assert "gone" in finding.says
