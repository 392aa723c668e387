"""The recurring jobs over HTTP: listed, asked for, paused; and told to a monitoring system."""

import pytest

from tests.factories import access
from tests.factories.incoming import taken
from tests.factories.notices import target_of, told_by
from tests.serving import client, key_with
from tracer.domain.access import Scope
from tracer.domain.incoming import Unreadable
from tracer.scheduler.recurring.jobs import RECURRING
from tracer.scheduler.run_recurring import Worker, run_due

PATH = "/api/v1/recurring-jobs"


def standing(owner, name):
    return next(one for one in owner.get(PATH).json()["items"] if one["job"] == name)


def test_they_are_listed_before_any_worker_was_there(owner):
    listed = owner.get(PATH).json()["items"]
    assert [one["job"] for one in listed] == list(RECURRING)
    tidy = standing(owner, "tidy")
    assert (tidy["every"], tidy["state"], tidy["result"], tidy["runs"]) == ("1h", "waiting", None, 0)
    assert tidy["next_run"] is not None
    assert standing(owner, "stamp")["needless"] == "no time-stamp authority is configured"


def test_one_is_asked_for_and_a_worker_does_it(owner, app):
    asked = owner.post(f"{PATH}/backup/run", headers={"Idempotency-Key": "once"})
    assert (asked.status_code, asked.json()["state"]) == (202, "asked")
    assert run_due(app, RECURRING["backup"], Worker("me")) is not None
    again = owner.post(f"{PATH}/backup/run", headers={"Idempotency-Key": "once"})
    assert again.headers["Idempotency-Replayed"] == "true"
    backup = standing(owner, "backup")
    assert (backup["state"], backup["result"], backup["runs"]) == ("waiting", "ok", 1)
    assert [one["event"] for one in owner.get("/api/v1/journal").json()["items"]].count("recurring_job_asked") == 1


def test_one_is_paused_and_resumed(owner, app):
    assert owner.post(f"{PATH}/tidy/pause").json()["state"] == "paused"
    assert run_due(app, RECURRING["tidy"], Worker("me")) is None
    assert owner.post(f"{PATH}/tidy/resume").json()["state"] == "waiting"
    assert run_due(app, RECURRING["tidy"], Worker("me")) is not None


@pytest.mark.parametrize("step", ["run", "pause", "resume"])
def test_an_unknown_one_is_refused(owner, step):
    answer = owner.post(f"{PATH}/nix/{step}")
    assert answer.status_code == 404
    assert "there is no recurring job" in answer.json()["detail"]


def test_steering_is_a_scope_of_its_own(address, app):
    with client(address, key_with(app, Scope.BACK_UP)) as keeper:
        assert keeper.get(PATH).status_code == 200
        assert keeper.post(f"{PATH}/tidy/pause").status_code == 403
    with client(address, key_with(app, Scope.MANAGE_JOBS)) as keeper:
        assert keeper.post(f"{PATH}/tidy/pause").status_code == 200


def test_metrics_tell_runs_failures_and_the_last_success(owner, app):
    run_due(app, RECURRING["tidy"], Worker("me"))  # no row yet: nothing is run
    owner.post(f"{PATH}/tidy/run")
    run_due(app, RECURRING["tidy"], Worker("me"))
    text = owner.get("/metrics").text
    assert 'tracer_recurring_job_runs_total{job="tidy"} 1.0' in text
    assert 'tracer_recurring_job_failures_total{job="tidy"} 0.0' in text
    assert 'tracer_recurring_job_seconds_since_success{job="tidy"} 0.0' in text


def gauges(owner):
    lines = (line.rsplit(" ", 1) for line in owner.get("/metrics").text.splitlines() if not line.startswith("#"))
    return {name: float(value) for name, value in lines}


def test_metrics_tell_what_waits(owner, app):
    before = gauges(owner)
    assert (before['tracer_jobs{state="queued"}'], before["tracer_messages_held"]) == (0, 0)
    told_by(app)
    target_of(app, access.person(app, "second-owner", "owner").user_id)
    taken(app, Unreadable("twilio", "what no one can read", "a line", "nothing that is known"))
    assert owner.post("/api/v1/jobs", json={"kind": "refresh"}).status_code == 202
    after = gauges(owner)
    assert (after['tracer_jobs{state="queued"}'], after['tracer_jobs{state="running"}']) == (1, 0)
    assert after["tracer_messages_held"] == 1
    assert after["tracer_notices_waiting"] == before["tracer_notices_waiting"] + 1
    assert after["tracer_facts_unsealed"] > before["tracer_facts_unsealed"] > 0
