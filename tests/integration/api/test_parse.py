"""A transcript read over HTTP, and a call logged from it."""

import pytest

from tests.factories import registry
from tests.house import key_with
from tracer.domain.access import Scope

PARSE, CALLS = "/api/v1/calls/parse", "/api/v1/calls"
TEXT = "客服：请问是{name}吗？您买的面膜花了{price}元，有质量问题，给您退款，您加一下我的微信。"


@pytest.fixture
def canary(app):
    merchant = registry.add_channel(app)
    registry.own_number(app)
    (made,) = registry.issue(app, merchant)
    registry.place(app, made.canary_id, item="补水面膜", price="129.00", currency="CNY")
    return made


def test_a_transcript_is_read_and_nothing_logged(owner, app, canary):
    text = TEXT.format(name=canary.recipient_name, price=129)
    answer = owner.post(PARSE, json={"transcript": text, "dialled": canary.phone.text})
    assert answer.status_code == 200, answer.text
    told = answer.json()
    assert told["known_fields"] == ["name", "item", "price"]
    assert (told["nature"], told["script"], told["asked_for"]) == ("scam", "defect_refund", ["add_chat"])
    assert all(text[span["start"] : span["end"]] == span["text"] for span in told["spans"])
    assert owner.get(CALLS).json()["items"] == []


def test_who_may_only_log_calls_learns_nothing_of_the_orders(app, address, canary):
    import httpx

    wrong = {"transcript": TEXT.format(name="某某某", price=180), "dialled": canary.phone.text}
    key = key_with(app, Scope.LOG_CALLS)
    with httpx.Client(base_url=address, headers={"Authorization": f"Bearer {key}"}) as intake:
        told = intake.post(PARSE, json=wrong).json()
    assert "price" in told["known_fields"]  # as if there were no such order


def test_a_call_is_logged_with_what_its_transcript_tells(owner, canary):
    text = TEXT.format(name=canary.recipient_name, price=129)
    body = {
        "transcript": text,
        "dialled_number": canary.phone.text,
        "read_transcript": True,
        "claimed_role": "platform",
    }
    call = owner.post(CALLS, json=body, headers={"Idempotency-Key": "r1"}).json()
    assert (call["known_fields"], call["script"], call["claimed_role"]) == (
        "name item price",
        "defect_refund",
        "platform",
    )
    plain = owner.post(CALLS, json={"transcript": text}).json()
    assert plain["known_fields"] == ""


def test_a_line_that_is_not_ours_is_refused(owner, canary):
    answer = owner.post(PARSE, json={"transcript": "您好", "dialled": "+442079460099"})
    assert answer.status_code == 422
    assert "not in the pool" in answer.json()["detail"]
    assert owner.post(PARSE, json={"transcript": "您好", "dialled": "?"}).status_code == 422
