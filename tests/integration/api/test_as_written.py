"""Names and numbers in every form that people and programs write: taken or refused, and kept as they came."""

import io
import zipfile

import pytest
from hypothesis import HealthCheck, given, settings

from tests.factories.spoken import names, phones
from tests.house import OWNED, application_at, house_at
from tests.refusals import answered
from tests.serving import client_as, serving
from tracer.domain.access import Role
from tracer.scheduler.run_jobs import run_one

V1 = "/api/v1"
QUICKLY = settings(
    max_examples=40,
    derandomize=True,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@pytest.fixture(scope="module")
def house(tmp_path_factory):
    home = tmp_path_factory.mktemp("house")
    with house_at(home, f"sqlite:///{home / 'tracer.db'}", LOOKUPS_PER_HOUR="1000000") as found:
        yield found


@pytest.fixture(scope="module")
def owner(house):
    return house.as_role(Role.OWNER)


@QUICKLY
@given(name=names(), caller=phones(), line=phones())
def test_what_is_logged_is_read_back(owner, name, caller, line):
    sent = {"heard_name": name, "caller_number": caller, "transcript": name, "notes": name}
    answer = owner.post(f"{V1}/calls", json=sent)
    answered(answer)
    if answer.status_code == 201:
        made = answer.json()
        read = owner.get(answer.headers["location"]).json()
        assert {column: read[column] for column in made} == made
        assert (read["heard_name"], read["transcript"], read["notes"]) == (name, name, name)
    answered(owner.post(f"{V1}/calls", json={**sent, "dialled_number": line}))


@QUICKLY
@given(name=names(), line=phones())
def test_who_is_meant_is_told_or_refused(owner, name, line):
    answered(owner.post(f"{V1}/identify", json={"heard": name}))
    answered(owner.post(f"{V1}/identify", json={"heard": name, "dialled": line, "item": name, "order_no": name}))


@QUICKLY
@given(number=phones(), notes=names())
def test_a_number_is_taken_in_one_form(owner, number, notes):
    answer = owner.post(f"{V1}/numbers", json={"number": number, "kind": "virtual", "notes": notes})
    answered(answer)
    if answer.status_code == 201:
        made = answer.json()
        assert made["notes"] == notes
        assert made["test_line"] is True
        again = owner.post(f"{V1}/numbers", json={"number": made["number"], "kind": "virtual"})
        assert again.status_code == 409


@QUICKLY
@given(name=names())
def test_a_channel_keeps_its_name(owner, name):
    answer = owner.post(f"{V1}/channels", json={"kind": "merchant", "name": name, "contact": name})
    answered(answer)
    if answer.status_code == 201:
        read = owner.get(answer.headers["location"]).json()
        assert (read["name"], read["contact"]) == (name, name)


def test_what_was_taken_is_exported_and_imported_the_same(house, owner, tmp_path):
    test_what_is_logged_is_read_back(owner=owner)
    test_a_channel_keeps_its_name(owner=owner)
    assert len(owner.get(f"{V1}/calls").json()["items"]) > 20
    first = exported(house.app, owner)
    other = application_at(tmp_path / "other", f"sqlite:///{tmp_path / 'other' / 'tracer.db'}")
    try:
        with serving(other) as where, client_as(other, where, Role.OWNER) as its_owner:
            sent = its_owner.post(f"{V1}/imports", content=first, headers={"Content-Type": "application/zip"})
            assert run_one(other, "worker")
            told = its_owner.get(sent.headers["location"]).json()
            assert told["state"] == "done", told
            assert tables(exported(other, its_owner)) == tables(first)
    finally:
        other.close()
    assert OWNED.encode() in tables(first)["numbers.csv"]


def exported(app, who):
    asked = who.post(f"{V1}/jobs", json={"kind": "export"})
    assert run_one(app, "worker")
    return who.get(f"{asked.headers['location']}/output").content


def tables(content):
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}
