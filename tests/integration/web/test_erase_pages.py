"""The pages of erasure: asked once more, with what is lost; afterwards every page says so."""

import pytest

from tests.factories import registry
from tests.factories.erasable import CALL, give_up, opened, plant


@pytest.fixture
def planted(app):
    return plant(app)


def test_a_call_is_erased_after_somebody_is_sure(app, owner, planted):
    place = f"/calls/{planted.call_id}"
    assert "Erase personal data" in owner.get(place).text
    asked = owner.send(f"{place}/erase")
    assert asked.status_code == 200
    assert planted.other_id in asked.text
    assert CALL["heard_name"] in opened(app)
    nameless = owner.send(f"{place}/erase", {"sure": "yes", "reason": ""})
    assert (nameless.status_code, "1 to 200 characters" in nameless.text) == (422, True)
    done = owner.send(f"{place}/erase", {"sure": "yes", "reason": "asked"})
    assert (done.status_code, done.headers["location"]) == (303, f"{place}?done=erased")
    assert CALL["heard_name"] not in opened(app)
    text = owner.get(place).text
    assert "Personal data: erased on 2026-11-21 12:00." in text
    assert "Personal data erased" in text  # in the history
    assert "Erase personal data …" not in text
    assert "erased on 2026-11-21 12:00" in owner.get("/calls").text
    again = owner.send(f"{place}/erase", {"sure": "yes", "reason": "asked"})
    assert (again.status_code, "nothing that is personal" in again.text) == (422, True)


def test_a_canary_is_erased_after_it_was_given_up(app, owner, planted):
    place = f"/canaries/{planted.canary_id}"
    assert "Erase personal data" not in owner.get(place).text
    asked = owner.send(f"{place}/erase")
    assert "give the canary up first" in asked.text
    give_up(app, planted.canary_id)
    assert "Erase personal data" in owner.get(place).text
    done = owner.send(f"{place}/erase", {"sure": "yes", "reason": "asked"})
    assert done.headers["location"] == f"{place}?done=erased"
    for page in (place, f"/orders/{planted.order_id}"):
        assert "Personal data: erased on 2026-11-21 12:00." in owner.get(page).text
    for page in ("/canaries", "/orders"):
        assert "erased on 2026-11-21 12:00" in owner.get(page).text


def test_what_only_the_name_tells_is_asked_about(app, owner):
    merchant = registry.add_channel(app)
    registry.own_number(app, registry.SHARED, extensions="")
    one, _ = registry.issue(app, merchant, count=2, number=registry.SHARED)
    call = registry.log(app, dialled_number=registry.SHARED, heard_name=one.recipient_name)
    place = f"/calls/{call.call_id}/erase"
    assert f"it was for canary {one.canary_id}" in owner.send(place).text
    refused = owner.send(place, {"sure": "yes", "reason": "asked"})
    assert (refused.status_code, "Choose what is to become" in refused.text, "asked" in refused.text) == (
        422,
        True,
        True,
    )
    assert owner.send(place, {"sure": "yes", "reason": "asked", "unsettled": "settle"}).status_code == 303
    with app.reading() as work:
        assert work.calls.get(call.call_id).canary_id == one.canary_id


def test_in_chinese(app, owner, planted):
    owner.http.cookies.set("tracer_language", "zh_Hans")
    place = f"/calls/{planted.call_id}"
    assert "永久抹除" in owner.send(f"{place}/erase").text
    assert owner.send(f"{place}/erase", {"sure": "yes", "reason": "本人要求"}).status_code == 303
    assert "个人信息：已于 2026-11-21 12:00 抹除。" in owner.get(place).text


def test_an_operator_neither_sees_nor_may_erase(app, operator, planted):
    assert "Erase personal data" not in operator.get(f"/calls/{planted.call_id}").text
    assert operator.send(f"/calls/{planted.call_id}/erase", {"sure": "yes", "reason": "asked"}).status_code == 403
    assert CALL["heard_name"] in opened(app)
