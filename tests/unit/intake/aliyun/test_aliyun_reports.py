"""Alibaba Cloud's reports of calls to privacy numbers, as its documents show them."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.factories.telephony import ALIYUN_DOOR, CALLER, LINE, NOW, calm, set_up
from tracer.domain.errors import InvalidValue, NotAuthenticated, UnknownId
from tracer.domain.incoming import NotReceived, Unreadable
from tracer.domain.records import CALL_COLUMNS, read_call
from tracer.intake.aliyun import SOURCE
from tracer.intake.sources import HookRequest

ADDRESS = f"https://tracer.example/hooks/aliyun/{ALIYUN_DOOR}"
REPORT = json.loads((Path(__file__).parent / "secret-report.json").read_text("utf-8"))[0]
START = {
    name: REPORT[name] for name in ("phone_no", "secret_no", "peer_no", "call_type", "call_id", "call_time", "out_id")
}
RING = {**START, "ring_time": "2026-02-10 15:04:05", "call_type": "1"}
PICK_UP = {**RING, "start_time": "2026-02-10 15:04:20"}
RECORDING = {"pool_key": "FC1", "call_time": 1770707042000, "sub_id": 1, "out_id": "k-12", "call_id": REPORT["call_id"]}
SPOKEN = {
    "callId": REPORT["call_id"],
    "bizDuration": 9140,
    "secretNo": LINE,
    "partnerKey": "FC1",
    "sentences": [
        {"beginTime": 770, "channelId": 0, "text": "您好，我是客服。"},
        {"beginTime": 640, "channelId": 1, "text": "喂，你好。"},
    ],
    "statusCode": "21050000",
}
MESSAGE = {
    "id": 100003261001,
    "partner_key": "FC1",
    "pool_key": "FC1",
    "out_id": "k-12",
    "sub_id": 1,
    "sms_type": 1,
    "send_no": CALLER,
    "secret_no": LINE,
    "receive_no": "+447700900001",
    "sms_content": "您的快递丢失",
    "sms_intercept_type": "NORMAL",
    "call_id": "17679476806051163003",
    "start_time": "2026-02-10 15:04:02",
}


def sent(body, address=ADDRESS, **given):
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return SOURCE.receive(HookRequest(address, {"content-type": "application/json"}, content, NOW), set_up(**given))


def one(report, **given):
    (item,) = sent([report], **given).items
    return item


def test_a_call_at_its_end():
    answer = sent([REPORT])
    assert json.loads(answer.body) == {"code": 0, "msg": "接收成功"}
    assert (answer.status, answer.media_type.partition(";")[0]) == (200, "application/json")
    (item,) = answer.items
    assert (item.source, item.contact_id, item.event_id) == ("aliyun", "43612633712c0001", "report")
    assert item.record == {
        "kind": "call",
        "received_at": "2026-02-10T15:04:02+08:00",
        "dialled_number": LINE,
        "caller_number": CALLER,
        "canary_id": "k-12",
        "answered": "yes",
    }
    assert item.extra["record_url"] == "https://recordings.example/r-1"
    assert item.extra["phone_no"] == "+447700900001"
    assert item.extra["release_cause"] == 31
    assert read_call({"call_id": "c-1", **item.record}).canary_id == "k-12"


def test_the_reports_of_one_call_in_the_order_of_what_they_know():
    items = sent([REPORT, SPOKEN, RECORDING, PICK_UP, RING, START]).items
    assert {item.contact_id for item in items} == {REPORT["call_id"]}
    by_stage = sorted(items, key=lambda item: item.stage)
    assert [item.event_id for item in by_stage] == ["recording", "start", "ring", "pick_up", "report", "text"]
    assert len({item.stage for item in items}) == 6
    for item in items:
        assert set(item.record) <= set(CALL_COLUMNS)
        assert item.record.get("received_at", "2026-02-10T15:04:02+08:00") == "2026-02-10T15:04:02+08:00"


def test_what_was_said_is_the_transcript_in_its_order():
    assert one(SPOKEN).record == {"kind": "call", "transcript": "1: 喂，你好。\n0: 您好，我是客服。"}


def test_a_message():
    item = one(MESSAGE)
    assert item.contact_id == "17679476806051163003"
    assert item.record == {
        "kind": "sms",
        "received_at": "2026-02-10T15:04:02+08:00",
        "dialled_number": LINE,
        "caller_number": CALLER,
        "canary_id": "k-12",
        "transcript": "您的快递丢失",
    }
    assert one({**REPORT, "call_type": 3, "call_id": MESSAGE["call_id"]}).record["kind"] == "sms"


def test_what_we_call_or_send_ourselves_is_not_received():
    assert one({**REPORT, "call_type": 0}) == NotReceived("aliyun")
    assert one({**REPORT, "call_type": "2"}) == NotReceived("aliyun")
    assert one({**MESSAGE, "send_no": "+44 7700 900001"}, aliyun_own_numbers=["+447700900001"]) == NotReceived("aliyun")


def test_a_call_that_was_held_back_is_a_call():
    held = {**REPORT, "call_type": 4, "unconnected_cause": 2, "start_time": REPORT["release_time"]}
    item = one(held)
    assert (item.record["answered"], item.record["caller_number"]) == ("no", CALLER)
    assert item.extra["unconnected_cause"] == 2


def test_a_call_that_nobody_took_begins_when_it_ends():
    assert one({**REPORT, "start_time": REPORT["release_time"]}).record["answered"] == "no"
    assert one({**REPORT, "start_time": ""}).record["answered"] == "no"


def test_a_privacy_number_with_extension_and_a_hidden_caller():
    item = one({**REPORT, "extension": "8011", "peer_no": "anonymous"})
    assert (item.record["dialled_number"], item.record["caller_number"]) == (f"{LINE};ext=8011", "")


@pytest.mark.parametrize("out_id", ["", None, "two words", "x" * 200, {"a": 1}])
def test_an_out_id_that_can_be_no_canary_is_only_kept(out_id):
    item = one({**REPORT, "out_id": out_id})
    assert "canary_id" not in item.record
    assert item.extra["out_id"] == out_id


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        ("text", "expected a report, a JSON object"),
        ({"phone_no": "1"}, "expected a call_id"),
        ({**REPORT, "call_time": "10.2.2026"}, "expected a time such as 2021-08-25 20:11:29"),
        ({**REPORT, "call_time": "9" * 30}, "expected a time such as"),
        ({**SPOKEN, "sentences": [1]}, "expected sentences"),
    ],
)
def test_a_bad_report_hides_no_other_and_can_be_read_again(bad, reason):
    before, unread, after = sent([REPORT, bad, START]).items
    assert (before.event_id, after.event_id) == ("report", "start")
    assert isinstance(unread, Unreadable)
    assert (unread.place, json.loads(unread.content)) == ("[1]", bad)
    assert reason in unread.reason
    assert SOURCE.again(unread) == [unread]


def test_what_an_older_version_could_not_read_is_read_again():
    held = Unreadable("aliyun", "[0]", json.dumps(REPORT), "unknown")
    assert SOURCE.again(held)[0].record["caller_number"] == CALLER
    assert SOURCE.again(Unreadable("aliyun", "[0]", "{", "unknown"))[0].content == "{"


def test_an_empty_batch_and_a_single_report():
    assert sent([]).items == []
    assert sent(REPORT).items[0].event_id == "report"


def test_only_who_knows_the_token_is_heard():
    query = f"https://tracer.example/hooks/aliyun?token={ALIYUN_DOOR}"
    assert sent([REPORT], query).items
    assert sent([REPORT], ADDRESS + "/").items
    for wrong in ("", "/x", "?token=", f"/{ALIYUN_DOOR}x", f"/{ALIYUN_DOOR}/x", f"?other={ALIYUN_DOOR}", "/%FF"):
        with pytest.raises(NotAuthenticated, match="token"):
            sent([REPORT], "https://tracer.example/hooks/aliyun" + wrong)


@pytest.mark.parametrize("token", ["", "short"])
def test_without_a_token_worth_the_name_there_is_no_such_source(token):
    with pytest.raises(UnknownId, match="16 characters or more"):
        sent([REPORT], f"https://tracer.example/hooks/aliyun/{token}", aliyun_token=token)


@pytest.mark.parametrize("body", [b"", b"{", b"7", b'"x"', b"\xff", b"[" * 5000, b"[" + b"9" * 5000 + b"]"])
def test_what_is_no_array_is_refused(body):
    with pytest.raises(InvalidValue, match="a JSON array"):
        sent(body)


VALUE = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
NAMES = sorted({*REPORT, *SPOKEN, *MESSAGE, "extension", "channelId", "beginTime"})


@calm(max_examples=150)
@given(st.lists(st.dictionaries(st.sampled_from(NAMES), VALUE, max_size=12) | VALUE, max_size=3))
def test_no_structure_makes_it_stumble(reports):
    for item in sent(reports).items:
        if not isinstance(item, NotReceived | Unreadable):
            assert item.contact_id
            assert all(isinstance(value, str) for value in item.record.values())
