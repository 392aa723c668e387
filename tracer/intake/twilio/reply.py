"""What a caller hears: TwiML (https://www.twilio.com/docs/voice/twiml).

Nothing is recorded unless twilio_record says so and a consent text is there to be spoken first.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from xml.etree import ElementTree

from tracer.intake.twilio.calls import event_of, extension_digits
from tracer.settings import Settings, SpokenText

_SILENCE_SECONDS = 60
_EXTENSION_SECONDS = 10
_RINGING_SECONDS = 25
_VOICEMAIL_SECONDS = 180
Element = ElementTree.Element


def reply_to_call(fields: Mapping[str, str], url: str, settings: Settings) -> str:
    """The TwiML for one request about a call; `url` is where Twilio is to ask for more."""
    response = Element("Response")
    event, _ = event_of(fields, settings)
    if event == "ring":
        digits = extension_digits(fields, settings)
        if digits:
            _ask_for_extension(response, digits, url, settings)
        _put_through_or_end(response, url, settings, picked_up=bool(digits))
    elif event == "digits":
        _put_through_or_end(response, url, settings, picked_up=True)
    elif event == "dialled-completed" or event == "recorded":
        _add(response, "Hangup")
    elif event.startswith("dialled-"):
        _end(response, url, settings, picked_up=True)
    return _written(response)


def _ask_for_extension(response: Element, digits: int, url: str, settings: Settings) -> None:
    gather = _add(
        response,
        "Gather",
        {
            "input": "dtmf",
            "numDigits": str(digits),
            "timeout": str(_EXTENSION_SECONDS),
            "action": url,
            "method": "POST",
        },
    )
    _say(gather, settings.twilio_extension_prompt)


def _put_through_or_end(response: Element, url: str, settings: Settings, picked_up: bool) -> None:
    if not settings.twilio_forward_to:
        _end(response, url, settings, picked_up)
        return
    told = {"answerOnBridge": "true", "timeout": str(_RINGING_SECONDS), "action": url, "method": "POST"}
    if _may_record(settings):
        _say(response, settings.twilio_consent)
        told |= {"record": "record-from-answer", "recordingStatusCallback": url}
    _add(_add(response, "Dial", told), "Number", text=settings.twilio_forward_to)


def _end(response: Element, url: str, settings: Settings, picked_up: bool) -> None:
    """How a call ends that nobody takes, or nobody took."""
    if settings.twilio_reply == "reject" and not picked_up:
        _add(response, "Reject", {"reason": "busy"})
        return
    if settings.twilio_reply == "silence":
        _add(response, "Play", {"digits": "w"})  # picks up; a Pause alone would let it ring
        _add(response, "Pause", {"length": str(_SILENCE_SECONDS)})
    elif settings.twilio_reply == "voicemail":
        _say(response, settings.twilio_greeting)
        if _may_record(settings):
            _say(response, settings.twilio_consent)
            told = {"action": url, "method": "POST", "recordingStatusCallback": url}
            _add(response, "Record", {"maxLength": str(_VOICEMAIL_SECONDS), "playBeep": "true", **told})
    _add(response, "Hangup")


def _may_record(settings: Settings) -> bool:
    return settings.twilio_record and any(one.text.strip() for one in settings.twilio_consent)


def _say(parent: Element, texts: Iterable[SpokenText]) -> None:
    for one in texts:
        _add(parent, "Say", {"language": one.language}, one.text)


def _add(parent: Element, verb: str, told: Mapping[str, str] | None = None, text: str | None = None) -> Element:
    element = ElementTree.SubElement(parent, verb, dict(told or {}))
    element.text = text
    return element


def _written(response: Element) -> str:
    return '<?xml version="1.0" encoding="UTF-8"?>' + ElementTree.tostring(response, encoding="unicode")


NOTHING_TO_DO = _written(Element("Response"))
