"""No sentence that the engine makes for a stored report, a plan or the API names a natural person."""

import json

import pytest

from tests.factories.access import set_clock
from tests.factories.registry import add_channel, issue, log, own_number, place
from tests.factories.reports import PERSON
from tracer.domain.job import JobKind
from tracer.domain.report import report_object
from tracer.http.heavy import plan_task, report_task
from tracer.scheduler.run_jobs import run_one
from tracer.services.jobs.queue_job import queue_job
from tracer.services.reports.build_report import build_report
from tracer.services.reports.find_report import find_report, read_report

ASKED = {"as_of": "", "orders": 6, "budget": None, "most_per_shop": 3, "batch": 10, "watch_days": 30.0}


@pytest.fixture
def app(make_app, tmp_path):
    """A shop and a courier, a person, always seen together: a group, whose sentences name both."""
    (tmp_path / "home").mkdir()
    app = make_app(f"sqlite:///{tmp_path / 'home' / 'tracer.db'}")
    (tmp_path / "home" / "channels.toml").write_text(
        "[sampling]\nchains = 2\nwarmup = 30\ndraws = 40\nmost_draws = 40\n"
    )
    shop = add_channel(app)
    person = add_channel(app, "courier", PERSON, natural_person="yes")
    own_number(app)
    names = []
    for canary in issue(app, shop, count=3):
        place(app, canary.canary_id, shop, person, order_no="20261101-7788")
        names.append((canary.canary_id, canary.recipient_name))
    set_clock(app, days=10)
    for canary_id, name in names:
        for day in (24, 26):
            log(app, canary_id=canary_id, received_at=f"2026-11-{day}T10:00:00+08:00", nature="scam",
                known_fields="name phone address waybill_no", heard_name=name)  # fmt: skip
    return app


def test_persons_are_hidden_unless_they_are_to_be_named(app):
    with app.writing() as work:
        queue_job(work, JobKind.REPORT, "tester", {"as_of": "", "tag": ""}, app.fresh_rng())
        work.commit()
    assert run_one(app, "tester")
    with app.reading() as work:
        job = find_report(work).shown
        assert job is not None
        assert PERSON not in json.dumps(read_report(work, job).report, ensure_ascii=False)
        named = build_report(work, app.model, app.clock(), with_sensitivity=False)
    assert PERSON in json.dumps(report_object(named), ensure_ascii=False)
    asked = {**ASKED, "costs": {"control": 900.0}}
    assert PERSON in json.dumps(plan_task(app, asked, True), ensure_ascii=False)
    assert PERSON not in json.dumps(plan_task(app, asked), ensure_ascii=False)
    assert PERSON not in json.dumps(report_task(app, "", ""), ensure_ascii=False)
