"""What callers hear, beside what Twilio's own library writes for it."""

import xml.etree.ElementTree as ET

import pytest
from twilio.twiml.messaging_response import MessagingResponse
from twilio.twiml.voice_response import Dial, Gather, VoiceResponse

from tests.factories.telephony import ACCOUNT, CALLER, HERE, LINE, call_fields, message_fields, set_up, signed
from tracer.intake.twilio import SOURCE
from tracer.settings import SpokenText

CONSENT = [SpokenText(language="zh-CN", text="录音 & <同意>"), SpokenText(language="en-GB", text="It is recorded.")]
GREETING = [SpokenText(language="en-GB", text="Please leave a message.")]
PROMPT = [SpokenText(language="en-GB", text="The extension?")]


def replied(fields, **given):
    return SOURCE.receive(signed(fields), set_up(**given)).body


def same(ours, theirs):
    return ET.canonicalize(ours) == ET.canonicalize(str(theirs))


def says(parent, texts):
    for one in texts:
        parent.say(one.text, language=one.language)


def test_a_busy_tone_is_the_default_and_costs_nothing():
    theirs = VoiceResponse()
    theirs.reject(reason="busy")
    assert same(replied(call_fields()), theirs)


def test_silence_is_answered():
    theirs = VoiceResponse()
    theirs.play(digits="w")
    theirs.pause(length=60)
    theirs.hangup()
    assert same(replied(call_fields(), twilio_reply="silence"), theirs)


def test_voicemail_records_nothing_unless_it_is_switched_on():
    theirs = VoiceResponse()
    says(theirs, GREETING)
    theirs.hangup()
    assert same(replied(call_fields(), twilio_reply="voicemail", twilio_greeting=GREETING), theirs)


def test_consent_is_spoken_before_a_recording():
    theirs = VoiceResponse()
    says(theirs, [*GREETING, *CONSENT])
    theirs.record(max_length=180, play_beep=True, action=HERE, method="POST", recording_status_callback=HERE)
    theirs.hangup()
    given = {"twilio_reply": "voicemail", "twilio_greeting": GREETING, "twilio_record": True}
    assert same(replied(call_fields(), **given, twilio_consent=CONSENT), theirs)


@pytest.mark.parametrize("consent", [[], [SpokenText(language="en-GB", text=" ")]])
@pytest.mark.parametrize("forward_to", ["", CALLER])
def test_without_a_consent_text_nothing_is_recorded(consent, forward_to):
    given = {"twilio_reply": "voicemail", "twilio_record": True, "twilio_forward_to": forward_to}
    for fields in (call_fields(), call_fields(DialCallStatus="busy")):
        assert "ecord" not in replied(fields, **given, twilio_consent=consent)


def test_no_setting_but_one_records():
    for reply in ("reject", "silence", "voicemail"):
        for forward_to in ("", CALLER):
            for fields in (call_fields(), call_fields(DialCallStatus="busy"), call_fields(Digits="0042")):
                given = {"twilio_reply": reply, "twilio_forward_to": forward_to, "twilio_extensions": {LINE: 4}}
                assert "ecord" not in replied(fields, **given, twilio_consent=CONSENT)


def test_a_telephone_of_ones_own_rings_first():
    theirs = VoiceResponse()
    dial = Dial(answer_on_bridge=True, timeout=25, action=HERE, method="POST")
    dial.number(CALLER)
    theirs.append(dial)
    assert same(replied(call_fields(), twilio_forward_to=CALLER), theirs)


def test_what_is_said_on_it_is_recorded_after_the_consent_only():
    theirs = VoiceResponse()
    says(theirs, CONSENT)
    told = {"record": "record-from-answer", "recording_status_callback": HERE}
    dial = Dial(answer_on_bridge=True, timeout=25, action=HERE, method="POST", **told)
    dial.number(CALLER)
    theirs.append(dial)
    given = {"twilio_forward_to": CALLER, "twilio_record": True, "twilio_consent": CONSENT}
    assert same(replied(call_fields(), **given), theirs)


def test_if_nobody_picks_it_up_the_reply_follows():
    theirs = VoiceResponse()
    says(theirs, GREETING)
    theirs.hangup()
    given = {"twilio_forward_to": CALLER, "twilio_reply": "voicemail", "twilio_greeting": GREETING}
    assert same(replied(call_fields(DialCallStatus="no-answer"), **given), theirs)
    ended = VoiceResponse()
    ended.hangup()
    assert same(replied(call_fields(DialCallStatus="completed"), **given), ended)
    assert same(replied(call_fields(DialCallStatus="no-answer"), twilio_forward_to=CALLER), ended)


def test_the_extension_is_asked_for_where_the_line_has_one_and_once():
    given = {"twilio_extensions": {LINE: 4}, "twilio_extension_prompt": PROMPT}
    theirs = VoiceResponse()
    gather = Gather(input="dtmf", num_digits=4, timeout=10, action=HERE, method="POST")
    says(gather, PROMPT)
    theirs.append(gather)
    theirs.hangup()  # a busy tone cannot follow: the call was answered
    assert same(replied(call_fields(), **given), theirs)
    assert "Gather" not in replied(call_fields(To="+442079460017"), **given)
    for digits in ("0042", "1", ""):
        assert "Gather" not in replied(call_fields(Digits=digits, CallStatus="in-progress"), **given)


def test_after_a_recording_the_call_ends():
    theirs = VoiceResponse()
    theirs.hangup()
    told = {"RecordingUrl": "https://api.twilio.com/r/RE1", "Digits": "hangup", "CallStatus": "in-progress"}
    given = {"twilio_reply": "voicemail", "twilio_record": True}
    assert same(replied(call_fields(**told), **given), theirs)


@pytest.mark.parametrize(
    "fields",
    [
        call_fields(CallStatus="completed"),
        call_fields(CallStatus="completed", RecordingUrl="https://api.twilio.com/r/RE1"),
        call_fields(TranscriptionSid="TR1", TranscriptionText="hello"),
        call_fields(CallbackSource="call-progress-events", CallStatus="in-progress"),
        {"AccountSid": ACCOUNT, "CallSid": "CA1", "RecordingStatus": "completed", "RecordingSid": "RE1"},
    ],
)
def test_callbacks_are_told_to_do_nothing(fields):
    assert same(replied(fields, twilio_reply="voicemail"), VoiceResponse())


def test_messages_are_not_answered():
    assert same(replied(message_fields()), MessagingResponse())


def test_twilio_asks_for_more_at_the_address_that_it_signed_not_at_that_behind_the_proxy():
    request = signed(call_fields())
    inside = type(request)(
        "http://tracer.example:8000/hooks/twilio", request.headers, request.body, request.received_at
    )
    body = SOURCE.receive(inside, set_up(twilio_forward_to=CALLER)).body
    assert f'action="{HERE}"' in body
