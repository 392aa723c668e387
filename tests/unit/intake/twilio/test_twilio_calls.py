"""What a request of Twilio's brings: calls, callbacks, messages, and nothing from anybody else."""

import json
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st
from twilio.request_validator import RequestValidator

from tests.factories.telephony import (
    ACCOUNT,
    AUTH,
    CALLER,
    HERE,
    LINE,
    NOW,
    call_fields,
    calm,
    message_fields,
    set_up,
    signed,
)
from tracer.domain.errors import InvalidValue, NotAuthenticated, TracerError, UnknownId
from tracer.domain.incoming import NotReceived, Unreadable
from tracer.domain.records import read_call
from tracer.intake.sources import HookRequest
from tracer.intake.twilio import SOURCE

CALL = "CA" + "1" * 32


def brought(fields, house=None, **headers):
    answer = SOURCE.receive(signed(fields, **headers), house or set_up())
    assert answer.media_type.startswith("text/xml")
    (item,) = answer.items
    return item


def folded(*items):
    """As the register puts messages together: of each column the highest stage, then the greatest event id."""
    record = {}
    for item in sorted(items, key=lambda one: (one.stage, one.event_id)):
        record |= item.record
    return record


def test_a_call_that_rings():
    item = brought(call_fields())
    assert (item.source, item.contact_id, item.event_id) == ("twilio", CALL, "ring")
    assert item.record == {
        "kind": "call",
        "received_at": "2026-02-10T07:04:00+00:00",
        "dialled_number": LINE,
        "caller_number": CALLER,
        "answered": "no",  # the answer is a busy tone
    }
    assert item.extra["StirVerstat"] == "TN-Validation-Passed-C"
    assert item.extra["FromCountry"] == "GB"
    assert "CallToken" not in item.extra
    assert read_call({"call_id": "c-1", **item.record}).dialled.text == LINE


def test_whether_a_call_is_answered_is_left_open_while_it_may_be():
    assert "answered" not in brought(call_fields(), set_up(twilio_reply="silence")).record
    assert "answered" not in brought(call_fields(), set_up(twilio_forward_to=CALLER)).record


@pytest.mark.parametrize(
    "shown",
    ["+266696687", "anonymous", "Restricted", "Unavailable", "+86282452253", "+7378742833", "+8656696", "+2562533", ""],
)
def test_a_hidden_caller_is_a_call_and_what_was_shown_is_kept(shown):
    item = brought(call_fields(From=shown))
    assert item.record["caller_number"] == ""
    assert item.extra.get("From", "") == shown


@pytest.mark.parametrize("address", ["sip:+447700900123@carrier.example", "sip:+447700900123@carrier.example;tag=1"])
def test_a_caller_by_sip(address):
    assert brought(call_fields(From=address)).record["caller_number"] == CALLER


@pytest.mark.parametrize(
    ("status", "answered"),
    [("completed", "yes"), ("busy", "no"), ("no-answer", "no"), ("failed", "no"), ("canceled", "no")],
)
def test_a_call_that_is_over(status, answered):
    told = {"CallDuration": "48", "Timestamp": "Tue, 10 Feb 2026 07:04:50 +0000", "SequenceNumber": "0"}
    item = brought(call_fields(CallStatus=status, CallbackSource="call-progress-events", **told))
    assert (item.event_id, item.record["answered"]) == (f"over-{status}", answered)
    assert item.record["received_at"] == "2026-02-10T07:04:02+00:00"
    assert item.extra["CallDuration"] == "48"


def test_messages_in_any_order_make_one_call():
    house = set_up(twilio_reply="voicemail")
    ring = brought(call_fields(), house)
    over = brought(call_fields(CallStatus="completed", CallDuration="9", Timestamp="Tue, 10 Feb 2026 08:00:00 +0000"))
    recording = brought(
        {"AccountSid": ACCOUNT, "CallSid": CALL, "RecordingSid": "RE1", "RecordingStatus": "completed"}, house
    )
    words = brought(call_fields(TranscriptionSid="TR1", TranscriptionText="This is customer service", To=None), house)
    whole = folded(ring, over, recording, words)
    assert whole == folded(words, recording, over, ring)
    assert whole["received_at"] == ring.record["received_at"]
    assert (whole["answered"], whole["transcript"]) == ("yes", "This is customer service")
    assert {one.contact_id for one in (ring, over, recording, words)} == {CALL}
    assert len({one.event_id for one in (ring, over, recording, words)}) == 4


def test_a_retry_is_the_same_message():
    first = brought(call_fields(), **{"i-twilio-idempotency-token": "t-1"})
    again = brought(call_fields(), **{"i-twilio-idempotency-token": "t-1"})
    assert first == again
    assert first.extra["I-Twilio-Idempotency-Token"] == "t-1"


def test_where_a_recording_lies_is_kept():
    told = {"RecordingUrl": "https://api.twilio.com/r/RE1", "RecordingSid": "RE1", "RecordingDuration": "7"}
    item = brought({"AccountSid": ACCOUNT, "CallSid": CALL, "RecordingStatus": "completed", **told})
    assert item.event_id == "recording-RE1-completed"
    assert set(told.items()) <= set(item.extra.items())
    assert item.record == {"kind": "call"}


def test_the_digits_pressed_are_the_extension_of_a_line_that_has_them():
    house = set_up(twilio_extensions={LINE: 4})
    ring = brought(call_fields(), house)
    pressed = brought(call_fields(Digits="0042", CallStatus="in-progress"), house)
    assert pressed.record["dialled_number"] == f"{LINE};ext=0042"
    assert folded(pressed, ring)["dialled_number"] == f"{LINE};ext=0042"
    assert read_call({"call_id": "c-1", **folded(pressed, ring)}).dialled.extension == "0042"


@pytest.mark.parametrize("digits", ["004", "00421", "00#2", "", "４２４２"])
def test_other_digits_are_kept_and_no_extension(digits):
    item = brought(call_fields(Digits=digits), set_up(twilio_extensions={LINE: 4}))
    assert item.record["dialled_number"] == LINE
    assert item.extra.get("Digits", "") == digits


def test_digits_on_a_line_without_extensions_say_nothing():
    assert brought(call_fields(Digits="0042")).event_id == "ring"
    assert brought(call_fields(Digits="0042")).record["dialled_number"] == LINE


def test_whether_a_person_picked_up_counts_for_more_than_that_the_call_was_answered():
    over = brought(call_fields(CallStatus="completed"))
    assert folded(brought(call_fields(DialCallStatus="no-answer")), over)["answered"] == "no"
    assert folded(brought(call_fields(DialCallStatus="completed")), over)["answered"] == "yes"


def test_a_call_of_our_own_is_none_received():
    assert brought(call_fields(Direction="outbound-dial")) == NotReceived("twilio")
    assert brought(message_fields(SmsStatus="delivered", MessageStatus="delivered")) == NotReceived("twilio")


def test_a_message():
    item = brought(message_fields(NumMedia="1", MediaUrl0="https://api.twilio.com/m/ME1"))
    assert (item.contact_id, item.event_id) == ("SM" + "2" * 32, "message")
    assert item.record == {
        "kind": "sms",
        "received_at": "2026-02-10T07:04:00+00:00",
        "dialled_number": LINE,
        "caller_number": CALLER,
        "transcript": "您的快递丢失，请加客服 QQ",
    }
    assert item.extra["MediaUrl0"] == "https://api.twilio.com/m/ME1"
    assert "Body" not in item.extra


def test_a_message_by_a_chat_application():
    item = brought(message_fields(From=f"whatsapp:{CALLER}", To=f"whatsapp:{LINE}", ProfileName="Kundenservice"))
    assert (item.record["kind"], item.record["caller_number"], item.record["dialled_number"]) == ("chat", CALLER, LINE)
    assert item.extra["ProfileName"] == "Kundenservice"


def test_a_message_with_control_characters_can_be_kept():
    assert brought(message_fields(Body="a\x00b\x07c")).record["transcript"] == "a\ufffdb\ufffdc"


def test_without_settings_there_is_no_such_source():
    for missing in ({"twilio_account_sid": ""}, {"twilio_auth_tokens": []}):
        with pytest.raises(UnknownId, match="twilio_account_sid and twilio_auth_tokens"):
            SOURCE.receive(signed(call_fields()), set_up(**missing))


def test_another_account_or_signature_is_refused():
    with pytest.raises(NotAuthenticated, match="another Twilio account"):
        SOURCE.receive(signed(call_fields(AccountSid="AC" + "9" * 32)), set_up())
    with pytest.raises(NotAuthenticated, match="another Twilio account"):
        SOURCE.receive(signed(call_fields(AccountSid=None)), set_up())
    with pytest.raises(NotAuthenticated, match="signature"):
        SOURCE.receive(signed(call_fields(), by="guessed"), set_up())


def test_a_body_that_nobody_sends_is_refused():
    with pytest.raises(InvalidValue, match="a form, or a JSON object"):
        SOURCE.receive(HookRequest(HERE, {"content-type": "application/json"}, b"[1]", NOW), set_up())


def test_what_is_signed_and_neither_call_nor_message_is_kept_as_it_came():
    item = brought({"AccountSid": ACCOUNT, "EventSid": "EZ1"})
    assert isinstance(item, Unreadable)
    assert json.loads(item.content)["EventSid"] == "EZ1"


def test_a_call_in_json():
    body = json.dumps({**call_fields(), "Nested": {"a": 1}}).encode()
    url = f"{HERE}?bodySHA256={sha256(body).hexdigest()}"
    headers = {
        "content-type": "application/json",
        "x-twilio-signature": RequestValidator(AUTH).compute_signature(url, {}),
    }
    (item,) = SOURCE.receive(HookRequest(url, headers, body, NOW), set_up()).items
    assert (item.record["caller_number"], item.extra["Nested"]) == (CALLER, '{"a": 1}')


FIELDS = st.dictionaries(
    st.sampled_from(
        [
            *("CallSid", "MessageSid", "SmsSid", "From", "To", "Direction", "CallStatus", "Digits", "CallDuration"),
            *("Timestamp", "RecordingStatus", "RecordingUrl", "TranscriptionText", "DialCallStatus", "Body", "Other"),
        ]
    ),
    st.one_of(st.text(max_size=20), st.sampled_from(["ringing", "completed", LINE, "0042", "-1", "9" * 30])),
)


@calm(max_examples=150)
@given(FIELDS, st.sampled_from(["reject", "silence", "voicemail"]), st.booleans())
def test_any_signed_form_is_answered(fields, reply, forwarded):
    house = set_up(twilio_reply=reply, twilio_forward_to=CALLER if forwarded else "", twilio_extensions={LINE: 4})
    (item,) = SOURCE.receive(signed({**fields, "AccountSid": ACCOUNT}), house).items
    if not isinstance(item, NotReceived | Unreadable):
        assert item.contact_id
        json.dumps([dict(item.record), dict(item.extra)])
        assert all(isinstance(value, str) for value in item.record.values())


@calm(max_examples=100)
@given(st.binary(max_size=80), st.sampled_from(["application/json", "application/x-www-form-urlencoded", "text/plain"]))
def test_any_body_is_refused_with_a_reason(body, kind):
    with pytest.raises(TracerError):
        SOURCE.receive(HookRequest(HERE, {"content-type": kind, "x-twilio-signature": "x"}, body, NOW), set_up())
