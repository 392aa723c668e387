"""What came in by itself over HTTP: sources, what waits, trying again, dismissing."""

import pytest

from tracer.domain.incoming import Incoming, Unreadable
from tracer.services.incoming.take_in import take_in

V1 = "/api/v1"


@pytest.fixture
def database_url(tmp_path):
    """One database is enough: what is stored, tests of the services tell."""
    return f"sqlite:///{tmp_path / 'home' / 'tracer.db'}"


@pytest.fixture
def filled(app):
    with app.writing("hook:twilio") as work:
        items = [
            Incoming("twilio", "CA1", record={"dialled_number": "+447700900456"}, extra={"verstat": "TN-A"}),
            Incoming("twilio", "CA2", record={"received_at": "soon"}),
            Unreadable("asterisk", "line 7", "<xml", "not XML"),
        ]
        take_in(work, items, app.rng)
        work.commit()


def test_sources_say_how_they_come_and_how_many(filled, owner):
    found = {one["source"]: one for one in owner.get(f"{V1}/intake/sources").json()["items"]}
    assert found["webhook"]["hook"].endswith("/hooks/webhook")
    assert not found["webhook"]["is_set_up"]
    assert found["csv"]["reads_files"]
    assert (found["twilio"]["taken"], found["twilio"]["held"], found["twilio"]["left_out"]) == (1, 1, 1)


def test_what_waits_in_pages_and_by_source(filled, owner):
    first = owner.get(f"{V1}/intake", params={"limit": 2}).json()
    rest = owner.get(f"{V1}/intake", params={"limit": 2, "cursor": first["next_cursor"]}).json()
    assert len(first["items"]) + len(rest["items"]) == 3
    (one,) = owner.get(f"{V1}/intake", params={"source": "asterisk"}).json()["items"]
    assert (one["unread"], one["reason"], one["place"]) == ("<xml", "not XML", "line 7")
    assert owner.get(f"{V1}/intake/{one['delivery_id']}").json() == one


def test_what_was_said_is_hidden_from_whoever_may_not_see_it(filled, analyst, operator):
    items = analyst.get(f"{V1}/intake").json()["items"]
    assert {one["reason"] for one in items} == {None}
    one = items[0]["delivery_id"]
    assert analyst.get(f"{V1}/intake/{one}").json()["told"] is None
    assert operator.get(f"{V1}/intake/{one}").json()["reason"]
    call_id = next(one["call_id"] for one in items if one["call_id"])
    assert analyst.get(f"{V1}/calls/{call_id}").json()["deliveries"][0]["extra"] is None
    assert operator.get(f"{V1}/calls/{call_id}").json()["deliveries"][0]["extra"] == {"verstat": "TN-A"}


def test_what_does_not_hold_yet_stands_in_nobodys_way(filled, owner, monkeypatch):
    monkeypatch.setattr("tracer.api.routes.intake.MOST_AT_ONCE", 1)
    after, tried = "", []
    while True:
        done = owner.post(f"{V1}/intake/rerun", json={"after": after}).json()
        tried.append(after := done["last"])
        if not done["left"]:
            break
    assert tried == sorted(one["delivery_id"] for one in owner.get(f"{V1}/intake").json()["items"])


def test_trying_again_and_dismissing(filled, owner, operator):
    owner.post(f"{V1}/numbers", json={"number": "+447700900456", "kind": "sim"})
    headers = {"Idempotency-Key": "once"}
    for _ in range(2):
        done = operator.post(f"{V1}/intake/rerun", json={"fault": "unknown_number"}, headers=headers).json()
        assert (done["mended"], done["waiting"], done["left"]) == (1, 0, 0)
    ids = [one["delivery_id"] for one in owner.get(f"{V1}/intake").json()["items"]]
    assert operator.post(f"{V1}/intake/dismiss", json={"ids": ids, "erase": True}).status_code == 403
    assert owner.post(f"{V1}/intake/dismiss", json={"ids": ids, "erase": True}).json() == {"dismissed": 2}
    assert owner.get(f"{V1}/intake").json()["items"] == []
    gone = owner.get(f"{V1}/intake", params={"dismissed": True}).json()["items"]
    assert {(one["state"], one["erased"], one["unread"]) for one in gone} == {("dismissed", True, "")}
    assert owner.post(f"{V1}/intake/rerun", json={"fault": "no such"}).status_code == 422
    assert owner.post(f"{V1}/intake/rerun", json={"ids": ["d-nowhere"]}).status_code == 422
