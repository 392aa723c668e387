"""Calls over HTTP: logged once, shown to those who may see them, corrected, undone, merged."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.factories import registry

CALLS = "/api/v1/calls"


@pytest.fixture
def canary(app):
    merchant = registry.add_channel(app)
    registry.own_number(app)
    (made,) = registry.issue(app, merchant)
    return made


def said(canary, **more):
    return {"dialled_number": canary.phone.text, "heard_name": canary.recipient_name, "known_fields": "name", **more}


def test_a_call_is_logged_and_found_again(owner, canary):
    made = owner.post(CALLS, json=said(canary))
    assert made.status_code == 201
    call = made.json()
    assert made.headers["location"] == f"{CALLS}/{call['call_id']}"
    shown = owner.get(made.headers["location"]).json()
    assert shown["heard_name"] == canary.recipient_name
    assert [fact["event"] for fact in shown["history"]] == ["call_logged"]
    assert [one["call_id"] for one in owner.get(CALLS).json()["items"]] == [call["call_id"]]


def test_the_same_key_logs_once_and_answers_the_same(owner, canary):
    answers = [owner.post(CALLS, json=said(canary), headers={"Idempotency-Key": "k1"}) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [201] * 3
    assert answers[0].content == answers[1].content == answers[2].content
    assert [answer.headers.get("idempotency-replayed") for answer in answers] == [None, "true", "true"]
    assert answers[1].headers["location"] == answers[0].headers["location"]
    assert len(owner.get(CALLS).json()["items"]) == 1


def test_another_body_under_the_same_key_is_refused(owner, canary):
    owner.post(CALLS, json=said(canary), headers={"Idempotency-Key": "k1"})
    answer = owner.post(CALLS, json=said(canary, script="threat"), headers={"Idempotency-Key": "k1"})
    assert answer.status_code == 422
    assert answer.json()["type"] == "/docs#idempotency-key-reused"
    assert len(owner.get(CALLS).json()["items"]) == 1


def test_a_refused_request_leaves_its_key_free(owner, canary):
    assert owner.post(CALLS, json=said(canary, nature="?"), headers={"Idempotency-Key": "k1"}).status_code == 422
    assert owner.post(CALLS, json=said(canary), headers={"Idempotency-Key": "k1"}).status_code == 201


def test_keys_of_two_principals_do_not_meet(owner, operator, canary):
    for who in (owner, operator):
        assert who.post(CALLS, json=said(canary), headers={"Idempotency-Key": "k1"}).status_code == 201
    assert len(owner.get(CALLS).json()["items"]) == 2


def test_many_at_once_with_one_key_log_one_call(owner, canary):
    def send(_):
        return owner.post(CALLS, json=said(canary), headers={"Idempotency-Key": "k1"}).status_code

    with ThreadPoolExecutor(8) as threads:
        found = list(threads.map(send, range(16)))
    assert set(found) <= {201, 409}
    assert 201 in found
    assert len(owner.get(CALLS).json()["items"]) == 1


def test_an_intake_key_posts_and_reads_nothing(intake, owner, canary):
    made = intake.post(CALLS, json=said(canary))
    assert made.status_code == 201
    told = made.json()
    assert (told["heard_name"], told["dialled_number"]) == (None, None)
    for address in (CALLS, f"{CALLS}/{told['call_id']}", "/api/v1/canaries", "/api/v1/report", "/api/v1/journal"):
        assert intake.get(address).status_code == 403
    assert owner.get(f"{CALLS}/{told['call_id']}").json()["heard_name"] == canary.recipient_name


def test_a_refusal_tells_an_intake_key_nothing_of_the_pool(intake, canary):
    near = canary.phone.number[:-1] + "9"
    answer = intake.post(CALLS, json={"dialled_number": near})
    assert answer.status_code == 422
    assert canary.phone.number not in answer.text
    assert near not in answer.text


def test_several_names_are_identified_at_once(operator, canary):
    questions = [{"heard": canary.recipient_name}, {"heard": canary.recipient_name, "dialled": "+447700900999"}]
    first, elsewhere = operator.post("/api/v1/identify/batch", json={"heard": questions}).json()
    assert first["verdict"] == canary.canary_id
    assert elsewhere == {"candidates": [], "not_ours": 1.0, "verdict": None}
    assert operator.post("/api/v1/identify/batch", json={"heard": []}).status_code == 422
