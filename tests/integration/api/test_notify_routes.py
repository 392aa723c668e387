"""Notifications over HTTP: one's own and no other's, and the address is never given out again."""

from contextlib import ExitStack

import pytest

from tests.factories import access, registry
from tests.receiver import receiving
from tests.serving import client, serving
from tests.storage_dump import dump
from tracer.domain.access import Principal, Scope
from tracer.scheduler.deliver import deliver
from tracer.services.access.manage_keys import make_key
from tracer.services.notices.manage_targets import change_target

V1 = "/api/v1"
PLACE = f"{V1}/notification-targets"
SECRET = "not-to-be-seen-again"

BAD = (
    {"url": f"syslog://{SECRET}"},
    {"url": f"json://example.org/{SECRET}?verify=no"},
    {"url": "json://example.org", "zone": "Mars/Olympus"},
    {"url": "json://example.org", "quiet": [22]},
    {"url": "json://example.org", "language": "tlh"},
    {"url": "json://example.org", "events": ["everything"]},
    {"url": "json://example.org", "hour": 24},
)


@pytest.fixture
def cast(make_app, database_url, monkeypatch):
    """A served registry, a receiver, and two people with keys of their own."""
    monkeypatch.setenv("TRACER_OUTBOUND_ALLOW", '["127.0.0.1"]')
    monkeypatch.setenv("TRACER_PUBLIC_URL", "https://tracer.example.org/")
    app = make_app(database_url)
    with ExitStack() as stack:
        address, receiver = stack.enter_context(serving(app)), stack.enter_context(receiving())

        def person(login, role):
            user = access.person(app, login, role)
            principal = Principal(user.user_id, frozenset(Scope), user.user_id)
            scopes = [Scope.NOTIFY.value, Scope.READ_CALLS.value]
            text, _ = access.do(app, make_key, "k", scopes, None, principal)
            return stack.enter_context(client(address, text))

        yield app, receiver, person("owner-person", "owner"), person("wenjing", "operator")


def test_a_key_has_told_no_more_than_it_may_see(cast):
    """Else a key that may only say where its user is told of things could have everything sent to its own address."""
    app, receiver, mine, _ = cast
    url = f"json://127.0.0.1:{receiver.port}/"
    made = mine.post(PLACE, json={"url": url})
    assert made.json()["events"] == ["call", "control_rung"], "of all that its user may hear"
    where = made.headers["location"]
    for asked in ({"reveal": True}, {"events": ["call", "channel_implicated"]}):
        for refused in (mine.post(PLACE, json={"url": url, **asked}), mine.patch(where, json=asked)):
            assert refused.status_code == 409
            assert "this one may not see" in refused.json()["detail"]
    with app.writing() as work:  # as the owner set it up in a browser
        change_target(work, made.json()["target_id"], None, {"reveal": True})
        work.commit()
    assert mine.patch(where, json={"url": url + "elsewhere"}).status_code == 409
    assert mine.patch(where, json={"hour": 7, "on": False}).status_code == 200


def test_added_tested_told_changed_removed(cast, database_url):
    app, receiver, mine, other = cast
    url = f"json://me:{SECRET}@127.0.0.1:{receiver.port}/{SECRET}"
    given = {"url": url, "name": "phone", "language": "zh_Hans", "quiet": []}
    answer = mine.post(PLACE, json=given, headers={"Idempotency-Key": "one"})
    assert answer.status_code == 201
    target = answer.json()
    assert mine.post(PLACE, json=given, headers={"Idempotency-Key": "one"}).json() == target, "once"
    assert (target["service"], target["host"], target["off"]) == ("json", f"127.0.0.1:{receiver.port}", None)
    where = answer.headers["location"]
    assert mine.post(f"{where}/test").json() == {"target_id": target["target_id"], "sent": True, "error": ""}
    call = registry.log(app, nature="scam", heard_name="张小梦")
    assert deliver(app) == 1
    told = receiver.got[-1][1].decode("unicode-escape")
    assert f"https://tracer.example.org/calls/{call.call_id}" in told
    assert [one["state"] for one in mine.get(f"{V1}/notices").json()["items"]] == ["sent"]
    changed = mine.patch(where, json={"rhythm": "daily", "hour": 7, "on": False}).json()
    assert (changed["rhythm"], changed["off"], changed["digest_at"][11:13]) == ("daily", "owner", "07")
    receiver.status = 500
    assert mine.post(f"{where}/test").json()["error"] == "status 500"
    listed = mine.get(PLACE)
    assert listed.json()["items"][0]["last_error"] == "status 500"
    assert SECRET not in answer.text + listed.text + mine.get(f"{V1}/notices").text
    assert SECRET not in repr(dump(database_url))
    # another person
    assert other.get(PLACE).json()["items"] == []
    assert other.get(f"{V1}/notices").json()["items"] == []
    for refused in (other.patch(where, json={"hour": 1}), other.delete(where), other.post(f"{where}/test")):
        assert refused.status_code == 404
    assert mine.delete(where).status_code == 204
    assert mine.get(PLACE).json()["items"] == []


def test_bad_wishes_are_refused(cast):
    _, _, mine, _ = cast
    for bad in BAD:
        answer = mine.post(PLACE, json=bad)
        assert answer.status_code == 422, bad
        assert SECRET not in answer.text
    assert mine.get(PLACE).json()["items"] == []


def test_a_key_that_nobody_stands_behind_has_no_notifications(house):
    asker = house.with_scopes(Scope.NOTIFY)
    assert asker.get(PLACE).json()["items"] == asker.get(f"{V1}/notices").json()["items"] == []
    answer = asker.post(PLACE, json={"url": "ntfys://ntfy.sh/topic"})
    assert answer.status_code == 409
    assert "no user stands behind it" in answer.json()["detail"]
