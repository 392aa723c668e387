"""What Twilio tells of a received call: at the ring, when digits were pressed, and in callbacks of afterwards.

Fields: https://www.twilio.com/docs/voice/twiml#request-parameters and …/docs/usage/webhooks/voice-webhooks.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime

from tracer.domain.columns import format_time, without_controls
from tracer.domain.incoming import Incoming, NotReceived
from tracer.domain.shown_caller import shown_caller
from tracer.outbound.telephony.twilio_words import ANSWERED, NAME, Stage, bare_address, is_outgoing
from tracer.settings import Settings

Fields = Mapping[str, str]
LEFT_OUT = frozenset(("Body", "TranscriptionText", "CallToken"))
"""What stands in the record, and a credential of the caller's network that nobody here has a use for."""


def told_of_call(fields: Fields, received_at: datetime, settings: Settings) -> Incoming | NotReceived:
    """One message about one call."""
    if is_outgoing(fields.get("Direction", "")):
        return NotReceived(NAME)
    event, stage = event_of(fields, settings)
    record = {"kind": "call", **_ends(fields)}
    if event == "digits" and _is_extension(fields["Digits"], extension_digits(fields, settings)):
        record["dialled_number"] += f";ext={fields['Digits']}"
    if stage is Stage.RING:
        record["received_at"] = format_time(received_at)
        if is_rejected(fields, settings):
            record["answered"] = "no"
    elif started := _started(fields):
        record["received_at"] = format_time(started)
    if answered := _answered(fields):
        record["answered"] = answered
    if text := fields.get("TranscriptionText"):
        record["transcript"] = without_controls(text)
    extra = {name: value for name, value in fields.items() if name not in LEFT_OUT and value}
    return Incoming(NAME, fields["CallSid"], event, stage, record, extra)


def event_of(fields: Fields, settings: Settings) -> tuple[str, Stage]:
    """Which message of a call this is: a name that a retry has again, and how well it knows."""
    if transcription := fields.get("TranscriptionSid"):
        return f"transcription-{transcription}", Stage.CALLBACK
    if status := fields.get("RecordingStatus"):
        return f"recording-{fields.get('RecordingSid', '')}-{status}", Stage.CALLBACK
    if status := fields.get("DialCallStatus"):
        return f"dialled-{status}", Stage.PICKED_UP
    status = fields.get("CallStatus", "")
    if status in ANSWERED:
        return f"over-{status}", Stage.CALLBACK
    if fields.get("RecordingUrl"):
        return "recorded", Stage.CALLBACK
    if fields.get("CallbackSource"):
        return f"progress-{status}", Stage.CALLBACK
    if "Digits" in fields and extension_digits(fields, settings):
        return "digits", Stage.PICKED_UP
    return "ring", Stage.RING


def is_rejected(fields: Fields, settings: Settings) -> bool:
    """Whether the answer to the ring is a busy tone: nobody is called, nothing is asked."""
    elsewhere = settings.twilio_forward_to or extension_digits(fields, settings)
    return settings.twilio_reply == "reject" and not elsewhere


def extension_digits(fields: Fields, settings: Settings) -> int:
    """How many digits the extension has that callers of this number are asked for; 0: they are not."""
    return settings.twilio_extensions.get(bare_address(fields.get("To", "")), 0)


def _is_extension(digits: str, expected: int) -> bool:
    return len(digits) == expected and digits.isascii() and digits.isdecimal()


def _ends(fields: Fields) -> dict[str, str]:
    """Who called whom, where the message tells: callbacks about recordings do not."""
    line = bare_address(fields.get("To", ""))
    ends = {"dialled_number": line} if line else {}
    if "From" in fields:
        ends["caller_number"] = shown_caller(bare_address(fields["From"]), line)
    return ends


def _answered(fields: Fields) -> str | None:
    """Whether somebody picked up, where the call was put through; else whether it was answered at all."""
    if status := fields.get("DialCallStatus"):
        return "yes" if status in ("completed", "answered") else "no"
    return ANSWERED.get(fields.get("CallStatus", ""))


def _started(fields: Fields) -> datetime | None:
    """When a call that is over began, from its end and length; None where a callback does not tell both."""
    try:
        ended = parsedate_to_datetime(fields["Timestamp"])
        return ended - timedelta(seconds=int(fields["CallDuration"]))
    except (KeyError, ValueError, TypeError, OverflowError):
        return None
