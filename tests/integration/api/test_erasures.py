"""Erasure over HTTP: the owner's, once per Idempotency-Key, and said wherever the thing is shown."""

import pytest

from tests.factories import registry
from tests.factories.erasable import plant
from tracer.domain.access import Role

V1 = "/api/v1"


@pytest.fixture
def owner(house):
    return house.as_role(Role.OWNER)


def test_a_call_is_erased_once(house, owner):
    planted = plant(house.app, "+442079460017")
    address, key = f"{V1}/calls/{planted.call_id}/erasure", {"Idempotency-Key": "once"}
    first = owner.post(address, json={"reason": "asked"}, headers=key)
    assert first.status_code == 200, first.text
    assert sorted(first.json()["calls"]) == sorted([planted.call_id, planted.other_id])
    again = owner.post(address, json={"reason": "asked"}, headers=key)
    assert (again.json(), again.headers["idempotency-replayed"]) == (first.json(), "true")
    assert owner.post(address, json={"reason": "asked"}).status_code == 409
    shown = owner.get(f"{V1}/calls/{planted.call_id}").json()
    assert (shown["heard_name"], bool(shown["erased_at"])) == ("", True)
    assert [one["before"] for one in shown["history"] if one["event"] == "call_erased"] == [{}]
    listed = owner.get(f"{V1}/calls", params={"everything": True}).json()["items"]
    assert {one["call_id"] for one in listed if one["erased_at"]} == {planted.call_id, planted.other_id}


def test_a_canary_is_erased_after_it_was_given_up(house, owner):
    planted = plant(house.app, "+442079460018")
    address = f"{V1}/canaries/{planted.canary_id}/erasure"
    assert owner.post(address, json={"reason": "asked"}).status_code == 409
    assert owner.post(f"{V1}/canaries/{planted.canary_id}/retire").json()["erased_at"] == ""
    done = owner.post(address, json={"reason": "asked"})
    assert done.json()["orders"] == [planted.order_id]
    for path in (f"/canaries/{planted.canary_id}", f"/orders/{planted.order_id}"):
        assert owner.get(V1 + path).json()["erased_at"]
    assert owner.get(f"{V1}/canaries/{planted.canary_id}").json()["recipient_name"] == ""


def test_what_only_the_name_tells_is_asked_about(house, owner):
    merchant = registry.add_channel(house.app, name="another")
    number = registry.own_number(house.app, "+447700900124", extensions="")
    one, _ = registry.issue(house.app, merchant, count=2, number=number)
    call = registry.log(house.app, dialled_number=number, heard_name=one.recipient_name)
    address = f"{V1}/calls/{call.call_id}/erasure"
    refused = owner.post(address, json={"reason": "asked"})
    assert refused.status_code == 409
    assert one.canary_id in refused.json()["detail"]
    assert owner.post(address, json={"reason": "asked", "unsettled": "due"}).status_code == 422
    assert owner.post(address, json={"reason": "a\nb"}).status_code == 422
    assert owner.post(address, json={"reason": "asked", "unsettled": "settle"}).json()["settled"] == one.canary_id


@pytest.mark.parametrize("role", [Role.OPERATOR, Role.ANALYST, Role.AUDITOR])
def test_nobody_else_erases(house, role):
    call_id = house.ids["call_id"]
    before = house.as_role(Role.OWNER).get(f"{V1}/calls/{call_id}").json()["heard_name"]
    assert house.as_role(role).post(f"{V1}/calls/{call_id}/erasure", json={"reason": "asked"}).status_code == 403
    assert house.as_role(Role.OWNER).get(f"{V1}/calls/{call_id}").json()["heard_name"] == before
