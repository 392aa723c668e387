"""Pages of what came in by itself: what waits and why, trying again, dismissing, and who may see what was said."""

import re

from tracer.domain.incoming import Incoming, Unreadable
from tracer.scheduler.run_jobs import run_one
from tracer.services.incoming.take_in import take_in
from tracer.services.registry.add_number import add_number

CSV = "received_at,caller_number,heard_name\n2026-11-20T10:00:00+08:00,+447700900123,张三\nsoon,,\n"


def fill(app):
    with app.writing("hook:twilio") as work:
        take_in(
            work,
            [
                Incoming("twilio", "CA1", record={"dialled_number": "+447700900456"}, extra={"verstat": "TN-A"}),
                Incoming("twilio", "CA2", record={"received_at": "soon"}, place="line 7"),
                Unreadable("twilio", "", "<periwinkle", "not XML"),
            ],
            app.rng,
        )
        work.commit()


def waiting(app):
    with app.reading() as work:
        return {next(iter(one.faults)).value: one for one in work.deliveries.faulty()}


def test_what_waits_is_shown_and_tried_again(app, browser):
    fill(app)
    owner = browser("owner")
    assert "Messages that came in and wait for you: 2." in owner.get("/").text
    text = owner.get("/intake").text
    assert "not XML" in text
    assert "The number that rang is not in the pool: +447700900456" in text
    assert "line 7" in text
    assert 'href="/intake"' in owner.get("/more").text
    with app.writing() as work:
        add_number(work, {"number": "+447700900456", "kind": "sim"})
        work.commit()
    assert owner.send("/intake/rerun").headers["location"] == "/intake?done=intake-rerun"
    assert set(waiting(app)) == {"refused", "unreadable"}
    left = waiting(app)["unreadable"].delivery_id
    assert owner.send("/intake/dismiss", {"id": left}).status_code == 303
    assert set(waiting(app)) == {"refused"}
    assert owner.send("/intake/dismiss").status_code == 422


def test_a_call_says_who_told_of_it(app, browser):
    fill(app)
    call_id = waiting(app)["unknown_number"].call_id
    text = browser("owner").get(f"/calls/{call_id}").text
    assert "verstat" in text
    assert "CA1" in text
    hidden = browser("analyst").get(f"/calls/{call_id}").text
    assert "twilio" in hidden
    assert not {"verstat", "CA1", "447700900456"} & set(re.findall(r"\w+", hidden))


def test_who_may_not_see_names_sees_no_content_and_an_operator_one_at_a_time(app, browser):
    fill(app)
    one = waiting(app)["unreadable"].delivery_id
    analyst, operator = browser("analyst"), browser("operator")
    for somebody in (analyst, operator):
        assert "not XML" not in somebody.get("/intake").text
    assert "periwinkle" not in analyst.get(f"/intake/{one}").text
    assert "periwinkle" in operator.get(f"/intake/{one}").text
    assert analyst.send("/intake/rerun").status_code == 403
    assert browser("auditor").get("/intake").status_code == 403
    assert browser("").get("/intake").status_code == 303
    assert browser("owner").get("/intake/d-nowhere").status_code == 404
    with app.reading() as work:
        assert [entry.event for entry in work.journal.about(one)] == ["delivery_held", "identity_revealed"]


def test_a_file_of_calls_is_uploaded(app, browser):
    owner = browser("owner")
    page = owner.get("/import").text
    assert "<option>csv</option>" in page
    files = {"bundle": ("export.csv", CSV.encode(), "text/csv")}
    bad = owner.send("/import", {"zone": "Mars"}, files=files)
    assert bad.status_code == 422
    assert "Mars" in bad.text
    job = owner.send("/import", {"zone": "Asia/Shanghai"}, files=files).headers["location"].partition("?")[0]
    assert run_one(app, "me")
    text = owner.get(job).text
    assert "export.csv" in text
    assert "Some of it waits for you." in text
    assert owner.send("/import").status_code == 422


def test_an_export_whose_lines_nobody_named_says_so(app, browser):
    owner = browser("owner")
    content = b"<calls><call number='+447700900123' date='1767558252000' type='3' subscription_id='2'/></calls>"
    job = owner.send("/import", files={"bundle": ("calls.xml", content, "text/xml")}).headers["location"]
    assert run_one(app, "me")
    assert "calls.xml: 1 of its rows were passed over" in owner.get(job.partition("?")[0]).text


def test_in_chinese_the_reasons_are_said_too(app, browser):
    fill(app)
    owner = browser("owner")
    owner.http.cookies.set("tracer_language", "zh_Hans")
    text = owner.get("/intake").text
    assert "响铃的号码不在号码池里：+447700900456" in text
    assert "应为带时区的时间" in text
