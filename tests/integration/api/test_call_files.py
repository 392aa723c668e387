"""Files of a call over HTTP: sent as they are or by a form, once, limited; handed out to those who see calls."""

from hashlib import sha256

import pytest

from tests.factories import registry
from tests.refusals import is_problem
from tracer.domain.access import Role, Scope
from tracer.services.calls.log_call import AttachedFile

V1 = "/api/v1"
SOUND = b"\x00 planted-sound \xff"
RAW = {"Content-Type": "application/octet-stream", "Content-Disposition": "attachment; filename*=UTF-8''%E5%A3%B0.ogg"}


@pytest.fixture
def call(house):
    return registry.log(house.app, heard_name="x").call_id


@pytest.fixture
def place(call):
    return f"{V1}/calls/{call}/attachments"


def files_of(client, call):
    return client.get(f"{V1}/calls/{call}").json()["attachments"]


def test_a_file_sent_as_it_is_comes_back_as_it_was(house, call, place):
    operator = house.as_role(Role.OPERATOR)
    made = operator.post(place, content=SOUND, headers=RAW)
    assert made.status_code == 201
    (told,) = made.json()
    key = told["attachment_id"]
    said = {"attachment_id": key, "size": len(SOUND), "sha256": sha256(SOUND).hexdigest(), "kept": True}
    assert told == {**said, "added": True}
    assert files_of(operator, call) == [{**said, "file_name": "声.ogg"}]
    got = operator.get(f"{place}/{key}")
    assert (got.status_code, got.content) == (200, SOUND)
    assert got.headers["content-disposition"] == "attachment; filename*=UTF-8''%E5%A3%B0.ogg"
    assert got.headers["content-type"] == "application/octet-stream"
    assert got.headers["x-content-type-options"] == "nosniff"
    assert (house.facts("file_attached")[-1][1], house.facts("attachment_fetched")[-1][1]) == (call, call)


def test_a_form_brings_several_and_the_same_again_changes_nothing(house, call, place):
    owner = house.as_role(Role.OWNER)
    form = [("file", ("a.ogg", b"one")), ("file", ("../b.png", b"two"))]
    first = owner.post(place, files=form, headers={"Idempotency-Key": "files-1"})
    assert (first.status_code, [one["added"] for one in first.json()]) == (201, [True, True])
    replayed = owner.post(place, files=form, headers={"Idempotency-Key": "files-1"})  # with another boundary
    assert (replayed.json(), replayed.headers["idempotency-replayed"]) == (first.json(), "true")
    again = owner.post(place, files=form)
    assert (again.status_code, [one["added"] for one in again.json()]) == (200, [False, False])
    assert [file["file_name"] for file in files_of(owner, call)] == ["a.ogg", "b.png"]


def test_a_file_whose_hash_was_noted_with_the_call_is_kept_when_it_comes(house):
    owner = house.as_role(Role.OWNER)
    noted = {"file_name": "a.ogg", "size": len(SOUND), "sha256": sha256(SOUND).hexdigest()}
    call = owner.post(f"{V1}/calls", json={"heard_name": "x", "attachments": [noted]}).json()["call_id"]
    (file,) = files_of(owner, call)
    place = f"{V1}/calls/{call}/attachments"
    assert file["kept"] is False
    is_problem(owner.get(f"{place}/{file['attachment_id']}"), 404, 422)
    assert owner.post(place, content=SOUND, headers=RAW).status_code == 200
    assert files_of(owner, call) == [{**file, "kept": True}]
    assert owner.get(f"{place}/{file['attachment_id']}").content == SOUND


def test_an_intake_key_adds_files_and_reads_none(house, call, place):
    intake = house.with_scopes(Scope.LOG_CALLS)
    made = intake.post(place, content=SOUND, headers=RAW)
    assert made.status_code == 201
    assert "声" not in made.text
    assert intake.get(f"{place}/{made.json()[0]['attachment_id']}").status_code == 403


def test_who_sees_calls_without_identities_gets_no_file(house, call, place):
    key = house.as_role(Role.OWNER).post(place, content=SOUND, headers=RAW).json()[0]["attachment_id"]
    analyst = house.as_role(Role.ANALYST)
    before = house.facts("attachment_fetched")
    is_problem(analyst.get(f"{place}/{key}"), 403)
    is_problem(analyst.post(place, content=SOUND, headers=RAW), 403)
    assert files_of(analyst, call)[0]["file_name"] is None
    assert house.facts("attachment_fetched") == before


def test_what_is_no_file_is_refused(house, call, place):
    owner = house.as_role(Role.OWNER)
    is_problem(owner.post(place), 422)
    is_problem(owner.post(place, json={"file": "x"}), 415)
    is_problem(owner.post(place, files=[("other", ("a.ogg", b"x"))]), 422)
    assert "empty" in is_problem(owner.post(place, files=[("file", ("a.ogg", b""))]), 422)["detail"]
    is_problem(owner.post(place, content=b"x", headers={"Content-Type": "multipart/form-data"}), 400)
    is_problem(owner.post(f"{V1}/calls/c-none/attachments", content=b"x", headers=RAW), 404)
    assert files_of(owner, call) == []


def test_files_too_large_are_refused_with_their_limit(house, call, place):
    owner = house.as_role(Role.OWNER)
    megabytes = house.app.settings.attachment_megabytes
    large = bytes((megabytes << 20) + 1)
    answer = is_problem(owner.post(place, content=large, headers=RAW), 422)
    assert f"at most {megabytes} MB together" in answer["detail"]
    is_problem(owner.post(place, content=bytes(2 * len(large) + (1 << 20)), headers=RAW), 413)
    assert files_of(owner, call) == []


def test_files_of_other_calls_are_not_found_here(house, call, place):
    owner = house.as_role(Role.OWNER)
    registry.log(house.app, AttachedFile("n.ogg", 1, "0" * 64), heard_name="y")
    key = owner.post(place, content=SOUND, headers=RAW).json()[0]["attachment_id"]
    other = registry.log(house.app, heard_name="z").call_id
    is_problem(owner.get(f"{V1}/calls/{other}/attachments/{key}"), 404)
