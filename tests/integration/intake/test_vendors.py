"""Twilio and Alibaba Cloud talk to the running server as their own clients do."""

import json
from urllib.parse import urlencode

import pytest
from twilio.request_validator import RequestValidator

from tests.factories import registry
from tests.factories.telephony import ACCOUNT, ALIYUN_DOOR, AUTH, CALLER, LINE, call_fields, message_fields
from tests.serving import client, serving
from tracer.domain.call import ContactKind, Nature

OUTSIDE = "https://tracer.example:8443"


@pytest.fixture
def database_url(tmp_path):
    """One database is enough: what is stored, test_take_in tells."""
    return f"sqlite:///{tmp_path / 'home' / 'tracer.db'}"


@pytest.fixture
def vendors(make_app, database_url, monkeypatch):
    """An application that both vendors are set up in, with a number of the pool; serves when asked."""
    monkeypatch.setenv("TRACER_TWILIO_ACCOUNT_SID", ACCOUNT)
    monkeypatch.setenv("TRACER_TWILIO_AUTH_TOKENS", json.dumps([AUTH]))
    monkeypatch.setenv("TRACER_ALIYUN_TOKEN", ALIYUN_DOOR)

    def make(public_url=""):
        monkeypatch.setenv("TRACER_PUBLIC_URL", public_url)
        app = make_app(database_url)
        registry.own_number(app)
        return app

    return make


def tell(sender, address, fields, path="/hooks/twilio", by=AUTH):
    """A form posted to the server, signed by Twilio's library for the address that Twilio knows."""
    signature = RequestValidator(by).compute_signature(f"{address}{path}", fields)
    headers = {"X-Twilio-Signature": signature, "Content-Type": "application/x-www-form-urlencoded"}
    return sender.post(path, content=urlencode(fields), headers=headers)


def calls(app):
    with app.reading() as work:
        return sorted(work.calls.all(), key=lambda call: call.kind.value)


def test_what_twilio_tells_is_one_call_and_one_message_whatever_comes_twice_and_in_which_order(vendors):
    app = vendors()
    over = call_fields(CallStatus="completed", CallDuration="17")
    with serving(app) as address, client(address) as sender:
        for fields in (over, call_fields(), message_fields(), over, call_fields(), message_fields()):
            answer = tell(sender, address, fields)
            assert (answer.status_code, answer.headers["content-type"]) == (200, "text/xml; charset=utf-8")
    call, message = calls(app)
    assert (call.kind, call.nature, call.caller_number) == (ContactKind.CALL, Nature.UNSURE, CALLER)
    assert call.dialled.number == LINE
    assert (message.kind, message.transcript) == (ContactKind.SMS, message_fields()["Body"])
    with app.reading() as work:
        kept = work.deliveries.of_call(call.call_id)
    assert {one.extra.get("StirVerstat") for one in kept} >= {"TN-Validation-Passed-C"}


def test_twilio_signs_the_address_it_knows_and_not_that_behind_the_proxy(vendors):
    app = vendors(OUTSIDE)
    with serving(app) as address, client(address) as sender:
        assert tell(sender, address, call_fields()).status_code == 403
        assert tell(sender, OUTSIDE, call_fields()).status_code == 200
        assert tell(sender, "https://tracer.example", call_fields(CallSid="CA" + "2" * 32)).status_code == 200
        assert tell(sender, OUTSIDE, call_fields(CallSid="CA" + "3" * 32), by="another").status_code == 403
    assert len(calls(app)) == 2


def test_alibaba_cloud_tells_of_a_ring_and_of_its_end(vendors):
    app = vendors()
    ring = {
        "call_id": "c1",
        "out_id": "",
        "secret_no": LINE,
        "peer_no": CALLER,
        "phone_no": "",
        "call_time": "2026-02-10 15:04:02",
    }
    end = {**ring, "start_time": "2026-02-10 15:04:20", "release_time": "2026-02-10 15:05:00", "call_type": 1}
    with serving(app) as address, client(address) as sender:
        for _ in range(2):
            answer = sender.post(f"/hooks/aliyun/{ALIYUN_DOOR}", json=[end, ring])
            assert (answer.status_code, answer.json()["code"]) == (200, 0)
        assert sender.post("/hooks/aliyun/another-token", json=[end]).status_code == 403
    (call,) = calls(app)
    assert (call.nature, call.received_at.isoformat()) == (Nature.UNSURE, "2026-02-10T15:04:02+08:00")
