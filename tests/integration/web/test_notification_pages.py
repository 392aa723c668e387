"""The page of notifications: add with help, test, see how each does, change, remove; one's own only."""

import re

import pytest

from tests.factories import registry
from tests.factories.reports import written
from tests.receiver import receiving
from tracer.scheduler.deliver import deliver

PAGE = "/account/notifications"
SECRET = "not-to-be-seen-again"


@pytest.fixture
def app(tmp_path, make_app, monkeypatch):
    monkeypatch.setenv("TRACER_OUTBOUND_ALLOW", '["127.0.0.1"]')
    return make_app(f"sqlite:///{tmp_path / 'home' / 'tracer.db'}")


@pytest.fixture
def receiver():
    with receiving() as found:
        yield found


def add(who, receiver, **more):
    url = f"json://me:{SECRET}@127.0.0.1:{receiver.port}/{SECRET}"
    return who.send(PAGE, {"url": url, "name": "phone", "events": ["call", "job_failing"], **more})


def only(app):
    with app.reading() as work:
        (target,) = work.notify_targets.all()
    return target


def test_everybody_has_the_page_and_their_own_places(app, operator, auditor, outsider, receiver):
    assert outsider.get(PAGE).status_code == 303
    assert "You are told nothing yet." in written(auditor.get(PAGE))
    assert add(operator, receiver).headers["location"] == f"{PAGE}?done=target-added"
    assert "phone" not in written(auditor.get(PAGE))
    where = f"{PAGE}/{only(app).target_id}"
    for act in ("test", "off", "remove", "change"):
        assert auditor.send(where, {"act": act, "name": "x", "events": "call"}).status_code == 404
    assert operator.http.post(where, data={"act": "remove"}).status_code == 403, "without the page's token"


def test_a_test_says_what_happened_and_the_address_is_not_shown(app, owner, receiver):
    assert add(owner, receiver, quiet_begin="22", quiet_end="7", zone="+08:00").status_code == 303
    target = only(app)
    assert sorted(target.wishes.events) == ["call", "job_failing"]
    assert (target.wishes.quiet_begin, target.wishes.quiet_end) == (22, 7)
    where = f"{PAGE}/{target.target_id}"
    done = owner.send(where, {"act": "test"}).headers["location"]
    assert "The service took the test message." in written(owner.get(done))
    receiver.status = 403
    said = written(owner.send(where, {"act": "test"}))
    assert "The service answered 403: the address or a secret in it is not right." in said
    page = owner.get(PAGE)
    assert "Last error:" in written(page)
    assert SECRET not in page.text
    assert f"json · 127.0.0.1:{receiver.port}" in written(page)
    chinese = written(owner.get(PAGE, headers={"Accept-Language": "zh-CN"}))
    assert "对方服务返回 403：地址或其中的密钥不对。" in chinese
    assert not re.search(r"The service|Last error", chinese)


def test_changed_switched_off_and_on_and_removed(app, owner, receiver):
    add(owner, receiver)
    where = f"{PAGE}/{only(app).target_id}"
    wishes = {
        "name": "tablet",
        "events": ["call"],
        "rhythm": "weekly",
        "hour": "6",
        "weekday": "2",
        "zone": "Asia/Shanghai",
    }
    assert owner.send(where, {"act": "change", **wishes}).status_code == 303
    changed = only(app)
    assert (changed.wishes.name, changed.wishes.rhythm, changed.digest_at.weekday()) == ("tablet", "weekly", 2)
    refused = owner.send(where, {"act": "change", **wishes, "zone": "Mars/Olympus"})
    assert refused.status_code == 422
    assert 'value="Mars/Olympus"' in refused.text, "what was typed is there"
    assert only(app).wishes == changed.wishes
    owner.send(where, {"act": "off"})
    assert "switched off" in written(owner.get(PAGE))
    owner.send(where, {"act": "on"})
    assert only(app).off is None
    owner.send(where, {"act": "remove"})
    assert "You are told nothing yet." in written(owner.get(PAGE))


def test_a_form_that_is_refused_is_shown_as_it_was_sent(app, owner):
    answer = owner.send(PAGE, {"url": "syslog://somewhere", "name": "phone", "events": ["held"], "hour": "8"})
    assert answer.status_code == 422
    assert "This is not the address of a service that may be used here." in written(answer)
    assert 'value="syslog://somewhere"' in answer.text
    assert re.search(r'name="events" value="held" checked', answer.text)
    assert not re.search(r'name="events" value="call" checked', answer.text)


def test_what_was_told_is_listed(app, owner, receiver):
    add(owner, receiver)
    call = registry.log(app, nature="scam", heard_name="张小梦")
    assert call.call_id in written(owner.get(PAGE))
    assert deliver(app) == 1
    said = written(owner.get(PAGE))
    assert "sent" in said
    assert "张小梦" not in said
